"""Packets of which only the beginning was captured: what was seen is told, and what follows is read on."""

from __future__ import annotations

import pytest

from tests.helpers import zmtp
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Command, Event, Gap, Greeting, Handshake, Message, Side


def cut(connection: Connection, side: Side, data: bytes, seen: int) -> list[Event]:
    """A packet of which only so many bytes were captured."""
    found = connection.feed(side, data[:seen])
    return found + (connection.gap(side, len(data) - seen) if seen < len(data) else [])


@pytest.mark.parametrize("mechanism", [b"NULL", b"PLAIN", b"CURVE"])
@pytest.mark.parametrize("seen", range(18, 64))
def test_a_gap_at_the_end_of_the_greeting_costs_nothing_but_its_bytes(mechanism: bytes, seen: int) -> None:
    connection = Connection()
    connection.feed("bind", zmtp.greeting(mechanism))
    greeting, gap = sorted(cut(connection, "connect", zmtp.greeting(mechanism), seen), key=lambda each: each.offset)
    assert isinstance(greeting, Greeting)
    assert (greeting.version, greeting.mechanism, greeting.data) == (
        (3, 1),
        mechanism.decode(),
        zmtp.greeting(mechanism)[:seen],
    )
    assert gap == Gap(64 - seen, seen)
    if mechanism == b"NULL":
        assert zmtp.codes(connection.feed("connect", zmtp.ready(b"PUSH") + zmtp.message(b"a"))) == []
        assert connection.peers["connect"].socket_type == "PUSH"


@pytest.mark.parametrize(("seen", "size"), [(10, 54), (13, 51), (40, 23), (40, 25), (40, None)])
def test_another_gap_in_the_greeting_leaves_the_beginning_of_frames_unknown(seen: int, size: int | None) -> None:
    connection = Connection()
    connection.feed("bind", zmtp.greeting())
    connection.feed("connect", zmtp.greeting()[:seen])
    connection.gap("connect", size)
    assert connection.lost("connect")


def test_a_ready_that_was_cut_short_tells_what_was_seen_whole() -> None:
    data = zmtp.ready(b"DEALER", Identity=b"station")
    for seen in range(2, len(data)):
        connection = Connection()
        connection.feed("bind", zmtp.greeting())
        connection.feed("connect", zmtp.greeting())
        found = cut(connection, "connect", data, seen)
        (shake,) = (event for event in found if isinstance(event, Handshake))
        known = seen >= data.index(b"DEALER") + 6
        assert zmtp.codes(found) == ["gap-in-command"]
        assert shake.name == ("READY" if known else "")
        assert b"stat" not in shake.data
        peer = connection.peers["connect"]
        assert (peer.socket_type, peer.identity) == ("DEALER" if known else None, None)
        assert zmtp.codes(connection.feed("connect", zmtp.message(b"a", b"b"))) == []


def test_nothing_of_a_secret_is_shown_when_its_end_is_missing() -> None:
    data = zmtp.hello(b"admin", b"secret")
    for seen in range(2, len(data)):
        connection = Connection()
        connection.feed("connect", zmtp.greeting(b"PLAIN"))
        connection.feed("bind", zmtp.greeting(b"PLAIN"))
        found = cut(connection, "connect", data, seen)
        assert [(event.name, event.data) for event in found if isinstance(event, Handshake)] == [("", b"")]
        assert zmtp.codes(found) == ["gap-in-command"]


def test_a_gap_up_to_the_end_of_a_frame_costs_that_end_only() -> None:
    data = zmtp.message(b"topic", b"x" * 500)
    for seen in range(len(data) - 500, len(data)):
        connection = zmtp.opened(b"PUSH", b"PULL")
        gap, told = cut(connection, "connect", data, seen)
        assert isinstance(gap, Gap)
        assert isinstance(told, Message)
        assert (told.complete, told.true_sizes) == (True, (5, 500))
        assert told.frames == (b"topic", b"x" * (seen - len(data) + 500))
        assert zmtp.codes([told]) == ["gap-in-message"]
        (following,) = connection.feed("connect", zmtp.message(b"next"))
        assert isinstance(following, Message)
        assert not following.anomalies


def test_a_subscription_that_was_cut_short_is_none_to_what_was_seen_of_it() -> None:
    for version, data in ((1, zmtp.command(b"SUBSCRIBE", b"weather.london")), (0, zmtp.message(b"\1weather.london"))):
        connection = Connection()
        connection.feed("bind", zmtp.greeting(minor=version) + zmtp.ready(b"PUB"))
        connection.feed("connect", zmtp.greeting(minor=version) + zmtp.ready(b"SUB"))
        found = cut(connection, "connect", data, len(data) - 3)
        assert [event.name for event in found if isinstance(event, Command) and event.name] == []
        assert not connection.peers["connect"].subscriptions
        (event,) = connection.feed("connect", zmtp.command(b"SUBSCRIBE", b"news"))
        assert isinstance(event, Command)
        assert event.name == "SUBSCRIBE"


def test_messages_of_curve_that_were_cut_short_are_still_encrypted() -> None:
    for seen in range(2, 60):
        connection = zmtp.curved()
        for nonce in (50, 51):
            found = cut(connection, "connect", zmtp.curve_message(b"x" * 50, nonce), seen)
            (told,) = (event for event in found if isinstance(event, Message))
            assert told.true_sizes == (50,)
            assert zmtp.codes(found) == ["gap-in-message"]
