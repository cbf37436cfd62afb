"""One clock for order and for show: monotonic time, anchored once to the wall.

Order and latency come from the monotonic clock, so a step of the wall clock (NTP, daylight saving) can't put messages
out of order. What is shown and stored is that time plus a fixed offset.
"""

from __future__ import annotations

import time


class Clock:
    """Monotonic nanoseconds to nanoseconds since 1970, by an offset taken when it is made."""

    def __init__(self) -> None:
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        self.offset_ns = wall - (before + after) // 2

    def wall_ns(self, monotonic_ns: int) -> int:
        """The time to show for a monotonic time, ns since 1970."""
        return monotonic_ns + self.offset_ns
