"""What is printed is what the store holds, row by row."""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from tests.helpers.arbitrary import batch_of
from tests.helpers.command_line import WEATHER, closed, pair, started, zinspector
from tests.helpers.tapped import cpu_s
from tests.helpers.waiting import PATIENCE_S, wait_here_until
from zinspector.capture import jsonl_out
from zinspector.capture.clock import Clock
from zinspector.capture.files import load_store
from zinspector.capture.message import Message
from zinspector.capture.writer import Recorder
from zinspector.cli import printer as printing
from zinspector.cli.decoding import JSON_STARTS, Decoding, registry
from zinspector.cli.output import Output
from zinspector.cli.printer import Printer, tell_unprinted
from zinspector.decode.api import Context

MINE = """
from zinspector.decode.api import Decoded

class Mine:
    name = "mine"
    def match(self, data, context): return 1.0 if b"mine" in data or b"2" in data else -1.0
    def decode(self, data, context): return Decoded("mine", "mine", (), None)

API, DECODERS = 1, [Mine]
"""


def test_every_row_is_printed_as_it_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zinspector(
        "run", WEATHER, "--expect", 'count(kind == "message") >= 20 within 60s', "--record", tmp_path / "c.arrow"
    )
    store = load_store(tmp_path / "c.arrow")
    printer = Printer(Output(argparse.Namespace(output="jsonl", decode=[], named_by=None)))
    for batch in store.since(3):
        printer.take(batch)
    assert printer.finish() == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    decode = Decoding([]).decoded
    assert printed == [message.as_json(decode(message)) for message in store.rows(3, store.retained)]
    assert any(line["decoded"] for line in printed)


def numbered(count: int) -> pa.RecordBatch:
    recorder = Recorder(Clock())
    source = recorder.source("a", "in", "PUSH", "PULL")
    recorder.add_run(source, list(range(count)), [b'{"i": %d}' % number for number in range(count)], None, None)
    batch = recorder.flush()
    assert batch is not None
    return batch


def test_all_that_was_taken_is_printed_in_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer(Output(argparse.Namespace(output="jsonl", decode=[], named_by=None)))
    for _ in range(200):
        printer.take(numbered(1))
    assert printer.finish() == 0
    assert len(capsys.readouterr().out.splitlines()) == 200


class Interrupted(threading.Event):
    """Whoever waits for it without end is interrupted once ten rows are printed."""

    def __init__(self, printer: Printer) -> None:
        super().__init__()
        self._printer = printer

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None:
            wait_here_until(lambda: self._printer._printed == 10)
            raise KeyboardInterrupt
        return super().wait(timeout)


def test_ctrl_c_gives_the_rest_up(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "STEP_S", PATIENCE_S)

    def stand_still(batch: pa.RecordBatch) -> pa.RecordBatch:
        wait_here_until(lambda: batch.num_rows == 10 or printer.stopped)
        return batch

    printer = Printer(Output(argparse.Namespace(output="csv", decode=[], named_by=None)), stand_still)
    printer._done = Interrupted(printer)
    for count in (10, 1000, 1000):
        printer.take(numbered(count))
    missing = printer.finish()
    tell_unprinted(printer, missing)
    shown = capsys.readouterr()
    assert (missing, len(shown.out.splitlines())) == (2000, 11)
    assert shown.err == "zinspector: stopped before 2,000 rows were printed\n"


def test_a_reader_that_stands_still_is_left_at_the_second_ctrl_c(tmp_path: Path) -> None:
    """Nothing may hang then: the thread stands in a write that nobody reads."""
    generate = {"kind": "generate", "rate": 2000, "frames": [{"size": 500}]}
    drawn = pair(tmp_path, {"type": "PUSH", "behaviour": generate}, {"type": "PULL", "behaviour": {"kind": "sink"}})
    with started("run", drawn, "-T", "jsonl", "--record", tmp_path / "c.arrow") as process:
        wait_here_until(lambda: (tmp_path / "c.arrow").exists() and (tmp_path / "c.arrow").stat().st_size > 1e6)
        process.send_signal(signal.SIGINT)
        closed(process)
        worked_s = -1.0
        while worked_s != (worked_s := cpu_s(process.pid)):
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr is not None
        assert re.search(r"stopped before [\d,]+ rows were printed\n$", process.stderr.read())


@pytest.mark.parametrize("text", ["[1e999]", "[NaN]", "[-Infinity]", "[" * 5000])
def test_every_line_is_json(text: str) -> None:
    message = Message(
        *(1, 0, "a", None, None, "in", "message", None, "PUSH", "PULL", len(text), (text.encode(),), (len(text),))
    )
    line = bytes(jsonl_out.encoded(batch_of([message]), Decoding([]).of_rows))
    json.loads(line, parse_constant=pytest.fail)


JSON_FRAMES = [
    *(
        b'{"a":1}',
        b'{"a":1',
        b"[12345678901234567890123456789]",
        b'{"a":"\\ud800"}',
        b"[1.50, 2e5, -0, 1e-400]",
        b"[]]",
    ),
    *(
        b'{"a":1,"a":2}',
        b"{}",
        b'["\xff"]',
        b"[" + b"1" * 5000 + b"]",
        b"{not json}",
        b"[NaN, 1E999]",
        b" [1]",
        b"[1] ",
    ),
    *(b"[" * 500 + b"]" * 500, b"[" * 501 + b"]" * 501, '{"é":"\\u00e9"}'.encode(), b"\x08\x05", b"[\x81\xa1]"),
    *(b"[" + b" " * (4 << 20) + b"]", b"[1]" + b" " * (4 << 20)),
]


@pytest.mark.parametrize("frame", JSON_FRAMES, ids=lambda frame: repr(frame[:16]))
def test_the_value_alone_is_that_of_the_whole_decoder(frame: bytes) -> None:
    message = Message(
        *(1, 0, "a", None, None, "in", "message", None, "PUSH", "PULL", len(frame)), (frame,), (len(frame),)
    )
    whole = registry().decode(frame, Context.of(message, 0))
    found = Decoding([]).decoded(message)
    expected = whole.decoder == "json" and frame[:1] in JSON_STARTS
    assert found == ([{"frame": 0, "decoder": "json", "value": whole.value}] if expected else [])
    assert [*Decoding([]).of_rows(batch_of([message]))] == [json.dumps(found)]


def test_a_plugin_that_is_surer_of_a_frame_is_asked_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins/mine.py").write_text(MINE)
    monkeypatch.setattr("zinspector.cli.decoding.data_folder", lambda: tmp_path)
    message = Message(*(1, 0, "a", None, None, "in", "message", None, "PUSH", "PULL", 8), (b"[1]", b"[mine]"), (3, 6))
    assert [each["frame"] for each in Decoding([]).decoded(message)] == [0]
    monkeypatch.setattr("zinspector.cli.decoding.data_folder", lambda: tmp_path / "none")
    message = replace(message, frames=(b"[1]", b"[2]"))
    assert [each["value"] for each in Decoding([]).decoded(message)] == [[1], [2]]
