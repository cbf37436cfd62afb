"""Rows in the order of a column: as a plain sort of plain values has it, with what is missing at the end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture import sort_keys
from zinspector.capture.arrow_piece import Piece
from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.lookup import Lookup
from zinspector.capture.held import Batches, Held
from zinspector.capture.message import Message
from zinspector.capture.ordering import Order, below, sortable
from zinspector.capture.progress import CancelledError
from zinspector.capture.sort_parts import Part
from zinspector.capture.store import Store
from zinspector.errors import UserError

PRICES = st.sampled_from(
    [b'{"p": 2}', b'{"p": 1.5}', b'{"p": "x"}', b'{"p": "10"}', b'{"p": null}', b"{", b'{"p": -1e3}']
)
NUMBERS = st.sampled_from([b'{"p": 2}', b'{"p": 1.5}', b"[]", b'{"p": -1e3}', b"\xff", b'{"p": 1e300}'])
FOUND = st.sampled_from([b'{"p": 2}', b'{"p": 1.5}', b"no JSON", b'{"p": -1e3}', b'{"p": 0.1}', b'{"p": 1e300}'])
TOPICS = st.sampled_from([b"b", b"a", b"", b"weather.london", b"\xff"])


def filled(*batches: list[tuple[bytes, ...]]) -> Store:
    store = Store()
    feed = Feed(store)
    for place, messages in enumerate(batches):
        feed.messages(messages, node=f"node{place * 7 % 3}", link=None if place % 2 else "l1")
    return store


def plain(store: Store, value: Any, *, descending: bool) -> list[int]:
    rows = store.rows(store.first_n, store.retained)
    having = [row for row in rows if value(row) is not None]
    having.sort(key=value, reverse=descending)
    return [row.n for row in having] + [row.n for row in rows if value(row) is None]


def ours(store: Store, column: str, value: Any, *, descending: bool) -> list[int]:
    numbers = np.arange(store.first_n, store.next_n)
    order = Order(store.batches(), numbers, column, descending=descending)
    rows: list[int] = order.rows().tolist()
    having = [n for n in rows if value(store.row(n)) is not None]
    for count in (1, 3, len(rows)):
        assert order.first(count).tolist() == having[:count]
    return rows


@settings(max_examples=20)  # each asks DuckDB
@given(st.lists(st.lists(st.tuples(TOPICS, PRICES), min_size=1, max_size=5), max_size=5), st.booleans())
def test_columns_of_rows_and_topics(batches: list[list[tuple[bytes, ...]]], descending: bool) -> None:
    store = filled(*batches)
    for column, value in (
        ("size", lambda row: row.size),
        ("time", lambda row: row.time_ns),
        ("node", lambda row: row.node),
        ("link", lambda row: row.link),
        ("name", lambda row: row.name),
        ("connection", lambda row: row.connection),
        ("frames.count", lambda row: len(row.frames)),
        ("topic", lambda row: row.topic),
        ("n", lambda row: row.n),
    ):
        found = ours(store, column, value, descending=descending)
        assert found == plain(store, value, descending=descending), column


def price(row: Message) -> Any:
    try:
        found = json.loads(row.frames[-1])["p"]
    except (ValueError, TypeError, LookupError):
        return None
    try:
        return None if found is None else (0, float(found), "")
    except ValueError:
        return (1, 0.0, found)


@pytest.mark.parametrize("prices", [PRICES, NUMBERS, FOUND], ids=["mixed", "numbers", "found"])
def test_json(prices: Any) -> None:
    @settings(max_examples=15)
    @given(st.lists(st.tuples(TOPICS, prices), min_size=1, max_size=12), st.booleans())
    def check(messages: list[tuple[bytes, ...]], descending: bool) -> None:
        store = filled(messages, messages)
        assert ours(store, "json.p", price, descending=descending) == plain(store, price, descending=descending)

    check()


def test_numbers_that_a_filter_found_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store, kept = (
        filled([(b"a", b'{"p": 7}', b'{"p": 3}'), (b"a", b""), (b"a", b'{"p": 0.1}')], [(b"", b'{"p": 2}')]),
        Kept(),
    )
    assert Filter("json.p > 1", kept=kept).rows(store.batches()).tolist() == [1, 4]
    monkeypatch.delattr(Lookup, "_read")
    monkeypatch.delattr(sort_keys, "Query")
    assert Order(store.batches(), range(1, 5), "json.p", kept=kept).rows().tolist() == [3, 4, 1, 2]
    assert Order(store.batches(), range(1, 5), "json.p", kept=kept, descending=True).rows().tolist() == [1, 4, 3, 2]


def test_only_some_rows() -> None:
    store = filled([(b"a", b"xxx"), (b"a", b"x"), (b"a", b"xx")], [(b"a", b"")])
    assert Order(store.batches(), np.array([1, 3, 4]), "size").rows().tolist() == [4, 3, 1]
    assert Order(Batches([]), np.zeros(0, np.int64), "size").rows().tolist() == []
    assert Order(Batches([]), np.zeros(0, np.int64), "topic").first(3).tolist() == []


@settings(max_examples=40)
@given(
    values=st.lists(
        st.lists(st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=30)
        | st.lists(st.just(7), min_size=1, max_size=60),
        min_size=1,
        max_size=6,
    ),
    hidden=st.sets(st.integers(1, 60)),
    count=st.integers(1, 40),
    descending=st.booleans(),
)
def test_the_first_are_found_without_sorting_all(
    values: list[list[int]], hidden: set[int], count: int, descending: bool
) -> None:
    store = Store()
    for some in values:
        batch = filled([(b"a",)] * len(some)).batches()[0]
        store.append(batch.set_column(1, batch.schema.field(1), pa.array(some, pa.int64())))
    every = np.concatenate([np.array(some) for some in values])
    wanted = [n for n in range(1, len(every) + 1) if n not in hidden]
    right = sorted(wanted, key=lambda n: int(every[n - 1]), reverse=descending)
    whole = range(1, len(every) + 1)
    short = np.array(wanted, np.uint32)
    for numbers in (np.array(wanted, np.int64), whole if len(wanted) == len(whole) else short):
        order = Order(store.batches(), numbers, "time", descending=descending)
        assert order.first(count).tolist() == right[:count]
        assert order.rows().tolist() == right


@pytest.mark.parametrize("column", ["size", "topic"])
def test_only_batches_that_can_hold_one_of_the_first_are_looked_at(
    column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[list[tuple[bytes, ...]]] = [[(b"%d" % size, b"x" * size)] * 100 for size in (5, 3, 9, 9, 1)]
    store = filled(*messages)
    looked: list[int] = []
    order = Order(store.batches(), range(1, 501), column, descending=True)
    of = order._of

    def watched(part: Part) -> Any:
        looked.append(part.start)
        return of(part)

    monkeypatch.setattr(order, "_of", watched)
    assert order.first(100).tolist() == [*range(201, 301)]
    assert looked == [201]


def test_limits_may_lie_beyond_what_short_numbers_hold() -> None:
    limits = np.array([0, 4, 1 << 32, 1 << 40])
    assert below(np.array([3, 4, 1 << 31], np.uint32), limits).tolist() == [0, 1, 3, 3]
    assert below(range(3, 6), limits).tolist() == [0, 1, 3, 3]


def test_what_was_not_checked_is_checked_before_it_is_seen() -> None:
    """The second of three batches can't be read: its rows are events of no size."""
    sound = [filled([(b"a", b"x" * size)] * 3).batches()[0] for size in (1, 5, 3)]
    spoiled = sound[1].set_column(
        sound[1].schema.get_field_index("frames"), "frames", pa.nulls(3, sound[1].schema.field("frames").type)
    )
    pieces = [Piece(Path("r.arrow"), 1, rows, None, None) for rows in (sound[0], spoiled, sound[2])]
    batches = Batches([Held(1 + 3 * place, piece, 0) for place, piece in enumerate(pieces)])
    order = Order(batches, range(1, 10), "size", descending=True)
    assert order.first(3).tolist() == [7, 8, 9]
    assert [held.checked for held in batches.held] == [False, True, True]
    assert order.rows().tolist() == [7, 8, 9, 1, 2, 3, 4, 5, 6]
    assert all(held.checked for held in batches.held)


def test_it_gives_up_when_told_to() -> None:
    store = filled([(b"a", b'{"p": 1}')])
    for column in ("size", "topic", "json.p"):
        with pytest.raises(CancelledError):
            Order(store.batches(), np.array([1]), column, progress=lambda _: False)


@pytest.mark.parametrize("asked_before", [0, 1, 2, 3])
def test_putting_all_rows_into_order_is_given_up_part_by_part(asked_before: int) -> None:
    store = Store()
    for price in (3, 1, 2):
        Feed(store).messages([[b"t", b'{"p": %d}' % price]])
    order = Order(store.batches(), range(1, 4), "json.p")
    left = iter([True] * asked_before)
    with pytest.raises(CancelledError):
        order.rows(lambda _: next(left, False))
    assert order.rows().tolist() == [2, 3, 1]


def test_what_is_no_column() -> None:
    assert sortable("json.a.b[2]")
    assert sortable("from_type")
    assert not sortable("frames[1].size")
    assert not sortable("size > 3")
    assert not sortable("nonsense")
    with pytest.raises(UserError):
        Order(Batches([]), np.zeros(0, np.int64), "size > 3")
