"""Any numbers come in the order that numpy's stable sort gives them, however they are cut into parts."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture import stable_order as module
from zinspector.capture.stable_order import Array, stable_order

DESCENDING = st.lists(st.integers(-9, 9)).map(lambda some: np.array(sorted(some, reverse=True), np.int64))
NUMBERS = (
    DESCENDING
    | st.lists(st.integers(-3, 3)).map(lambda some: np.array(some, np.int8))
    | st.lists(st.integers(-(1 << 63), (1 << 63) - 1)).map(lambda some: np.array(some, np.int64))
    | st.lists(st.integers(0, 1 << 20)).map(lambda some: np.array(some, np.int32))
    | st.lists(st.floats(allow_nan=False)).map(lambda some: np.array(some, np.float64))
    | st.lists(st.floats(allow_nan=False, width=32)).map(lambda some: np.array(some, np.float32))
    | st.lists(st.sampled_from([-0.0, 0.0, 1.5, -1.5])).map(lambda some: np.array(some, np.float64))
)


@pytest.fixture(autouse=True, scope="module")
def _few_at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "AT_ONCE", 4)
        yield


@given(NUMBERS, st.lists(st.integers(0, 30), max_size=3).map(sorted))
def test_it_is_a_stable_sort(numbers: Array, cuts: list[int]) -> None:
    order = stable_order(lambda: iter(np.split(numbers, cuts)))
    assert order.dtype == np.uint32
    assert order.tolist() == np.argsort(numbers, kind="stable").tolist()


@pytest.mark.parametrize(("most", "bytes_each"), [(1 << 8, 7), (1 << 30, 13), (1 << 60, 17)])
def test_a_million_take_little_more_than_their_order(
    most: int, bytes_each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1 << 14)
    numbers = np.random.default_rng(1).integers(0, most, 1_000_000)
    parts = np.array_split(numbers, 100)
    tracemalloc.start()
    order = stable_order(lambda: iter(parts))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000 * bytes_each + (4 << 20)
    assert np.array_equal(order, np.argsort(numbers, kind="stable"))
