"""check: findings as lines and as JSON, and the exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.helpers.command_line import topology
from tests.helpers.wired import Wire
from zinspector.capture.files import save
from zinspector.capture.store import Store
from zinspector.cli import run
from zinspector.doctor import remedies
from zinspector.shipped import shipped

LINE = re.compile(r"Z\d{3} (error|warning|info) (node \S+|link \S+|document): .+")
DEAF = {"id": "deaf", "type": "SUB", "connect": ["tcp://127.0.0.1:5556"], "subscriptions": []}


@pytest.mark.parametrize("sample", sorted(shipped("resources/samples").glob("*.zin.json")), ids=lambda path: path.stem)
def test_samples_are_fine(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(sample)]) == 0
    assert "error" not in capsys.readouterr().out


def test_one_finding_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = topology(tmp_path, DEAF, {"id": "mad", "type": "BROKER"})
    assert run(["check", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    assert any(line.startswith("Z101 ") and "node deaf: " in line for line in lines)
    assert any(line.startswith("Z100 error node mad: ") for line in lines)


def test_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = topology(tmp_path, DEAF)
    run(["check", str(path), "-T", "json"])
    (finding,) = json.loads(capsys.readouterr().out)
    assert (finding["code"], finding["node"], finding["link"]) == ("Z101", "deaf", None)
    assert finding["severity"] in ("error", "warning")
    assert finding["text"]


def test_what_is_silenced_is_not_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = topology(tmp_path, {**DEAF, "silenced": ["Z101"]})
    assert run(["check", str(path)]) == 0
    assert capsys.readouterr().out == ""


def test_a_capture_is_checked_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wire = Wire(Store())
    wire.event("NOT_ZMTP", "HTTP on a ZeroMQ port")
    path = tmp_path / "traffic.arrow"
    save(wire.store.batches(), path)
    assert run(["check", str(path)]) == 0
    told = f"Z210 warning node t1: HTTP on a ZeroMQ port (connection 1) ({remedies.EVENTS['NOT_ZMTP']})\n"
    assert capsys.readouterr().out == told
    wire.row("handshake", "ERROR", [b"\0"], "bind", ["error: refused by the other end: 400"])
    save(wire.store.batches(), path)
    assert run(["check", str(path)]) == 1
    assert capsys.readouterr().out.startswith("Z208 error node t1: error: refused by the other end: 400")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "line 1, column 2: not valid JSON"),
        ('{"format": "zinspector-topology", "version": 99}', "written by a newer zinspector"),
        ('{"format": "x"}', "not a zinspector-topology file"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_unreadable(tmp_path: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.zin.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert run(["check", str(path)]) == 2
    assert told in capsys.readouterr().err


def test_several_files_are_checked_as_one_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wire = Wire(Store())
    paths = [tmp_path / f"t-{number:04d}.arrow" for number in (1, 2)]
    for path in paths:
        first = wire.event("NOT_ZMTP", "HTTP on a ZeroMQ port")
        save(wire.store.since(first), path)
    assert run(["check", *map(str, paths)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Z210 warning node t1: HTTP on a ZeroMQ port, 2 times (connection 1)")


def test_a_topology_among_captures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = topology(tmp_path, DEAF)
    assert run(["check", str(path), str(path)]) == 2
    assert f"{path}: a topology is checked by itself" in capsys.readouterr().err
