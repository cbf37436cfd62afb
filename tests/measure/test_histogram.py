"""The histogram against numpy on the same values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zinspector.measure.histogram import LARGEST_NS, Histogram

VALUES = st.lists(st.integers(0, LARGEST_NS), min_size=1, max_size=200)


@settings(deadline=None)
@given(VALUES, st.floats(0.1, 100.0))
def test_percentiles_are_within_a_thousandth(values: list[int], percent: float) -> None:
    histogram = Histogram()
    histogram.add(np.array(values))
    exact = sorted(values)[max(1, int(np.ceil(len(values) * percent / 100))) - 1]
    assert exact <= histogram.percentile(percent) <= exact * 1.001 + 1


@settings(deadline=None)
@given(VALUES, VALUES)
def test_adding_in_parts_and_merging_are_the_same(first: list[int], second: list[int]) -> None:
    parts, whole, merged = Histogram(), Histogram(), Histogram()
    parts.add(np.array(first))
    parts.add(np.array(second))
    whole.add(np.array(first + second))
    other = Histogram()
    other.add(np.array(second))
    merged.add(np.array(first))
    merged.merge(other)
    for histogram in (parts, merged, whole.copy()):
        assert (histogram.count, histogram.min, histogram.max) == (whole.count, whole.min, whole.max)
        assert histogram.mean == pytest.approx(whole.mean)
        assert [histogram.percentile(p) for p in (1, 50, 99, 100)] == [whole.percentile(p) for p in (1, 50, 99, 100)]


def test_the_cdf_rises_to_one() -> None:
    histogram = Histogram()
    histogram.add(np.array([5, 5, 10_000, 2_000_000]))
    ends, shares = histogram.cdf()
    assert (np.diff(ends) > 0).all()
    assert shares.tolist() == [0.5, 0.75, 1.0]
    assert histogram.buckets()[1].sum() == histogram.count == 4


def test_what_cannot_be_is_counted_at_the_edge() -> None:
    histogram = Histogram()
    histogram.add(np.array([-5, LARGEST_NS * 2]))
    assert (histogram.min, histogram.max, histogram.count) == (0, LARGEST_NS, 2)


def test_empty_is_all_zero() -> None:
    histogram = Histogram()
    histogram.add(np.array([], np.int64))
    assert (histogram.count, histogram.percentile(99), histogram.mean, histogram.max) == (0, 0, 0.0, 0)
