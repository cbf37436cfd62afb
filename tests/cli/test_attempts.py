"""Attempts that fail as the one before: told once, counted, and told again when something has happened."""

from __future__ import annotations

import pytest

from tests.helpers.arbitrary import batch_of
from zinspector.capture.message import Message
from zinspector.capture.schema import Kind
from zinspector.cli.attempts import Attempts
from zinspector.runtime.attempts import also


def told(attempts: Attempts, *events: str) -> list[str]:
    """Of events called `node name text`, in one batch, those that are not left out."""
    rows = []
    for n, (node, name, *texts) in enumerate((event.split(" ", 2) for event in events), 1):
        kind: Kind = "event" if name.isupper() else "message"
        frames = tuple(text.encode() for text in texts)
        sizes = tuple(map(len, frames))
        rows.append(Message(n, n, node, None, None, "in", kind, name, None, None, sum(sizes), frames, sizes))
    return [event for event, again in zip(events, attempts.again(batch_of(rows)), strict=True) if not again]


def test_refusals_are_told_once_for_each_relay_until_something_else_happens(capsys: pytest.CaptureFixture[str]) -> None:
    attempts = Attempts()
    assert told(attempts, "a REFUSED", "a REFUSED", "b REFUSED") == ["a REFUSED", "b REFUSED"]
    assert told(attempts, "a REFUSED", "b OPENED", "b REFUSED") == ["b OPENED", "b REFUSED"]
    attempts.tell()
    assert capsys.readouterr().err == "zinspector: the target refused 2 more attempts\n"


def test_a_spy_that_finds_nobody_tells_of_one_attempt(capsys: pytest.CaptureFixture[str]) -> None:
    attempts = Attempts()
    attempt = ("spy CONNECT_DELAYED", "spy CLOSED", "spy CONNECT_RETRIED")
    assert told(attempts, *attempt, *attempt, "spy CONNECT_DELAYED") == [*attempt]
    came = ("spy CONNECTED", "spy message", "spy DISCONNECTED")
    assert told(attempts, "spy CLOSED", *came, *attempt, *attempt) == [*came, *attempt]
    attempts.tell()
    assert capsys.readouterr().err == "zinspector: 2 more attempts found nobody\n"


def test_rows_that_stand_for_several_attempts_count_as_so_many(capsys: pytest.CaptureFixture[str]) -> None:
    attempts, tried = Attempts(), "spy CONNECT_RETRIED tcp://x again in 100 ms"
    assert told(attempts, tried, tried, tried + also(1499)) == [tried]
    attempts.tell()
    assert capsys.readouterr().err == "zinspector: 1,500 more attempts found nobody\n"


def test_connections_that_end_one_after_another_are_all_told(capsys: pytest.CaptureFixture[str]) -> None:
    events = ("a OPENED", "a CLOSED", "a CLOSED")
    attempts = Attempts()
    assert told(attempts, *events) == [*events]
    attempts.tell()
    assert capsys.readouterr().err == ""
