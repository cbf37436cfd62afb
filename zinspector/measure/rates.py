"""How many messages and bytes a second: over the last second, and as a history for plots.

A `RateBook` is fed snapshots of growing counters; it never sees a message. All keys share one row of sample times, so
the history is a ring of arrays and a rate is the difference of two of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WINDOW_NS = 1_000_000_000
SAMPLES = 6000  # ten minutes at ten samples a second

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rate:
    """Messages and bytes per second."""

    msg_s: float = 0.0
    bytes_s: float = 0.0


@dataclass(frozen=True)
class _Grid:
    """Which rows a history is made of: the same for every key until the next snapshot."""

    rows: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    elapsed: Floats
    ago: Floats


class RateBook:
    """Rates by key (the id of a node or link)."""

    def __init__(self, samples: int = SAMPLES) -> None:
        """Keep the last `samples` snapshots."""
        self._times = np.zeros(samples, np.int64)
        self._totals: dict[str, npt.NDArray[np.int64]] = {}
        self._count = 0
        self._second_ago = 0
        self._grids: dict[float | None, _Grid] = {}

    def update(self, time_ns: int, totals: Mapping[str, tuple[int, int]]) -> None:
        """Add a snapshot: cumulative (messages, bytes) by key at a monotonic time."""
        if self._count and time_ns <= self._times[(self._count - 1) % len(self._times)]:
            return
        row = self._count % len(self._times)
        self._times[row] = time_ns
        for key, total in totals.items():
            if key not in self._totals:
                self._totals[key] = np.zeros((len(self._times), 2), np.int64)
            self._totals[key][row] = total
        self._count += 1
        self._grids.clear()
        self._second_ago = self._number_before(WINDOW_NS)

    @property
    def newest_ns(self) -> int:
        """The monotonic time of the newest snapshot; 0 before the first."""
        return self._time(self._count - 1) if self._count else 0

    def rate(self, key: str) -> Rate:
        """The rate over the last second (less at the beginning of a run)."""
        totals = self._totals.get(key)
        if self._count - self._oldest < 2 or totals is None:
            return Rate()
        first = max(self._oldest, min(self._second_ago, self._count - 2))
        elapsed = (self._time(self._count - 1) - self._time(first)) / 1e9
        size = len(self._times)
        new, old = totals[(self._count - 1) % size], totals[first % size]
        return Rate(float(new[0] - old[0]) / elapsed, float(new[1] - old[1]) / elapsed)

    def history(self, key: str, seconds: float | None = None) -> tuple[Floats, Floats, Floats]:
        """Times in seconds before the newest snapshot (the last is 0), msg/s and bytes/s, as arrays of one length.

        Each point is the rate over the second that ends there, or longer where snapshots are further apart.
        """
        totals = self._totals.get(key)
        if self._count < 2 or totals is None:
            return np.empty(0), np.empty(0), np.empty(0)
        grid = self._grids.get(seconds)
        if grid is None:
            grid = self._grids[seconds] = self._grid(seconds)
        rates = (totals[grid.rows] - totals[grid.starts]) / grid.elapsed
        return grid.ago, rates[:, 0], rates[:, 1]

    def _grid(self, seconds: float | None) -> _Grid:
        order = self._order()
        times = self._times[order]
        start = np.maximum(np.searchsorted(times, times - WINDOW_NS, side="right") - 1, 0)
        ago = (times - times[-1]) / 1e9
        first = 1 if seconds is None else max(1, int(np.searchsorted(ago, -seconds)))
        elapsed = np.maximum(times - times[start], 1)[first:, None] / 1e9
        return _Grid(order[first:], order[start[first:]], elapsed, ago[first:])

    def _order(self) -> npt.NDArray[np.int64]:
        """Rows of the ring, oldest first."""
        return np.arange(self._oldest, self._count) % len(self._times)

    @property
    def _oldest(self) -> int:
        """The number of the oldest snapshot that is kept."""
        return max(0, self._count - len(self._times))

    def _number_before(self, age_ns: int) -> int:
        """The number of the newest snapshot that is at least so old, or of the oldest one."""
        number = self._count - 1
        newest = self._time(number)
        while number > self._oldest and self._time(number) > newest - age_ns:
            number -= 1
        return number

    def _time(self, number: int) -> int:
        return int(self._times[number % len(self._times)])
