"""What is kept of JSON: rows without gaps take no memory, those with some gaps little; all are the rows they were."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture.filter.lookup import Found


@given(st.lists(st.integers(0, 12), max_size=8).map(sorted))
def test_rows_stay_what_they_were(rows: list[int]) -> None:
    found = Found.of(pa.array(map(float, rows), pa.float64()), np.array(rows, np.int64))
    rows_of = found.as_values().rows_of
    assert rows_of(np.arange(len(rows))).tolist() == rows
    assert rows_of(np.arange(0, len(rows), 2)).tolist() == rows[::2]
    assert found.places().tolist() == rows


def test_a_value_in_each_row_costs_itself_only() -> None:
    values = pa.array([1.1, 2.0, 3.0])
    assert Found.of(values, np.array([5, 6, 7])).size == 24
    assert Found.of(values, np.array([5, 5, 7])).size == 24 + 12
    assert Found.of(values, np.array([5, 6, 8])).size == 24 + 2  # a bit for each row
    assert Found.of(values, np.array([5, 6, 8000])).size == 24 + 12


def test_short_numbers_cost_half() -> None:
    values = pa.array([-1.5, 2.0, 16_777_216.0])
    assert Found.of(values, np.array([5, 6, 7])).size == 12
    assert Found.of(pa.array([*values.to_pylist(), 16_777_217.0]), np.arange(4)).size == 32


@given(st.lists(st.floats(width=64) | st.floats(width=32)))
def test_numbers_stay_what_they_were(numbers: list[float]) -> None:
    values = pa.array(numbers, pa.float64())
    found = Found.of(values, np.arange(len(numbers))).as_values().values
    assert found.type == pa.float64()
    assert [*map(repr, found.to_pylist())] == [*map(repr, numbers)]


@given(st.lists(st.sampled_from(["London", "Paris", '"x"']) | st.text(max_size=3)), st.integers(0, 2))
def test_texts_stay_what_they_were(texts: list[str], skipped: int) -> None:
    values = pa.array(texts, pa.utf8()).slice(skipped)
    found = Found.of(values, np.arange(len(values))).as_values().values
    assert found.equals(values)


def test_texts_that_repeat_cost_a_byte() -> None:
    assert Found.of(pa.array(["London", "Paris"] * 5000), np.arange(10_000)).size < 10_100
