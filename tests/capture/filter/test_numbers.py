"""Numbers are compared as Python compares them: exactly."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.filter.numbers import COMPARE, Column, column, matching
from zinspector.capture.filter.tree import Field, Operator, Test
from zinspector.capture.store import Store

SIZE = Field("size", "number", "size")
EDGES = st.sampled_from([0, 1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**64, -1, 10**37])
WANTED = EDGES | st.integers(-3, 3) | st.floats(-3, 3) | st.floats(allow_nan=False, allow_infinity=False)


@given(
    values=st.lists(EDGES.filter(lambda n: -(2**63) <= n < 2**63) | st.integers(-3, 3), max_size=8),
    how=st.sampled_from(list(COMPARE)),
    wanted=WANTED,
)
def test_integers(values: list[int], how: Operator, wanted: float) -> None:
    found = matching(Column(np.array(values, np.int64), None), Test(SIZE, how, (wanted,)))
    assert found.tolist() == [COMPARE[how](value, wanted) for value in values]


@pytest.mark.parametrize("wanted", [-1, 0, 2**63, 2**64 - 1, 2**64, 0.5])
def test_numbers_of_rows_have_no_sign(wanted: float) -> None:
    values = [1, 2**63, 2**64 - 1]
    for how, compare in COMPARE.items():
        found = matching(Column(np.array(values, np.uint64), None), Test(SIZE, how, (wanted,)))
        assert found.tolist() == [compare(value, wanted) for value in values], how


def test_no_number_matches_nothing() -> None:
    found = column(pa.record_batch({"connection": pa.array([3, None, 0], pa.int32())}), "connection")
    assert matching(found, Test(SIZE, "exists")).tolist() == [True, False, True]
    assert matching(found, Test(SIZE, "<", (5,))).tolist() == [True, False, True]
    assert matching(found, Test(SIZE, "in", (0, 3.0))).tolist() == [True, False, True]


def test_frames_are_counted() -> None:
    store = Store()
    Feed(store).messages([[b"a", b"b"], [], [b"a"]])
    assert column(store.batches()[0].slice(1), "frames.count").values.tolist() == [0, 1]
