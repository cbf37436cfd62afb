"""The store: rows by number, bounded by bytes, counters that add up."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from zinspector.capture.clock import Clock
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder


def fill(store: Store, sizes: list[int], recorder: Recorder | None = None) -> None:
    """Append one batch of so many rows for each size."""
    recorder = recorder or Recorder(Clock())
    for size in sizes:
        source = recorder.source("a", "in", "PUSH", "PULL")
        recorder.add_run(source, list(range(size)), [b"%020d" % i for i in range(size)])
        if (batch := recorder.flush()) is not None:
            store.append(batch)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 50), max_size=12), st.integers(1, 40_000))
def test_the_counters_add_up_whatever_is_evicted(sizes: list[int], limit: int) -> None:
    store = Store(retention_bytes=limit)
    seen = 0
    for size in sizes:
        fill(store, [size])
        seen += size
        assert store.captured == seen == store.retained + store.evicted
        assert store.next_n == seen + 1
        kept = [n for batch in store.since(1) for n in batch.column("n").to_pylist()]
        assert kept == list(range(store.first_n, store.next_n))


def test_since_gives_exactly_the_rows_from_a_number_on() -> None:
    store = Store()
    fill(store, [3, 4, 5])
    for n in range(15):
        numbers = [number for batch in store.since(n) for number in batch.column("n").to_pylist()]
        assert numbers == list(range(max(1, n), 13))


def test_since_copies_no_frames() -> None:
    store = Store()
    fill(store, [1000])
    (batch,) = store.since(501)
    assert (
        batch.column("frames").values.buffers()[2].address
        == store.since(1)[0].column("frames").values.buffers()[2].address
    )


def test_rows_that_are_gone_or_never_were() -> None:
    store = Store(retention_bytes=1)
    fill(store, [2, 2])
    assert store.row(1) is None
    assert store.row(3) is not None
    assert store.row(5) is None
    assert [row.n for row in store.rows(1, 10)] == [3, 4]


def test_clearing_forgets_rows_but_never_reuses_numbers() -> None:
    store = Store()
    fill(store, [5])
    store.skip(7)
    assert store.skipped == 7
    store.clear()
    assert (store.captured, store.retained, store.evicted, store.skipped, store.since(1)) == (0, 0, 0, 0, [])
    fill(store, [1])
    assert store.rows(0, 10)[0].n == 6
    assert store.captured == store.retained == 1
