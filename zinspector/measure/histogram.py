"""A latency histogram that keeps three significant digits from 1 ns to an hour in fixed memory (HDR).

Buckets grow with the value: 2048 equal steps up to 2048 ns, then 1024 steps for every doubling, so a bucket is never
wider than a thousandth of its value. Values come in arrays; one call costs a few numpy passes, however many they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

HALF = 1024
DOUBLINGS = 32
LARGEST_NS = 3_600_000_000_000
BUCKETS = HALF * (DOUBLINGS + 1)

Values = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Histogram:
    """Counts of values in ns. Values below 0 count as 0, values above an hour as an hour."""

    def __init__(self) -> None:
        self._counts = np.zeros(BUCKETS, np.int64)
        self._sum = 0
        self.count = 0
        self.min = 0
        self.max = 0

    def add(self, values: Values) -> None:
        """Count an array of values, ns."""
        if not len(values):
            return
        values = np.clip(values, 0, LARGEST_NS)
        low, high = int(values.min()), int(values.max())
        self.min = min(self.min, low) if self.count else low
        self.max = max(self.max, high)
        self._sum += int(values.sum())
        self.count += len(values)
        buckets = _bucket(values)
        first = int(buckets.min())
        counted = np.bincount(buckets - first)
        self._counts[first : first + len(counted)] += counted

    @property
    def mean(self) -> float:
        """The mean, ns; 0 when empty."""
        return self._sum / self.count if self.count else 0.0

    def percentile(self, percent: float) -> int:
        """The value that so many percent of all values do not exceed, ns; 0 when empty."""
        if not self.count:
            return 0
        wanted = max(1, int(np.ceil(self.count * percent / 100)))
        bucket = int(np.searchsorted(np.cumsum(self._counts), wanted))
        return int(np.clip(_top(np.array([bucket]))[0], self.min, self.max))

    def buckets(self) -> tuple[Values, Values]:
        """Upper ends (ns) and counts of the buckets that hold something."""
        used = np.flatnonzero(self._counts)
        return _top(used), self._counts[used]

    def cdf(self) -> tuple[Values, Floats]:
        """Values (ns) and the share of all values up to each, 0 to 1."""
        ends, counts = self.buckets()
        return ends, np.cumsum(counts) / max(1, self.count)

    def merge(self, other: Histogram) -> None:
        """Add all that `other` counted."""
        if other.count:
            self.min = min(self.min, other.min) if self.count else other.min
            self.max = max(self.max, other.max)
            self._sum += other._sum
            self.count += other.count
            self._counts += other._counts

    def copy(self) -> Histogram:
        """An independent copy."""
        made = Histogram()
        made.merge(self)
        return made


def _bucket(values: Values) -> npt.NDArray[np.intp]:
    """The bucket of each value: values below 2048 are their own."""
    _, exponents = np.frexp(values.astype(np.float64))
    shifts = np.maximum(exponents.astype(np.int64) - 11, 0)
    return np.asarray(shifts * HALF + (values >> shifts), np.intp)


def _top(buckets: npt.NDArray[np.intp]) -> Values:
    """The largest value of each bucket, ns."""
    shifts = np.maximum(buckets // HALF - 1, 0)
    steps = buckets - shifts * HALF
    return np.asarray(((steps + 1) << shifts) - 1, np.int64)
