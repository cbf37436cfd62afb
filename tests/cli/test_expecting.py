"""--expect in run, tap, spy and read: what is decided ends the run, and what does not hold is exit code 1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.command_line import Done, pair, started, topology, zinspector
from tests.helpers.places import abstract
from tests.helpers.waiting import wait_here_until
from zinspector.capture.clock import Clock
from zinspector.capture.files import save
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder

SINK = {"kind": "sink"}
TICKS = {"kind": "generate", "rate": 200, "frames": [{"text": "ticks.ACME"}, {"json": {"price": "{{n}}"}}]}


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ticks")
    behaviour = {**TICKS, "count": 50}
    drawn = pair(folder, {"type": "PUSH", "behaviour": behaviour}, {"type": "PULL", "behaviour": SINK})
    got_all = 'count(direction == "in" and kind == "message") >= 50 within 60s'
    done = zinspector("run", drawn, "--expect", got_all, "--record", folder / "c.arrow")
    assert done.returncode == 0
    return folder / "c.arrow"


def read(file: Path, *texts: str) -> Done:
    return zinspector("read", file, "--count", *(word for text in texts for word in ("--expect", text)))


def test_a_run_ends_as_soon_as_it_is_decided(tmp_path: Path) -> None:
    drawn = pair(tmp_path, {"type": "PUB", "behaviour": TICKS}, {"type": "SUB", "subscriptions": [""]})
    wanted = 'count(topic == "ticks.ACME" and direction == "in" and json.price > 5) >= 10 within 1000s'
    done = zinspector("run", drawn, "--expect", wanted, "--expect", "errors == 0", "--report", "-")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["nodes"]["to"]["received"] >= 10


def test_a_run_that_fails_says_what_was_found(tmp_path: Path) -> None:
    drawn = pair(tmp_path, {"type": "PUB", "behaviour": TICKS}, {"type": "SUB", "subscriptions": [""]})
    done = zinspector("run", drawn, "--expect", 'count(topic == "x") >= 10 within 0.3s', "--expect", "no(json.error)")
    assert done.returncode == 1
    assert done.stderr == 'zinspector: expected count(topic == "x") >= 10 within 0.3s, but it is 0\n'


def test_a_tap_looks_at_what_passes(tmp_path: Path) -> None:
    ticks, tapped = abstract("ticks"), abstract("tapped")
    drawn = topology(tmp_path, {"id": "pub", "type": "PUB", "behaviour": TICKS, "bind": [ticks]})
    with started("run", drawn):
        wait_here_until(lambda: "PUB" in zinspector("probe", ticks, "--timeout", "0.3").stdout)
        wanted = 'count(topic == "ticks.ACME") >= 10 within 60s'
        spied = zinspector("spy", ticks, "--expect", wanted)
        assert spied.returncode == 0, spied.stderr
        with started("tap", f"{tapped}={ticks}", "--expect", wanted) as tap:
            again = zinspector("spy", tapped, "--expect", f"{wanted} and no(size < 0) within 0.1s")
            assert again.returncode == 0, again.stderr
            assert tap.wait(60) == 0
        failing = zinspector("spy", ticks, "--expect", "no(topic) within 60s and node spy received >= 1")
    assert failing.returncode == 1
    assert "expected no(topic) within 60s, but" in failing.stderr


def test_a_file_is_judged_as_a_whole(recording: Path) -> None:
    good = read(
        recording,
        'count(kind == "message" and direction == "in") == 50',
        "always(json.price <= 50) and no(json.price > 50)",
    )
    assert good.returncode == 0, good.stderr
    bad = read(recording, "count(json.price == 50) == 3", "count(json.price) >= 60 within 0.05s")
    assert bad.returncode == 1
    assert "expected count(json.price == 50) == 3, but it is 2" in bad.stderr
    assert bad.stderr.count("expected") == 2


def test_what_a_file_can_not_tell_is_refused(recording: Path) -> None:
    done = read(recording, "errors == 0")
    assert done.returncode == 2
    assert "expected a figure of the run at column 1" in done.stderr


def test_frames_are_decoded_as_rules_say(tmp_path: Path) -> None:
    (tmp_path / "quotes.proto").write_text('syntax = "proto3"; package market; message Quote { int32 bid = 1; }')
    store, recorder = Store(), Recorder(Clock())
    recorder.add_run(recorder.source("t1", "in", "PUSH", "PULL"), [1, 2], [b"\x08\x05", b"\x08\x06"])
    batch = recorder.flush()
    assert batch is not None
    store.append(batch)
    save(store.batches(), tmp_path / "c.arrow")

    def read_by(rule: list[str]) -> Done:
        wanted = ["--expect", "no(proto.Quote.bid > 5)"]
        return zinspector("read", tmp_path / "c.arrow", "--count", *rule, *wanted, cwd=tmp_path)

    done = read_by(["--decode", "*=protobuf(quotes.proto, market.Quote)"])
    assert (done.returncode, done.stdout) == (1, "2\n")
    assert "one row matches, first row 2" in done.stderr
    undecoded = read_by([])
    assert undecoded.returncode == 2
    assert "nothing is decoded as proto" in undecoded.stderr
