"""One clock for order and for show: monotonic time, anchored once to the wall.

Order and latency come from the monotonic clock, so a step of the wall clock (NTP, daylight saving) can't put messages
out of order. What is shown and stored is that time plus a fixed offset.
"""

from __future__ import annotations

import time

LOOKS = 5


class Clock:
    """Monotonic nanoseconds to nanoseconds since 1970, by an offset taken when it is made."""

    def __init__(self) -> None:
        # who is held up between two looks finds a wrong offset: the quickest of some counts
        _, self.offset_ns = min(_look() for _ in range(LOOKS))

    def wall_ns(self, monotonic_ns: int) -> int:
        """The time to show for a monotonic time, ns since 1970."""
        return monotonic_ns + self.offset_ns


def _look() -> tuple[int, int]:
    """How long it took to look at both clocks, and how far they are apart, ns."""
    before = time.monotonic_ns()
    wall = time.time_ns()
    after = time.monotonic_ns()
    return after - before, wall - (before + after) // 2
