"""Which rows belong together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from tests.helpers.captured import Feed
from tests.helpers.wired import Wire
from zinspector.capture.follow import Follow, OfConnection, OfTopic, exchange, is_exchange
from zinspector.capture.store import Store


def rows(store: Store, follow: Follow) -> list[int]:
    return [
        int(n) for batch in store.since(1) for n in batch.column("n").to_numpy()[np.flatnonzero(follow.mask(batch))]
    ]


def other(store: Store, n: int) -> list[int]:
    message = store.row(n)
    assert message is not None
    assert is_exchange(message)
    return [found for found in exchange(store.batches(), message).numbers if found != n]


def test_a_connection() -> None:
    store = Store()
    feed, mine, same_number, neighbour = Feed(store), Wire(store, 1), Wire(store, 1, node="t2"), Wire(store, 2)
    wanted = [mine.opened()]
    for wire in (same_number, neighbour):
        wire.opened()
        wire.messages([b"x"])
    feed.many(5, b"x")
    wanted += mine.messages([b"a"], [b"b"])
    wanted.append(mine.command("PING", b"\0\0"))
    assert rows(store, OfConnection("t1", 1)) == wanted
    assert rows(store, OfConnection("t1", 1, first_n=wanted[1], last_n=wanted[2])) == wanted[1:3]
    assert rows(store, OfConnection("t1", 9)) == []


@pytest.mark.parametrize("topic", [b"weather", b"a topic of more than twelve bytes", b""])
def test_a_topic(topic: bytes) -> None:
    store = Store()
    wire = Wire(store)
    wire.command("SUBSCRIBE", topic)
    wanted = wire.messages([topic, b"1"])
    wire.messages([topic + b".", b"2"])
    Wire(store, 2, types=("REQ", "REP")).messages([topic, b"not published"])
    wanted += Feed(store).messages([[topic, b"of a socket"]])
    assert rows(store, OfTopic(topic)) == wanted


def conversation(store: Store, types: tuple[str, str], said: Iterable[tuple[str, list[bytes]]]) -> list[int]:
    wire, bystander = Wire(store, 1, types=types), Wire(store, 2, types=types)
    numbers = []
    for side, frames in said:
        bystander.messages(frames, side=side)
        numbers += wire.messages(frames, side=side)
    return numbers


def test_req_waits_for_its_reply() -> None:
    store = Store()
    said = [(side, [b"", b"%d" % n]) for n in range(3) for side in ("connect", "bind")]
    ask1, reply1, ask2, reply2, _, _ = conversation(store, ("REQ", "REP"), said)
    assert (other(store, ask1), other(store, reply1)) == ([reply1], [ask1])
    assert (other(store, ask2), other(store, reply2)) == ([reply2], [ask2])


def test_who_listens_may_ask() -> None:
    store = Store()
    said = [("bind", [b"", b"1"]), ("connect", [b"", b"one"]), ("bind", [b"", b"2"])]
    ask, reply, unanswered = conversation(store, ("REP", "REQ"), said)
    assert (other(store, ask), other(store, reply), other(store, unanswered)) == ([reply], [ask], [])


def test_the_envelope_comes_back() -> None:
    """Two requests of clients behind a DEALER, answered the other way round."""
    store = Store()
    said = [
        ("connect", [b"client-1", b"", b"one?"]),
        ("connect", [b"client-2", b"", b"two?"]),
        ("bind", [b"client-2", b"", b"two!"]),
        ("bind", [b"client-1", b"", b"one!"]),
    ]
    ask1, ask2, reply2, reply1 = conversation(store, ("DEALER", "REP"), said)
    assert (other(store, ask1), other(store, reply1)) == ([reply1], [ask1])
    assert (other(store, ask2), other(store, reply2)) == ([reply2], [ask2])


def test_a_dealer_is_answered_in_order() -> None:
    store = Store()
    said = [("connect", [b"one?"]), ("connect", [b"two?"]), ("bind", [b"one!"]), ("bind", [b"two!"])]
    ask1, ask2, reply1, reply2 = conversation(store, ("DEALER", "ROUTER"), said)
    assert (other(store, ask1), other(store, ask2)) == ([reply1], [reply2])
    assert (other(store, reply1), other(store, reply2)) == ([ask1], [ask2])


def test_between_drawn_sockets_the_link_tells() -> None:
    store = Store()
    feed = Feed(store)
    (ask,) = feed.messages([[b"one?"]], "client", ("REQ", "ROUTER"), "l2", "out")
    feed.messages([[b"other"]], "client", ("ROUTER", "REQ"), "l3", "in")
    (reply,) = feed.messages([[b"one!"]], "client", ("ROUTER", "REQ"), "l2", "in")
    assert (other(store, ask), other(store, reply)) == ([reply], [ask])


def test_what_is_no_exchange() -> None:
    store = Store()
    (published,) = Wire(store).messages([b"topic"])
    command = Wire(store, types=("REQ", "REP")).command("PING", b"\0\0")
    (nowhere,) = Feed(store).messages([[b"x"]], types=("REQ", "REP"), link=None)
    for n in (published, command, nowhere):
        message = store.row(n)
        assert message is not None
        assert not is_exchange(message)
