"""pyzmq's security examples through a relay (P17): they work as without it, secrets stay secret, sizes are true."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command_line import started, zinspector
from tests.helpers.foreign import PROGRAMS
from tests.helpers.places import free_port
from tests.helpers.tap_thread import Tapped, tapped
from tests.helpers.waiting import PATIENCE_S, wait_here_until
from zinspector.capture import csv, jsonl_out, lines
from zinspector.capture.files import save
from zinspector.capture.message import Message

PASSWORD = b"s3cr3t-Passw0rd"
SAID = [["Hello"], ["two", "frames" * 100]]
MECHANISMS = {"grasslands": "NULL", "strawhouse": "NULL", "woodhouse": "PLAIN", "stonehouse": "CURVE"}
MECHANISMS["ironhouse"] = "CURVE"


def lived_in(house: str, via: Callable[[str], str], *wrong: str) -> Any:
    """Run an example; its client connects to `via(address of its server)`."""
    command = [sys.executable, str(PROGRAMS / "houses.py"), house, *wrong]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            answer, _ = process.communicate(f"{via(address)}\n", timeout=PATIENCE_S)
        finally:
            process.kill()
    return json.loads(answer)


def assert_hidden(*places: bytes | str) -> None:
    for place in places:
        data = place.encode() if isinstance(place, str) else place
        assert PASSWORD not in data
        assert PASSWORD[::-1] not in data


def assert_exports_hide(tap: Tapped, rows: list[Message], folder: Path) -> None:
    """No frame, no line of any form, and no file has the password."""
    assert_hidden(*(frame for row in rows for frame in row.frames))
    assert_hidden(*lines.lines(rows))
    for batch in tap.batches():
        assert_hidden(bytes(csv.encoded(batch)), bytes(jsonl_out.encoded(batch)))
    save(tap.batches(), folder / "saved.arrow", {})
    assert_hidden((folder / "saved.arrow").read_bytes())


@pytest.mark.parametrize("house", MECHANISMS)
def test_a_house_with_a_relay_at_its_door(house: str, tmp_path: Path) -> None:
    with tapped() as tap:
        direct = lived_in(house, lambda address: address)
        assert direct == ["succeeded", SAID]
        assert lived_in(house, tap.relay) == direct
        messages = tap.messages(3 if MECHANISMS[house] == "CURVE" else 2)
        rows = tap.rows()
        greetings = [row for row in rows if row.name == "GREETING"]
        assert [row.frames[0][12:32].rstrip(b"\0").decode() for row in greetings] == [MECHANISMS[house]] * 2
        if MECHANISMS[house] == "CURVE":
            # the parts of a message can't be told apart from messages: MORE is inside the box
            assert [row.size for row in messages] == [5, 3, 600]
            assert not any(b"Hello" in frame or b"frames" in frame for row in rows for frame in row.frames)
        else:
            assert [[frame.decode() for frame in row.frames] for row in messages] == SAID
            assert {(row.from_type, row.to_type) for row in messages} == {("PUSH", "PULL")}
        assert [row.anomalies for row in rows if row.anomalies] == []
        assert_exports_hide(tap, rows, tmp_path)


@pytest.mark.parametrize("house", ["woodhouse", "ironhouse"])
def test_who_is_not_let_in_is_not_let_in_through_a_relay(house: str, tmp_path: Path) -> None:
    with tapped() as tap:
        direct = lived_in(house, lambda address: address, "wrong")
        assert direct == ["failed: not allowed", []]
        assert lived_in(house, tap.relay, "wrong") == direct
        wait_here_until(lambda: any(row.name == "ERROR" for row in tap.rows()))
        rows = tap.rows()
        (error, *_) = [row for row in rows if row.name == "ERROR"]
        assert error.frames[0].endswith(b"400")
        assert not any(row.kind == "message" for row in rows)
        assert_exports_hide(tap, rows, tmp_path)


def test_the_command_line_shows_records_and_logs_no_password(tmp_path: Path) -> None:
    file = tmp_path / "wood.arrow"
    listen = f"tcp://127.0.0.1:{free_port()}"
    with ExitStack() as ends:

        def via(address: str) -> str:
            pair = f"{listen}={address}"
            tapping.append(ends.enter_context(started("tap", pair, "-T", "jsonl", "--record", file)))
            assert tapping[0].stderr is not None
            assert listen in tapping[0].stderr.readline()
            return listen

        tapping: list[subprocess.Popen[str]] = []
        answer = lived_in("woodhouse", via)
        printed = ""
        assert tapping[0].stdout is not None
        while '"name": "CLOSED"' not in printed:
            printed += tapping[0].stdout.readline()
        tapping[0].terminate()
        rest, errors = tapping[0].communicate(timeout=60)
    assert answer == ["succeeded", SAID]
    (hello,) = [row for row in map(json.loads, printed.splitlines()) if row["name"] == "HELLO"]
    assert hello["frames"][0]["text"] == f"\x05admin\x08{'*' * 8}"  # whatever its length
    shown = [zinspector("read", file, "-T", form).stdout for form in ("text", "jsonl", "csv")]
    assert all("HELLO" in text for text in shown)
    assert_hidden(printed, rest, errors, *shown, file.read_bytes())
