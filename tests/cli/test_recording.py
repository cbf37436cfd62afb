"""`--record` in real processes: killed at random instants, on a full disk, twice into one file, in rotation."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.helpers.command_line import command, environment, pair, zinspector, zinspector_process
from tests.helpers.full_disk import files_end_at
from tests.helpers.stalls import Stalls
from tests.helpers.waiting import wait_here_until
from zinspector.capture.files import load_store
from zinspector.capture.message import messages
from zinspector.errors import FileError

RATE = 20_000
LOST_S = 1.0


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """A flood of numbered messages, time and again the same rate."""
    generate = {"kind": "generate", "rate": RATE, "frames": [{"text": "{{n}}"}, {"size": 100}]}
    sends = {"type": "PUSH", "behaviour": generate}
    return pair(tmp_path, sends, {"type": "PULL", "behaviour": {"kind": "sink"}})


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_a_random_instant_the_last_second_at_most_is_lost(drawn: Path, tmp_path: Path, seed: int) -> None:
    path = tmp_path / "r.arrow"
    process = subprocess.Popen(
        command("run", drawn, "--record", path), stdout=subprocess.DEVNULL, env=environment(), text=True
    )
    with process, Stalls() as stalls:
        wait_here_until(lambda: path.exists() and path.stat().st_size > 50_000)
        time.sleep(random.Random(seed).random())  # the instant is what is tested
        killed_ns = time.time_ns()
        process.send_signal(signal.SIGKILL)
    store = load_store(path)
    rows = [row for batch in store.batches() for row in messages(batch)]
    sent = [int(row.frames[0]) for row in rows if row.node == "from" and row.kind == "message"]
    assert sent == list(range(sent[0], sent[0] + len(sent)))
    assert killed_ns - rows[-1].time_ns < (LOST_S + 2 * stalls.longest_s) * 1e9  # it may have to wait twice
    assert store.remarks[0].startswith("the end is missing")
    done = zinspector("read", path, "--count")
    assert int(done.stdout) == store.retained
    assert "the end is missing" in done.stderr


def test_a_full_disk_ends_the_recording_and_not_the_run(drawn: Path, tmp_path: Path) -> None:
    path = tmp_path / "r.arrow"
    with files_end_at(8_000_000):  # the process inherits it
        done = zinspector_process(
            "run", drawn, "--record", path, "--expect", 'count(kind == "message") >= 100000 within 100 s'
        )
    assert done.returncode == 2
    assert "the recording ended" in done.stderr
    assert str(path) in done.stderr
    assert "rows are not in the recording" in done.stderr
    captured = int(done.stdout.split(" captured")[0].rsplit(" ", 1)[1].replace(",", ""))
    assert load_store(path).retained < captured


def test_a_second_one_is_refused(drawn: Path, tmp_path: Path) -> None:
    path = tmp_path / "r.arrow"
    with subprocess.Popen(
        command("run", drawn, "--record", path), stdout=subprocess.DEVNULL, env=environment(), text=True
    ) as process:
        wait_here_until(lambda: path.exists() and path.stat().st_size > 50_000)  # it has begun
        second = zinspector("run", drawn, "--record", path, "--for", "1")
        assert second.returncode == 2
        assert "another zinspector records into this file" in second.stderr
        process.send_signal(signal.SIGINT)
    assert load_store(path).remarks == []


def test_what_it_replaces_is_said(tmp_path: Path) -> None:
    generate = {"kind": "generate", "rate": 1000, "count": 5, "frames": [{"text": "{{n}}"}]}
    drawn = pair(tmp_path, {"type": "PUSH", "behaviour": generate}, {"type": "PULL", "behaviour": {"kind": "sink"}})
    path = tmp_path / "r.arrow"
    first = zinspector("run", drawn, "--for", "0.3", "--record", path)
    rows = load_store(path).retained
    second = zinspector("run", drawn, "--for", "0.3", "--record", path)
    assert (first.stderr, second.stderr) == ("", f"zinspector: {path}: replaces a recording of {rows:,} rows\n")
    path.write_text("my notes")
    assert "replaces a file of 8 bytes\n" in zinspector("run", drawn, "--for", "0.3", "--record", path).stderr


def test_files_of_an_earlier_rotation_stay_and_that_is_said(tmp_path: Path) -> None:
    generate = {"kind": "generate", "rate": 1000, "count": 5, "frames": [{"text": "{{n}}"}]}
    drawn = pair(tmp_path, {"type": "PUSH", "behaviour": generate}, {"type": "PULL", "behaviour": {"kind": "sink"}})
    path = tmp_path / "r.arrow"
    recording = ("run", drawn, "--for", "0.3", "--record", path, "--rotate-size", "1MB")
    told = [zinspector(*recording).stderr for _ in range(3)]
    stay = "of an earlier recording stay; this one begins with"
    assert told == [
        "",
        f"zinspector: {path}: r-0001.arrow {stay} r-0002.arrow\n",
        f"zinspector: {path}: r-0001.arrow to r-0002.arrow {stay} r-0003.arrow\n",
    ]
    together = zinspector("read", *sorted(tmp_path.glob("r-*.arrow")), "--count")
    assert together.returncode == 2
    assert "name only r-0001.arrow, or only r-0002.arrow and what follows it" in together.stderr


def test_rotation_by_size_keeps_what_was_asked_for(drawn: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    enough = 'count(kind == "message") >= 40000 within 100 s'
    limits = ("--rotate-size", "500kB", "--rotate-keep", "3")
    done = zinspector("run", drawn, "--expect", enough, "--record", out / "r.arrow", *limits)
    assert done.returncode == 0
    files = sorted(out.iterdir())
    assert len(files) == 3
    numbers = [row.n for store in map(load_store, files) for row in store.rows(1, store.next_n)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    with pytest.raises(FileError):
        load_store(out / "r.arrow")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--rotate-size", "1MB"], "nothing to rotate"),
        (["--record", "r.arrow", "--rotate-keep", "2"], "how many files to keep"),
        (["--record", "r.arrow", "--rotate-size", "many"], "expected a size"),
        (["--record", "/dev/null"], "not a file"),
        (["--record", "r.csv"], "not .csv (record r.arrow, then: zinspector convert r.arrow r.csv)"),
        (["--record", "r.txt"], "--record: a recording is an .arrow file, not .txt (record r.arrow)"),
    ],
)
def test_what_makes_no_sense_is_said(drawn: Path, tmp_path: Path, arguments: list[str], text: str) -> None:
    done = zinspector("run", drawn, "--for", "1", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert text in done.stderr


def test_a_colleague_without_the_schema_sees_decoded_fields(tmp_path: Path) -> None:
    proto = tmp_path / "q.proto"
    proto.write_text('syntax = "proto3"; package m; message Q { int32 bid = 1; }')
    generate = {"kind": "generate", "rate": 1000, "frames": [{"hex": "0805"}]}
    drawn = pair(tmp_path, {"type": "PUSH", "behaviour": generate}, {"type": "PULL"})
    path = tmp_path / "r.arrow"
    process = subprocess.Popen(
        command("run", drawn, "--record", path, "--decode", f"node:to=protobuf({proto}, m.Q)"),
        stdout=subprocess.DEVNULL,
        env=environment(),
    )
    with process:
        wait_here_until(lambda: path.exists() and path.stat().st_size > 50_000)
        process.send_signal(signal.SIGKILL)
    proto.unlink()
    of_those = ["-Y", 'node == "to" and proto.Q.bid == 5', "--count"]
    count = zinspector("read", path, *of_those).stdout
    assert int(count) > 0
    for suffix in ("parquet", "mcap", "again.arrow"):
        other = tmp_path / f"r.{suffix}"
        assert zinspector("convert", path, other).returncode == 0
        path = other
        assert zinspector("read", path, *of_those).stdout == count
    proto.write_text('syntax = "proto3"; package m; message Q { int32 asked = 1; }')
    done = zinspector("read", path, "--decode", f"*=protobuf({proto}, m.Q)")
    assert 'protobuf {"asked": 5}' in done.stdout
    assert "bid" not in done.stdout
