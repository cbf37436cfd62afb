"""Columns that hold the same in every row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture.constant import MOST, constant, nulls, repeated, same

INTEGERS = st.sampled_from([pa.int32(), pa.int64(), pa.uint64()])


@given(st.integers(0, 2**31 - 1), st.integers(0, 5000), INTEGERS)
def test_a_constant_is_as_if_each_row_had_been_written(value: int, rows: int, kind: pa.DataType) -> None:
    made = constant(value, rows, kind)
    made.validate(full=True)
    assert made.equals(pa.array([value] * rows, kind))
    assert same(made) == (value if rows else None)


@pytest.mark.parametrize("kind", [pa.int32(), pa.list_(pa.int64()), pa.list_(pa.utf8())])
@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 3000, MOST, MOST + 1])
def test_nulls_are_those_of_arrow(kind: pa.DataType, rows: int) -> None:
    made = nulls(rows, kind)
    made.validate(full=True)
    assert made.null_count == rows
    assert made.equals(pa.nulls(rows, kind))


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 40)), min_size=1))
def test_repeated_values(parts: list[tuple[int, int]]) -> None:
    values, counts = (np.array(column) for column in zip(*parts, strict=True))
    made = repeated(values.astype(np.int32), counts)
    expected = [value for value, count in parts for _ in range(count)]
    assert made.to_pylist() == expected
    assert same(made) == (expected[0] if len(set(expected)) == 1 else None)


def test_a_column_counts_only_its_part_of_the_memory_that_is_shared() -> None:
    one, other = constant(7, 3, pa.int32()), constant(7, 900, pa.int32())
    assert one.buffers()[1].address == other.buffers()[1].address
    assert (one.get_total_buffer_size(), other.get_total_buffer_size()) == (12, 3600)


def test_nulls_hold_no_number() -> None:
    assert same(pa.array([None, None], pa.int32())) is None
    assert same(pa.array([1, None], pa.int32())) is None
