"""`zinspector convert`: any capture to any format, atomically, with what was lost on standard error."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from mcap.reader import make_reader

from tests.helpers.arbitrary import read
from tests.helpers.captured import Feed
from tests.helpers.command_line import command, environment, topology, zinspector
from tests.helpers.conversations import handshaken, message
from tests.helpers.packets import pcap
from tests.helpers.places import shared
from tests.helpers.waiting import PATIENCE_S
from zinspector.capture.files import save
from zinspector.capture.store import Store

QUOTES = 'syntax = "proto3"; package market; message Quote { string symbol = 1; double bid = 2; }'


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    talk = handshaken().sends(message(b"\1"))
    for n in range(20):
        talk.answers(message(b"weather.london", b'{"n": %d}' % n))
    path = tmp_path / "seen.pcap"
    path.write_bytes(pcap(talk.packets))
    return path


@pytest.mark.parametrize("suffix", ["arrow", "parquet", "mcap", "jsonl", "pcapng"])
def test_there_and_back(capture: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"seen.{suffix}"
    done = zinspector("convert", capture, out)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"26 rows in {out}\n", "")
    assert read(out) == read(capture)


def test_through_all_of_them(capture: Path, tmp_path: Path) -> None:
    path = capture
    for suffix in ("mcap", "pcapng", "parquet"):
        following = tmp_path / f"seen.{suffix}"
        assert zinspector("convert", path, following).returncode == 0
        path = following
    assert read(path) == read(capture)


def test_a_filter_chooses(capture: Path, tmp_path: Path) -> None:
    out = tmp_path / "some.jsonl"
    done = zinspector("convert", capture, out, "-Y", 'topic == "weather.london" and json.n >= 15')
    assert done.stdout == f"5 rows in {out}\n"
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["decoded"][0]["value"]["n"] for row in rows] == [15, 16, 17, 18, 19]
    wrong = zinspector("convert", capture, out, "-Y", "topic ==")
    assert wrong.returncode == 2
    assert len(out.read_text().splitlines()) == 5


def test_what_is_lost_is_said(capture: Path, tmp_path: Path) -> None:
    done = zinspector("convert", capture, tmp_path / "seen.csv")
    assert done.returncode == 0
    assert "can't be opened as a capture again" in done.stderr
    done = zinspector("convert", capture, tmp_path / "seen.pcapng", "-Y", 'kind == "message"')
    assert "made-up handshake of ZMTP 3.1: 1." in done.stderr


def test_the_format_may_be_named(capture: Path, tmp_path: Path) -> None:
    out = tmp_path / "table"
    assert zinspector("convert", capture, out, "--to", "csv").returncode == 0
    assert out.read_text().startswith("n,time_ns,node")


def test_protobuf_by_a_rule_has_a_channel(tmp_path: Path) -> None:
    (tmp_path / "quotes.proto").write_text(QUOTES)
    store = Store()
    Feed(store).messages([[b"quotes.ACME", b"\n\4ACME\x11" + bytes(8)], [b"quotes.ACME", b"\xff\xff"]])
    save(store.batches(), tmp_path / "c.arrow")
    rule = "topic:quotes.*=protobuf(quotes.proto, market.Quote)"
    drawn = topology(tmp_path, decode=[rule])
    for wish in (["--decode", rule], ["--topology", drawn]):
        out = tmp_path / "c.mcap"
        assert zinspector("convert", tmp_path / "c.arrow", out, *wish, cwd=tmp_path).returncode == 0
        with out.open("rb") as file:
            found = list(make_reader(file).iter_messages(topics=["display/quotes.ACME"]))
        assert [(schema.name, channel.message_encoding) for schema, channel, _ in found] == [
            ("market.Quote", "protobuf")
        ]

    proto = ["--decode", rule, "-Y", 'proto.Quote.symbol == "ACME"']
    done = zinspector("convert", tmp_path / "c.arrow", tmp_path / "c.csv", *proto, cwd=tmp_path)
    assert done.stdout == f"1 row in {tmp_path / 'c.csv'}\n"


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("c.xyz", "no format has the extension .xyz (end it in one of .arrow, .parquet, .mcap, .pcapng"),
        ("plain", "a file name without an extension"),
        ("missing/c.csv", "no such folder"),
        (".", "without an extension"),
    ],
)
def test_bad_places_are_told_before_anything_is_read(capture: Path, tmp_path: Path, out: str, said: str) -> None:
    done = zinspector("convert", capture, tmp_path / out)
    assert done.returncode == 2
    assert said in done.stderr


def test_bad_captures_are_told(tmp_path: Path) -> None:
    done = zinspector("convert", tmp_path / "none.arrow", tmp_path / "c.csv")
    assert (done.returncode, "No such file" in done.stderr) == (2, True)
    (tmp_path / "text.arrow").write_text("hello")
    done = zinspector("convert", tmp_path / "text.arrow", tmp_path / "c.csv")
    assert (done.returncode, "not a capture" in done.stderr) == (2, True)
    assert not (tmp_path / "c.csv").exists()


def test_devices_are_never_replaced(capture: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    done = zinspector("convert", capture, pipe)
    assert (done.returncode, "no ordinary file" in done.stderr) == (2, True)
    assert pipe.is_fifo()


@pytest.mark.parametrize("suffix", ["arrow", "parquet", "mcap", "pcapng", "jsonl", "csv"])
def test_a_full_disk_leaves_what_was_there(capture: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"seen.{suffix}"
    out.write_bytes(b"old")
    before = sorted(tmp_path.iterdir())
    done = subprocess.run(
        command("convert", capture, out),
        capture_output=True,
        text=True,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500)),
        check=False,
    )
    assert done.returncode == 2
    assert "can't be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert out.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == before


def test_damage_is_told_and_the_rest_is_converted(capture: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.mcap"
    assert zinspector("convert", capture, whole).returncode == 0
    (tmp_path / "cut.mcap").write_bytes(whole.read_bytes()[:-100])
    done = zinspector("convert", tmp_path / "cut.mcap", tmp_path / "again.arrow")
    assert done.returncode == 0
    assert "cut.mcap: the file ends inside a record: it was read up to byte" in done.stderr
    assert read(tmp_path / "again.arrow") == read(capture)


INTERRUPTED = """
import os, sys
from zinspector.__main__ import main
from zinspector.cli import progress

progress.SHOWN_AFTER_S = 0.0  # a quick machine would be done

class Screen:
    def __getattr__(self, name):
        return getattr(sys.__stderr__, name)
    def write(self, text):
        sys.__stderr__.write(text)
        if "big.mcap" in text:  # not while it is loaded
            os.kill(os.getpid(), int(number))

number, sys.argv[:] = sys.argv[1], ["zinspector", *sys.argv[2:]]
sys.stderr = Screen()
sys.exit(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C as soon as a terminal shows percents."""
    store = Store()
    Feed(store).many(400_000, b"t", b'{"a": 1}')
    save(store.batches(), tmp_path / "big.arrow")
    out = tmp_path / "big.mcap"
    main, terminal = pty.openpty()
    program = [sys.executable, "-W", "error", "-c", INTERRUPTED, str(int(number))]
    words = ["convert", tmp_path / "big.arrow", out]
    process = subprocess.Popen([*program, *words], stderr=terminal, stdout=subprocess.PIPE, env=environment())
    os.close(terminal)
    with process, os.fdopen(main, "rb", 0) as screen:
        assert process.wait(PATIENCE_S) == 130
        assert b"big.mcap:" in screen.read(100)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["big.arrow"]


def test_a_real_capture_is_what_tshark_reads(tmp_path: Path) -> None:
    if subprocess.run(["which", "tshark"], capture_output=True, check=False).returncode:
        pytest.skip("tshark is not here")
    source, out = shared("captures/apps/jupyter.pcap"), tmp_path / "made.pcapng"
    assert zinspector("convert", source, out).returncode == 0
    checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    fields = ["-T", "fields", "-e", "tcp.stream", "-e", "tcp.checksum.status", "-e", "ip.checksum.status"]
    done = subprocess.run(["tshark", "-r", out, *checks, *fields], capture_output=True, text=True, check=True)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(lines) > 100
    assert {tuple(line[1:]) for line in lines} == {("1", "1")}
    wrong = "tcp.analysis.flags and not tcp.analysis.window_update"
    done = subprocess.run(["tshark", "-r", out, "-Y", wrong], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    comments = ["-T", "fields", "-e", "frame.comment", "-Y", "frame.comment"]
    done = subprocess.run(["tshark", "-r", out, *comments], capture_output=True, text=True, check=True)
    assert "CLOSED: closed by the end that" in done.stdout


def test_a_rotation_becomes_one_file_and_loses_none_of_its_own(tmp_path: Path) -> None:
    feed = Feed(Store())
    paths = [tmp_path / f"t-{number:04d}.arrow" for number in (1, 2, 3)]
    for path in paths:
        first, *_ = feed.messages([[b"t", b"x"]] * 5)
        save(feed.store.since(first), path)
    before = [path.read_bytes() for path in paths]
    for forgotten in (paths, paths[:2]):
        done = zinspector("convert", *forgotten)
        assert done.returncode == 2
        assert f"{forgotten[-1]}: is there already" in done.stderr
    out = tmp_path / "t.arrow"
    done = zinspector("convert", *paths, out)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"15 rows in {out}\n", "")
    assert read(out) == feed.store.rows(1, 15)
    assert [path.read_bytes() for path in paths] == before


if sys.platform == "win32":
    pytestmark = pytest.mark.skip(reason="pipes, limits and terminals of POSIX")
