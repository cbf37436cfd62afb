"""How many messages and bytes a second: over the last second, over the run, and as a history for plots.

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


class RateBook:
    """Rates by key (the id of a node or link)."""

    def __init__(self, samples: int = SAMPLES) -> None:
        """Keep the last `samples` snapshots."""
        self._times = np.zeros(samples, np.int64)
        self._totals: dict[str, npt.NDArray[np.int64]] = {}
        self._count = 0

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

    def rate(self, key: str) -> Rate:
        """The rate over the last second (less at the beginning of a run)."""
        return self._between(key, self._row_before(WINDOW_NS))

    def overall(self, key: str) -> Rate:
        """The rate since the oldest snapshot that is kept."""
        return self._between(key, 0)

    def history(self, key: str, seconds: float | None = None) -> tuple[Floats, Floats, Floats]:
        """Times in seconds before the newest snapshot (the last is 0), msg/s and bytes/s, as arrays of one length.

        Each point is the rate over the second that ends there.
        """
        order = self._order()
        if len(order) < 2 or key not in self._totals:
            return np.empty(0), np.empty(0), np.empty(0)
        times = self._times[order]
        totals = self._totals[key][order]
        start = np.searchsorted(times, times - WINDOW_NS, side="left")
        start = np.minimum(start, np.maximum(np.arange(len(order)) - 1, 0))
        elapsed = np.maximum(times - times[start], 1) / 1e9
        rates = (totals - totals[start]) / elapsed[:, None]
        ago = (times - times[-1]) / 1e9
        shown = slice(1, None) if seconds is None else slice(max(1, int(np.searchsorted(ago, -seconds))), None)
        return ago[shown], rates[shown, 0], rates[shown, 1]

    def _order(self) -> npt.NDArray[np.int64]:
        """Rows of the ring, oldest first."""
        size = len(self._times)
        return np.arange(max(0, self._count - size), self._count) % size

    def _row_before(self, age_ns: int) -> int:
        """The place in order of the newest snapshot that is at least so old, or of the oldest one."""
        times = self._times[self._order()]
        if not len(times):
            return 0
        return max(0, int(np.searchsorted(times, times[-1] - age_ns, side="right")) - 1)

    def _between(self, key: str, first: int) -> Rate:
        order = self._order()
        if len(order) < 2 or key not in self._totals:
            return Rate()
        old, new = order[min(first, len(order) - 2)], order[-1]
        elapsed = (self._times[new] - self._times[old]) / 1e9
        messages, volume = (self._totals[key][new] - self._totals[key][old]) / elapsed
        return Rate(float(messages), float(volume))
