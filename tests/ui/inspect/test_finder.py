"""Finding text: which row comes next, around the end, in scope only, and in steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.store import Store
from zinspector.ui.inspect.finder import find
from zinspector.ui.inspect.rows import Rows, Scope


def search(store: Store, wanted: bytes, start: int | None, step: int, scope: Scope | None = None) -> int | None:
    steps = list(find(store, Rows(store, scope), wanted, start, step))
    assert all(0 <= one.done <= 1 for one in steps)
    assert all(one.n is None for one in steps[:-1])
    return steps[-1].n if steps else None


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
    start_n = min(start, store.next_n - 1) if start is not None else None
    origin = start_n if start_n is not None else (0 if step > 0 else store.next_n)
    order = sorted(hits, key=lambda n: ((n - origin) * step <= 0, n * step))
    assert search(store, b"nEEDLE", start_n, step) == (order[0] if order else None)


def test_only_in_scope_and_in_any_frame() -> None:
    store = Store()
    feed = Feed(store)
    feed.many(5, b"x", b"london", node="a")
    wanted = feed.messages([(), (b"", b"", b"to London"), ()], node="b")[1]
    assert search(store, b"london", None, 1, Scope(items=frozenset({"b"}))) == wanted
    assert search(store, b"nowhere", None, 1) is None


@pytest.mark.parametrize("step", [1, -1])
def test_a_large_batch_is_looked_through_in_pieces(step: int) -> None:
    store = Store()
    Feed(store).many(10_000, b"x" * 2000)
    assert len(list(find(store, Rows(store), b"y", None, step))) >= 5


def test_nothing_to_find() -> None:
    assert search(Store(), b"x", None, 1) is None
