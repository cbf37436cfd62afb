"""Which reply answers which request: those of each connection in turn, or by the envelope that came back."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from tests.helpers.wired import Wire
from zinspector.capture.exchanges import Exchanges, pair
from zinspector.capture.progress import CancelledError
from zinspector.capture.replay import choose
from zinspector.capture.store import Store
from zinspector.capture.ways import Wanted

STEPS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from([b"a", b"b"]), st.booleans()), max_size=30)
"""A connection, an envelope, and whether it is asked or answered."""


def exchanges(store: Store, socket_type: str = "REQ") -> Exchanges:
    return pair(choose(store.batches(), Wanted(socket_type)))


def spoken(
    steps: list[tuple[int, bytes, bool]], types: tuple[str, str], *, routed: bool
) -> tuple[Store, dict[int, int | None]]:
    """A capture of these steps after one request, and for each request the reply that answers it."""
    store = Store()
    wires = {number: Wire(store, number, types=types) for number in (1, 2, 3)}
    waiting: dict[Hashable, deque[int]] = defaultdict(deque)
    replies: dict[int, int | None] = {}
    for connection, envelope, asks in [(1, b"a", True), *steps]:
        head = [envelope, b""] if routed else [b""]
        (n,) = wires[connection].messages([*head, b"said"], side="connect" if asks else "bind")
        mark = connection, envelope if routed else None
        if asks:
            waiting[mark].append(n)
            replies[n] = None
        elif waiting[mark]:
            replies[waiting[mark].popleft()] = n
    return store, replies


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, routed=st.booleans())
def test_each_request_has_its_reply(steps: list[tuple[int, bytes, bool]], routed: bool) -> None:
    store, replies = spoken(steps, ("DEALER", "ROUTER") if routed else ("REQ", "REP"), routed=routed)
    found = exchanges(store)
    assert {request: found.reply_number(request) for request in replies} == replies
    assert found.count == sum(reply is not None for reply in replies.values())
    for request, reply in replies.items():
        row, answer = store.row(request), store.row(reply or 0)
        assert row is not None
        assert found.took_ns(request) == (answer.time_ns - row.time_ns if answer else 0)
        assert found.reply(request) == ([b"said"] if answer else None)


@settings(max_examples=20, deadline=None)
@given(steps=STEPS)
def test_of_a_rep_the_requests_are_found(steps: list[tuple[int, bytes, bool]]) -> None:
    store, replies = spoken([(1, b"a", False), *steps], ("REQ", "REP"), routed=False)
    found = exchanges(store, "REP")
    asked = {reply: request for request, reply in replies.items() if reply is not None}
    assert {reply: found.reply_number(reply) for reply in asked} == asked
    assert found.count == len(asked)


def test_rows_of_own_sockets_are_paired_node_by_node() -> None:
    feed = Feed(Store())
    asked = [n for node in ("a", "b") for n in feed.messages([[b"?"]], node, ("REQ", "REP"), direction="out")]
    came = [n for node in ("b", "a") for n in feed.messages([[b"!"]], node, ("REP", "REQ"), direction="in")]
    found = exchanges(feed.store)
    assert [found.reply_number(n) for n in asked] == came[::-1]


def test_a_reply_of_a_type_that_nobody_told_counts() -> None:
    feed = Feed(Store())
    (asked,) = feed.messages([[b"?"]], "a", ("REQ", None), direction="out")
    (came,) = feed.messages([[b"!"]], "a", (None, "REQ"), direction="in")
    assert exchanges(feed.store).reply_number(asked) == came


@pytest.mark.parametrize("number", [0, 3, 1 << 40])
def test_what_is_no_request_has_no_reply(number: int) -> None:
    store, _ = spoken([(1, b"a", False)], ("REQ", "REP"), routed=False)
    found = exchanges(store)
    assert (found.reply_number(number), found.took_ns(number), found.reply(number)) == (None, 0, None)


def test_it_is_given_up_when_told_to() -> None:
    store, _ = spoken([(1, b"a", False)], ("REQ", "REP"), routed=False)
    with pytest.raises(CancelledError):
        pair(choose(store.batches(), Wanted("REQ")), lambda _: False)
