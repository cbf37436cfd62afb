"""Which rows are shown: scopes over batches, eviction at the front, long looks in short steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.arrow_piece import Piece
from zinspector.capture.follow import OfTopic
from zinspector.capture.held import Held
from zinspector.capture.store import Store
from zinspector.ui.inspect.rows import Newest, Rows, Scope


def numbers(rows: Rows) -> list[int]:
    while rows.behind:
        rows.update()
    return [rows.n(place) for place in range(len(rows))]


def mixed() -> tuple[Store, dict[str, list[int]]]:
    store = Store()
    feed = Feed(store)
    seen = {
        "london": feed.many(3, b"weather.london", b"{}"),
        "paris": feed.many(2, b"weather.paris", b"{}", node="other", link=None),
        "event": [feed.event("display", "CONNECTED"), feed.event("other", "CONNECT_RETRIED")],
        "command": [feed.command("station", "SUBSCRIBE", b"\x01weather.")],
        "pushed": feed.messages([(b"weather.london",)], "worker", ("PUSH", "PULL"), "l2"),
        "sent": feed.messages([(b"weather.london",)], "station", ("PUB", "SUB"), "l1", "out"),
    }
    return store, seen


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), ("london", "paris", "event", "command", "pushed", "sent")),
        (Scope(frozenset({"message"})), ("london", "paris", "pushed", "sent")),
        (Scope(frozenset({"command", "handshake"})), ("command",)),
        (Scope(items=frozenset({"l1"})), ("london", "sent")),
        (Scope(items=frozenset({"other"}), kinds=frozenset({"message"})), ("paris",)),
        (Scope(items=frozenset({"worker", "l1"})), ("london", "pushed", "sent")),
        (Scope(follow=OfTopic(b"weather.london")), ("london", "sent")),  # the first frame of a PUSH is no topic
        (Scope(follow=OfTopic(b"weather")), ()),
        (Scope(direction="out"), ("sent",)),
        (Scope(items=frozenset({"nobody"})), ()),
    ],
)
def test_scopes(scope: Scope, expected: tuple[str, ...]) -> None:
    store, seen = mixed()
    assert numbers(Rows(store, scope)) == sorted(n for name in expected for n in seen[name])


def test_rows_of_a_file_are_shown_before_they_are_checked() -> None:
    """The second of three batches proves damaged: then there are events in its place."""
    store, pieces = Store(), []
    for start in (1, 4, 7):
        some = Store()
        Feed(some).many(3, b"weather", b"{}")
        rows = some.batches()[0]
        if start == 4:
            at = rows.schema.get_field_index("frames")
            rows = rows.set_column(at, "frames", pa.nulls(3, rows.schema.field(at).type))
        pieces.append(Held(start, Piece(Path("r.arrow"), start, rows, None, None), 0))
    for held in pieces:
        store._add(held)
    rows_of_messages, events = Rows(store, Scope(frozenset({"message"}))), Rows(store, Scope(frozenset({"event"})))
    assert (numbers(rows_of_messages), numbers(events)) == ([*range(1, 10)], [])
    assert not any(held.checked for held in pieces)
    for held in pieces:
        held.batch()
    rows_of_messages.update()
    events.update()
    assert (numbers(rows_of_messages), numbers(events)) == ([1, 2, 3, 7, 8, 9], [4, 5, 6])


def test_names_of_events() -> None:
    store, seen = mixed()
    assert numbers(Rows(store, Scope(naming=frozenset({"RETRIED", "FAILED"})))) == seen["event"][1:]


def test_evicted_rows_fall_off_the_front() -> None:
    store = Store(retention_bytes=200_000)
    feed, rows = Feed(store), Rows(store)
    for _ in range(50):
        feed.many(100, b"x" * 100)
        rows.update()
        assert numbers(rows) == list(range(store.first_n, store.next_n))
    assert store.evicted > 0
    store.clear()
    assert rows.update()
    assert len(rows) == 0
    (n,) = feed.many(1, b"x")
    assert numbers(rows) == [n]


def test_a_long_look_is_done_in_steps_and_may_be_overtaken_by_eviction() -> None:
    store = Store(retention_bytes=1 << 40)
    feed, rows = Feed(store), Rows(store)
    for _ in range(30):
        feed.many(10, b"x")
    rows.update(0)
    assert len(rows) == 10
    assert rows.behind
    store.retention_bytes = 1
    feed.many(10, b"x")
    rows.update(0)
    assert numbers(rows) == list(range(store.first_n, store.next_n))
    assert store.retained == 10


def test_places_and_membership() -> None:
    store, seen = mixed()
    rows = Rows(store, Scope(follow=OfTopic(b"weather.paris")))
    first, second = numbers(rows)
    assert [first, second] == seen["paris"]
    assert first in rows
    assert first - 1 not in rows
    assert rows.place(second) == 1
    assert rows.place(10**12) == 2


def test_the_newest_row() -> None:
    store, seen = mixed()
    newest = Newest(store, Scope(items=frozenset({"display"}), kinds=frozenset({"message"})))
    assert newest.n() == seen["london"][-1]
    (n,) = Feed(store).many(1, b"again")
    assert newest.n() == n
    store.clear()
    assert newest.n() is None


def test_a_filter_narrows_what_is_in_scope() -> None:
    store, seen = mixed()
    rows = Rows(store, Scope(frozenset({"message"})))
    rows.show_rows(np.array([*seen["london"][1:], *seen["event"], *seen["sent"]], np.uint64))
    assert rows.filtered
    assert numbers(rows) == [*seen["london"][1:], *seen["sent"]]
    rows.set_scope(Scope())
    assert numbers(rows) == [*seen["london"][1:], *seen["event"], *seen["sent"]]
    rows.show_rows(np.zeros(0, np.uint64))
    assert numbers(rows) == []
    rows.show_rows(None)
    assert numbers(rows) == list(range(1, store.next_n))


def test_rows_that_a_filter_lets_through_later() -> None:
    store = Store()
    feed, rows = Feed(store), Rows(store)
    feed.many(10, b"x")
    rows.show_rows(np.array([2, 4], np.uint64))
    assert numbers(rows) == [2, 4]
    rows.add_rows(np.array([6], np.uint64))  # of the same batch
    feed.many(10, b"x")
    assert numbers(rows) == [2, 4, 6]
    rows.add_rows(np.array([9, 11, 20], np.uint64))
    assert numbers(rows) == [2, 4, 6, 9, 11, 20]
    store.retention_bytes = 1
    feed.many(5, b"x")
    rows.update()
    rows.add_rows(np.array([23], np.uint64))
    assert numbers(rows) == [23]


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=9), max_size=9), st.integers(1, 4))
def test_a_filter_may_answer_in_any_pieces(batches: list[list[bool]], pieces: int) -> None:
    store = Store()
    feed, rows = Feed(store), Rows(store)
    rows.show_rows(np.zeros(0, np.uint64))
    passed = np.flatnonzero([one for batch in batches for one in batch]) + 1
    for batch in batches:
        feed.many(len(batch), b"x")
    for piece in np.array_split(passed, pieces):
        rows.add_rows(piece)
        rows.update(0)
    assert numbers(rows) == passed.tolist()


@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=9), min_size=1, max_size=9),
    st.integers(0, 90),
    st.lists(st.booleans(), max_size=9),
    st.integers(0, 90),
)
def test_a_filter_may_answer_from_anywhere_on_in_both_directions(
    batches: list[list[bool]], at: int, forward: list[bool], near: int
) -> None:
    """Wherever the user looks, and whether or not what came so far has been looked at."""
    store = Store()
    feed, rows = Feed(store), Rows(store)
    for batch in batches:
        feed.many(len(batch), b"x")
    matching = np.array([one for batch in batches for one in batch])
    low = high = min(at, len(matching))
    rows.show_rows(np.zeros(0, np.int64), near)
    for on, most in [*((on, 3) for on in forward), (True, len(matching)), (False, len(matching))]:
        start, end = (high, min(high + most, len(matching))) if on else (max(0, low - most), low)
        rows.add_rows(np.flatnonzero(matching[start:end]) + start + 1)
        low, high = min(low, start), max(high, end)
        rows.update(0)
    assert numbers(rows) == (np.flatnonzero(matching) + 1).tolist()


@pytest.mark.parametrize("near", [0, 1, 95, 200, 1000])
def test_looking_begins_where_the_user_looks(near: int) -> None:
    store = Store()
    feed = Feed(store)
    for _ in range(20):
        feed.many(10, b"x")
    rows = Rows(store)
    rows.set_scope(Scope(frozenset({"message"})), near)
    rows.update(0)
    assert [rows.n(place) for place in range(len(rows))] == {
        0: list(range(1, 11)),
        1: list(range(1, 11)),
        95: list(range(95, 101)),
        200: [200],
        1000: list(range(191, 201)),
    }[near]
    assert numbers(rows) == list(range(1, 201))
