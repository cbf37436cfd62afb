"""Finding bytes: which row comes next, around the end, of what is shown, in pieces; and the line that asks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.capture.held import Batches, Held
from zinspector.capture.progress import CancelledError
from zinspector.capture.store import Store
from zinspector.ui.inspect import finder
from zinspector.ui.inspect.arranged import Arranged
from zinspector.ui.inspect.finder import Search, Wanted
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.inspect.number_list import NumberList
from zinspector.ui.inspect.rows import Rows, Scope
from zinspector.ui.inspect.tick_bar import TickBar
from zinspector.ui.workspace import Workspace

Show = Callable[[type[MessagesPanel]], MessagesPanel]


def looked(store: Store, wanted: bytes, start: int = 0, step: int = 1, *, exact: bool = False) -> Search:
    search = Search(store, Wanted(wanted, exact))
    search.take_in()
    search.run(start, step, lambda _: True)
    assert search.complete
    return search


def rows_of(store: Store, scope: Scope | None = None) -> Rows:
    rows = Rows(store, scope)
    while rows.behind:
        rows.update()
    return rows


@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=4), min_size=1, max_size=8),
    st.none() | st.integers(1, 40),
    st.sampled_from((1, -1)),
)
def test_it_finds_what_a_plain_search_finds(batches: list[list[bool]], start: int | None, step: int) -> None:
    store = Store()
    feed = Feed(store)
    for batch in batches:
        feed.messages([(b"topic", b"a Needle" if hit else b"hay") for hit in batch])
    hits = [n for n, hit in enumerate((hit for batch in batches for hit in batch), 1) if hit]
    origin = min(start, store.next_n - 1) if start is not None else (0 if step > 0 else store.next_n)
    order = sorted(hits, key=lambda n: ((n - origin) * step <= 0, n * step))
    search, rows = looked(store, b"nEEDLE", origin, step), rows_of(store)
    assert search.next(rows, origin, step) == (order[0] if order else None)
    assert search.hits(rows).array().tolist() == hits
    rows.arranged = Arranged(np.arange(store.next_n - 1, 0, -1))
    backwards = sorted(hits, key=lambda n: ((origin - n) * step <= 0, -n * step))
    if origin in range(1, store.next_n):
        assert search.next(rows, origin, step) == (backwards[0] if backwards else None)


def test_only_what_is_shown_and_in_any_frame() -> None:
    store = Store()
    feed = Feed(store)
    feed.many(5, b"x", b"london", node="a")
    wanted = feed.messages([(), (b"", b"", b"to London"), ()], node="b")[1]
    search = looked(store, b"london")
    assert search.next(rows_of(store, Scope(items=frozenset({"b"}))), 0, 1) == wanted
    filtered = rows_of(store)
    filtered.show_rows(np.array([2, 7, 8]))
    filtered.update()
    assert [search.next(filtered, start, 1) for start in (0, 2, 7)] == [2, 7, 2]
    assert looked(store, b"nowhere").next(rows_of(store), 0, 1) is None
    assert looked(Store(), b"x").next(rows_of(Store()), 0, 1) is None


def test_hex_is_exact_and_in_bytes_that_are_no_text() -> None:
    store = Store()
    Feed(store).messages([(b"\xff\x00aB",), (b"\xff\x00ab",)])
    assert looked(store, b"\x00ab", exact=True).hits(rows_of(store)).array().tolist() == [2]
    assert looked(store, b"\x00AB").hits(rows_of(store)).array().tolist() == [1, 2]


def test_what_was_looked_through_is_not_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    feed = Feed(store)
    feed.many(3, b"x")
    search = looked(store, b"x")
    feed.many(2, b"x")
    search.take_in()
    with pytest.raises(LookupError):
        search.next(rows_of(store), 3, 1)
    assert search.next(rows_of(store), 1, 1) == 2
    looked_through = []
    plain = finder._hits
    monkeypatch.setattr(finder, "_hits", lambda batch, *rest: looked_through.append(batch) or plain(batch, *rest))
    search.run(0, 1, lambda _: True)
    assert [batch.num_rows for batch in looked_through] == [2]
    assert search.hits(rows_of(store)).array().tolist() == [1, 2, 3, 4, 5]
    store.retention_bytes = 1
    feed.many(1, b"x")
    search.take_in()
    search.run(0, 1, lambda _: True)
    assert search.hits(rows_of(store)).array().tolist() == [6]
    store.clear()
    search.take_in()
    assert search.count() == 0


def test_large_batches_can_be_given_up_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "PIECE_ROWS", 100)
    store = Store()
    Feed(store).many(1000, b"x")
    search, asked = Search(store, Wanted(b"x")), 0

    def thrice(_: float) -> bool:
        nonlocal asked
        asked += 1
        return asked <= 3

    search.take_in()
    with pytest.raises(CancelledError):
        search.run(0, 1, thrice)
    assert asked == 4
    assert not search.complete


@pytest.fixture
def panel(shown: Show, feed: Feed, workspace: Workspace) -> MessagesPanel:
    for word in (b"hay", b"Needle", b"hay", b"needle"):
        feed.many(20, b"t", word)
    made = shown(MessagesPanel)
    workspace.ticked.emit()
    return made


def enter(panel: MessagesPanel, qtbot: QtBot, text: str) -> None:
    panel.start_search()
    qtbot.keyClicks(panel.find_bar.text, text)
    qtbot.keyClick(panel.find_bar.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not panel.find_bar.searching)


def test_the_line_says_which_hit_this_is(panel: MessagesPanel, qtbot: QtBot) -> None:
    enter(panel, qtbot, "needle")
    assert (panel.table.current, panel.find_bar.outcome.text()) == (21, "1 of 40")
    assert len(panel.table.ticks.ticks(NumberList(np.arange(21, 41)))) > 5
    panel.show_rows(np.array([1, 25, 70]))
    panel.find_bar.find_next()
    assert (panel.table.current, panel.find_bar.outcome.text()) == (25, "1 of 2")
    panel.show_rows(np.array([1, 2]))
    panel.find_bar.find_next()
    assert panel.find_bar.outcome.text() == "40 hits, but in hidden messages"


def test_the_order_that_is_shown_counts(panel: MessagesPanel, qtbot: QtBot) -> None:
    panel.table.select(30)
    panel.table.sort("n", descending=True)
    qtbot.waitUntil(lambda: not panel.table.sorting.busy)
    enter(panel, qtbot, "needle")
    assert panel.table.current == 29
    panel.find_bar.find_next(-1)
    assert panel.table.current == 30


def test_bytes(panel: MessagesPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.find_bar.hex, Qt.MouseButton.LeftButton)
    enter(panel, qtbot, "4e 65")
    assert (panel.table.current, panel.find_bar.outcome.text()) == (21, "1 of 20")
    panel.find_bar.text.clear()
    enter(panel, qtbot, "4e 6")
    assert panel.find_bar.outcome.text() == "✖ not pairs of hex digits"


class CountingReads(Held):
    """A batch that counts how often it is looked at."""

    reads = 0

    def batch(self) -> pa.RecordBatch:
        self.reads += 1
        return super().batch()


def test_batches_are_looked_at_in_the_thread_only(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    Feed(store).messages([(b"x", b"needle")])
    held = CountingReads(1, store.batches()[0], 0)
    monkeypatch.setattr(store, "since", lambda n: Batches([held] if n <= 1 else []))
    search = Search(store, Wanted(b"needle"))
    search.take_in()
    assert not search.complete
    assert held.reads == 0, "looking at a batch of a file is to sum it all"
    search.run(0, 1, lambda _: True)
    assert held.reads == 1
    assert search.complete
    assert search.count() == 1


def test_a_scroll_bar_shows_many_hits_as_it_shows_each(qtbot: QtBot) -> None:
    store = Store()
    Feed(store).many(5000, b"x", b"needle")
    bar = TickBar(rows_of(store))
    qtbot.addWidget(bar)
    bar.resize(10, 300)
    every = np.arange(1, 5001)
    assert bar.ticks(NumberList(every)) == list(range(299)), "a tick at each pixel"
    assert bar.ticks(NumberList(np.concatenate([every[:2500], every[-1:]]))) == [*range(149), 298]
