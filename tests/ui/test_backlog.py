"""Rows of a store are taken in once each, in order, a few at a time."""

from __future__ import annotations

import pytest

from tests.helpers.captured import Feed
from tests.helpers.wired import Wire
from zinspector.capture.standing import Standing, as_text, from_text
from zinspector.capture.store import Store
from zinspector.ui import backlog
from zinspector.ui.backlog import AT_ONCE, Backlog


def numbers(news: Backlog) -> list[int]:
    return [n for piece in news.take() for n in piece.column("n").to_pylist()]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "BUDGET_S", 60.0)


def test_each_row_comes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    feed, news = Feed(store), Backlog(store)
    assert not news
    feed.messages([[b"a"], [b"b"]])
    feed.messages([[b"c"]])
    assert news
    with monkeypatch.context() as hurried:
        hurried.setattr(backlog, "BUDGET_S", 0.0)
        assert numbers(news) == []
    assert numbers(news) == [1, 2, 3]
    assert not news
    feed.messages([[b"d"]])
    assert numbers(news) == [4]


def test_rows_that_are_read_one_by_one_come_in_small_pieces() -> None:
    parts, store = Store(), Store()
    wire = Wire(parts)
    for _ in range(3 * AT_ONCE):
        wire.event("CLOSED", "the connection ended")
    store.append(parts.table().combine_chunks().to_batches()[0])
    assert [piece.num_rows for piece in Backlog(store).take()] == [AT_ONCE] * 3


def test_a_store_that_was_emptied_begins_anew() -> None:
    store = Store()
    feed, news = Feed(store), Backlog(store)
    feed.messages([[b"a"], [b"b"]])
    store.clear()
    assert news.begins_anew()
    assert not news.begins_anew()
    assert not news
    feed.messages([[b"c"]])
    assert numbers(news) == [3]


def test_what_is_open_before_the_first_row_comes_first_and_in_pieces() -> None:
    parts, store = Store(), Store()
    for number in range(1, 3 * AT_ONCE + 1):
        Wire(parts, number).opened()
    news = Backlog(store)
    standing = Standing()
    standing.consume(parts.batches())
    rows = standing.rows()
    assert rows is not None
    store.clear()
    store.standing = from_text(as_text(rows))
    Feed(store).messages([[b"a"]])
    assert news.begins_anew()
    assert numbers(news) == [0] * 3 * AT_ONCE + [1]
