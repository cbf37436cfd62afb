"""`zinspector query`: SQL about a capture file, in three forms."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import signal
from pathlib import Path
from threading import Thread

import pytest

from tests.helpers.captured import Feed
from tests.helpers.command_line import started, zinspector
from tests.helpers.waiting import PATIENCE_S, wait_here_until
from zinspector.capture.clock import Clock
from zinspector.capture.files import save
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder
from zinspector.cli import query as asking
from zinspector.cli import run
from zinspector.cli.query import EXAMPLES


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store, recorder = Store(), Recorder(Clock())
    source = recorder.source("t1", "in", "PUB", "SUB")
    for n in range(6):
        recorder.add_run(source, [n], [b"ticks.%d" % (n % 2), b'{"price": %d}' % n], [2], None, None)
    recorder.add_run(source, [9], [b"=cmd()\x1b[31m", "\u202e".encode()], [2], None, None)
    batch = recorder.flush()
    assert batch is not None
    store.append(batch)
    path = tmp_path_factory.mktemp("query") / "ticks.arrow"
    save(store.batches(), path)
    return path


def test_text_is_an_aligned_table(capture: Path) -> None:
    done = zinspector("query", capture, "SELECT topic, count(*) AS rows FROM messages GROUP BY 1 ORDER BY 2, 1")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "topic           rows",
        "--------------  ----",
        "=cmd()\\x1b[31m     1",
        "ticks.0            3",
        "ticks.1            3",
    ]


def test_jsonl_has_whole_values(capture: Path) -> None:
    sql = "SELECT n, time, frames, payload, 1e999 AS big, 'inf'::DOUBLE AS inf, 2::HUGEINT AS two FROM messages LIMIT 1"
    (row,) = map(json.loads, zinspector("query", capture, sql, "-T", "jsonl").stdout.splitlines())
    assert (row["n"], row["frames"][0], row["inf"], row["two"]) == (1, "dGlja3MuMA==", None, 2)
    assert json.loads(row["payload"]) == {"price": 0}
    assert len(row["time"]) == len("2025-11-23 07:22:11.123456789")


def test_columns_of_the_same_name_are_numbered(capture: Path) -> None:
    done = zinspector("query", capture, "SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a", "-T", "jsonl")
    assert json.loads(done.stdout) == {"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}


@pytest.mark.parametrize("form", ["text", "jsonl", "csv"])
def test_what_no_calendar_holds_is_said(capture: Path, form: str) -> None:
    sql = "SELECT {'a': '0044-03-15 (BC)'::DATE} AS day, 1 AS one UNION ALL SELECT NULL, 2 ORDER BY one"
    done = zinspector("query", capture, sql, "-T", form)
    assert (done.returncode, done.stdout.count("out of range"), "None" in done.stdout) == (0, 1, False), done.stderr


def test_csv_runs_nothing_in_a_spreadsheet(capture: Path) -> None:
    done = zinspector("query", capture, "SELECT topic, text FROM messages ORDER BY n DESC LIMIT 1", "-T", "csv")
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    assert row["topic"] == "'=cmd()\\x1b[31m"
    assert "\u202e" not in row["text"]


def test_truth_is_said_as_json_does(capture: Path) -> None:
    sql = "SELECT n = 1 AS a, [true, NULL] AS list, NULL::BOOLEAN AS none, 1 AS one FROM messages ORDER BY n LIMIT 2"
    lines = zinspector("query", capture, sql, "-T", "csv").stdout.splitlines()
    assert lines == ["a,list,none,one", 'true,"[true, null]",,1', 'false,"[true, null]",,1']
    assert zinspector("query", capture, sql).stdout.splitlines()[2:] == [
        "true   [true, null]          1",
        "false  [true, null]          1",
    ]


def test_rows_are_limited(capture: Path) -> None:
    assert len(zinspector("query", capture, "FROM messages", "-c", "2", "-T", "jsonl").stdout.splitlines()) == 2


def test_a_fault_has_its_place(capture: Path) -> None:
    done = zinspector("query", capture, "SELECT foo\nFROM messages")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("zinspector: SQL, line 1, column 8: ")


def test_files_are_out_of_reach(capture: Path) -> None:
    done = zinspector("query", capture, f"COPY messages TO '{capture.parent / 'copy.csv'}'")
    assert done.returncode == 2
    assert "COPY can't be run" in done.stderr
    assert list(capture.parent.iterdir()) == [capture]


def burning(pid: int) -> None:
    """Wait until a process has worked for longer than starting takes."""
    ticks = os.sysconf("SC_CLK_TCK")
    wait_here_until(lambda: sum(map(int, Path(f"/proc/{pid}/stat").read_text().split()[13:15])) > 3 * ticks)


ENDLESS = "SELECT count(*) FROM range(100000000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"


def test_ctrl_c_ends_it(capture: Path) -> None:
    with started("query", capture, ENDLESS) as running:
        burning(running.pid)
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE_S) in (130, -signal.SIGINT)


def test_ctrl_c_ends_it_also_while_it_begins(capture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Thread):
        def start(self) -> None:
            super().start()
            raise KeyboardInterrupt

    monkeypatch.setattr(asking, "Thread", Interrupted)
    assert zinspector("query", capture, ENDLESS).returncode == 130


COMMANDS = [shlex.split(line) for line in EXAMPLES.splitlines() if line.startswith("  zinspector ")]


@pytest.mark.parametrize("words", [words for words in COMMANDS if "<" not in words], ids=lambda words: words[3])
def test_every_example_of_the_help_works(words: list[str], capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, verb, _, *rest = words
    assert run([verb, str(capture), *rest]) == 0, capsys.readouterr().err


def test_several_files_are_one_table(tmp_path: Path) -> None:
    feed = Feed(Store())
    paths = [tmp_path / f"t-{number:04d}.arrow" for number in (1, 2)]
    for path in paths:
        first, *_ = feed.messages([[b"t", b"x"]] * 5)
        save(feed.store.since(first), path)
    done = zinspector("query", *paths, "SELECT count(*) AS c, min(n) AS a, max(n) AS z FROM messages", "-T", "jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"c": 10, "a": 1, "z": 10}\n', "")
