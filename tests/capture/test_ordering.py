"""Rows in the order of a column: as a plain sort of plain values has it, with what is missing at the end."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.message import Message
from zinspector.capture.ordering import Order, _least, sortable
from zinspector.capture.progress import CancelledError
from zinspector.capture.store import Store
from zinspector.errors import UserError

PRICES = st.sampled_from(
    [b'{"p": 2}', b'{"p": 1.5}', b'{"p": "x"}', b'{"p": "10"}', b'{"p": null}', b"{", b'{"p": -1e3}']
)
NUMBERS = st.sampled_from([b'{"p": 2}', b'{"p": 1.5}', b"[]", b'{"p": -1e3}', b"\xff"])
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


@pytest.mark.parametrize("prices", [PRICES, NUMBERS], ids=["mixed", "numbers"])
def test_json(prices: Any) -> None:
    @settings(max_examples=15)
    @given(st.lists(st.tuples(TOPICS, prices), min_size=1, max_size=12), st.booleans())
    def check(messages: list[tuple[bytes, ...]], descending: bool) -> None:
        store = filled(messages, messages)
        assert ours(store, "json.p", price, descending=descending) == plain(store, price, descending=descending)

    check()


def test_only_some_rows() -> None:
    store = filled([(b"a", b"xxx"), (b"a", b"x"), (b"a", b"xx")], [(b"a", b"")])
    assert Order(store.batches(), np.array([1, 3, 4]), "size").rows().tolist() == [4, 3, 1]
    assert Order([], np.zeros(0, np.int64), "size").rows().tolist() == []
    assert Order([], np.zeros(0, np.int64), "topic").first(3).tolist() == []


@settings(max_examples=40)
@given(
    values=st.lists(st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1), max_size=30) | st.lists(st.floats(-2, 2)),
    times=st.sampled_from([1, 1000]),
    count=st.integers(1, 40),
)
def test_the_first_are_found_without_sorting_all(values: list[float], times: int, count: int) -> None:
    every = np.array(values * times, np.int64 if all(isinstance(value, int) for value in values) else np.float64)
    assert _least(every, count).tolist() == np.argsort(every, kind="stable")[:count].tolist()


def test_few_of_many() -> None:
    many = np.random.default_rng(1).integers(0, 1 << 40, 200_000)
    assert _least(many, 50).tolist() == np.argsort(many, kind="stable")[:50].tolist()
    many[::3] = 7
    assert _least(many, 50).tolist() == np.argsort(many, kind="stable")[:50].tolist()


def test_it_gives_up_when_told_to() -> None:
    store = filled([(b"a", b'{"p": 1}')])
    for column in ("size", "topic", "json.p"):
        with pytest.raises(CancelledError):
            Order(store.batches(), np.array([1]), column, progress=lambda _: False)


def test_what_is_no_column() -> None:
    assert sortable("json.a.b[2]")
    assert sortable("from_type")
    assert not sortable("frames[1].size")
    assert not sortable("size > 3")
    assert not sortable("nonsense")
    with pytest.raises(UserError):
        Order([], np.zeros(0, np.int64), "size > 3")
