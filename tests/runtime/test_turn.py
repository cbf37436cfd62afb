"""Whose turn it is at a REQ and at a REP."""

from __future__ import annotations

from zinspector.runtime.reading import Run
from zinspector.runtime.turn import Turn

REQUEST = Run([1], [b"request"])


def test_a_req_asks_and_waits() -> None:
    turn = Turn("REQ", relaxed=False)
    assert (turn.state, turn.may_send, turn.asked_at) == ("send", True, None)
    turn.sent()
    assert (turn.state, turn.may_send) == ("receive", False)
    assert turn.asked_at is not None
    assert "waiting for a reply" in turn.why_not()
    turn.received(REQUEST)
    assert (turn.state, turn.may_send, turn.asked_at, turn.unanswered) == ("send", True, None, None)


def test_a_relaxed_req_may_ask_again() -> None:
    turn = Turn("REQ", relaxed=True)
    turn.sent()
    assert (turn.state, turn.may_send) == ("receive", True)


def test_a_rep_owes_its_reply() -> None:
    turn = Turn("REP", relaxed=False)
    assert (turn.state, turn.may_send) == ("receive", False)
    assert "no request to answer" in turn.why_not()
    turn.received(REQUEST)
    assert (turn.state, turn.may_send, turn.unanswered) == ("send", True, REQUEST)
    assert turn.asked_at is not None
    turn.sent()
    assert (turn.may_send, turn.asked_at, turn.unanswered) == (False, None, None)


def test_all_others_send_as_they_like() -> None:
    turn = Turn("DEALER", relaxed=False)
    turn.sent()
    turn.received(REQUEST)
    assert (turn.state, turn.may_send, turn.asked_at, turn.unanswered) == (None, True, None, None)
