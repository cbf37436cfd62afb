"""What is printed is what the store holds, row by row."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from tests.helpers.command_line import WEATHER, zinspector
from zinspector.capture import jsonl
from zinspector.capture.clock import Clock
from zinspector.capture.files import load_store
from zinspector.capture.message import Message
from zinspector.capture.writer import Recorder
from zinspector.cli.decoding import Decoding
from zinspector.cli.output import Output
from zinspector.cli.printer import Printer


def test_every_row_is_printed_as_it_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zinspector("run", WEATHER, "--for", "0.5", "--record", tmp_path / "c.arrow")
    store = load_store(tmp_path / "c.arrow")
    printer = Printer(Output(argparse.Namespace(output="jsonl", decode=[], named_by=None)))
    for batch in store.since(3):
        printer.take(batch)
    assert printer.finish(hurry=False) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    decode = Decoding([]).decoded
    assert printed == [message.as_json(decode(message)) for message in store.rows(3, store.retained)]
    assert any(line["decoded"] for line in printed)


def test_an_interrupted_printer_prints_what_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    recorder = Recorder(Clock())
    source = recorder.source("a", "in", "PUSH", "PULL")
    printer = Printer(Output(argparse.Namespace(output="jsonl", decode=[], named_by=None)))
    for number in range(200):
        recorder.add_run(source, [number], [b"%d" % number], None, None)
        batch = recorder.flush()
        assert batch is not None
        printer.take(batch)
    assert printer.finish(hurry=True) == 0
    assert len(capsys.readouterr().out.splitlines()) == 200


@pytest.mark.parametrize("text", ["[1e999]", "[NaN]", "[-Infinity]", "[" * 5000])
def test_every_line_is_json(text: str) -> None:
    message = Message(
        *(1, 0, "a", None, None, "in", "message", None, "PUSH", "PULL", len(text), (text.encode(),), (len(text),))
    )
    (line,) = jsonl.lines([message], Decoding([]).decoded)
    json.loads(line, parse_constant=pytest.fail)
