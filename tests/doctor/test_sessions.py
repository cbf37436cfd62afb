"""What the rules are told of sessions: how far each came, who ended it, and whether all of it was seen."""

from __future__ import annotations

import pytest

from tests.helpers.wired import Side, Wire, greeting
from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.doctor.sessions import MOST_STEPS, Place, Session, Sessions


class Told:
    """A rule that remembers what it was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, bool]] = []
        self.ended: list[Session] = []

    def shook(self, session: Session, _time_ns: int) -> None:
        """A step."""
        self.steps.append((session.seen.id, session.shaken))

    def closed(self, session: Session, row: Message) -> None:
        """An end."""
        assert row.name in ("CLOSED", "RESET")
        self.ended.append(session)


def told(store: Store, most: int = 100) -> Told:
    rule = Told()
    sessions = Sessions((rule,), most)
    for batch in store.batches():
        sessions.consume(batch)
    return rule


def test_a_whole_session() -> None:
    wire = Wire(Store())
    wire.opened()
    wire.shaken()
    wire.messages([b"t"])
    wire.event("CLOSED", "closed", {"by": "bind"})
    rule = told(wire.store)
    assert rule.steps == [(1, False), (1, False), (1, False), (1, True)]
    (session,) = rule.ended
    assert (session.whole, session.shaken, session.ended_by) == (True, True, "bind")
    assert session.steps == {"connect": {"GREETING": 2, "READY": 4}, "bind": {"GREETING": 3, "READY": 5}}
    assert session.said("connect", "READY")
    assert not session.said("connect", "ERROR")
    assert session.place == Place("t1", None, "127.0.0.1", "127.0.0.1:5556")


@pytest.mark.parametrize("name", ["GAP", "STOPPED", "NOT_ZMTP"])
def test_what_was_not_seen_makes_it_less_than_whole(name: str) -> None:
    wire = Wire(Store())
    wire.opened()
    wire.event(name)
    wire.event("RESET")
    (session,) = told(wire.store).ended
    assert not session.whole


def test_one_that_was_there_before_is_not_whole_and_messages_begin_none() -> None:
    wire = Wire(Store())
    wire.messages([b"t"])
    wire.event("CLOSED")
    assert told(wire.store).ended == []
    wire.handshake("GREETING", greeting())
    wire.event("CLOSED")
    (session,) = told(wire.store).ended
    assert (session.whole, session.shaken) == (False, False)


def test_a_number_that_is_used_again_is_another_session() -> None:
    wire = Wire(Store())
    for _ in range(2):
        wire.opened()
        wire.handshake("GREETING", greeting())
    wire.event("CLOSED")
    (session,) = told(wire.store).ended
    assert session.steps["connect"] == {"GREETING": 4}


def test_connections_of_one_number_at_two_nodes_are_two() -> None:
    store = Store()
    wires = [Wire(store, node=node) for node in ("a", "b")]
    for wire in wires:
        wire.opened()
    for wire in reversed(wires):
        wire.event("CLOSED")
    assert [session.seen.node for session in told(store).ended] == ["b", "a"]


def test_of_very_many_the_oldest_are_forgotten() -> None:
    store = Store()
    wires = [Wire(store, number) for number in range(1, 6)]
    for wire in wires:
        wire.opened()
    for wire in wires:
        wire.event("CLOSED")
    assert [session.seen.id for session in told(store, most=3).ended] == [3, 4, 5]


def test_steps_are_bounded_and_the_first_of_a_name_counts() -> None:
    wire = Wire(Store())
    first = wire.opened() + 1
    for number in range(2 * MOST_STEPS):
        wire.handshake(f"STEP {number // 2}", b"")
    wire.handshake("ONE MORE", b"")
    wire.event("CLOSED")
    (session,) = told(wire.store).ended
    assert session.steps["connect"] == {f"STEP {number}": first + 2 * number for number in range(MOST_STEPS)}


@pytest.mark.parametrize(
    ("details", "by"),
    [
        ({"by": "connect"}, "connect"), ({"by": "nobody"}, None), ({"by": ["bind"]}, None), ({"by": {}}, None),
        ({}, None), (None, None),
    ],
)  # fmt: skip
def test_who_ended_it_is_believed_only_where_it_is_a_side(details: dict[str, object] | None, by: Side | None) -> None:
    wire = Wire(Store())
    wire.opened()
    wire.event("CLOSED", "closed", details)
    (session,) = told(wire.store).ended
    assert session.ended_by == by
