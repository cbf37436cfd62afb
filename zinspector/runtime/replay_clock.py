"""The time of a replay: nanoseconds since its start, without those in which it was paused.

The last two milliseconds up to a time are slept precisely, in steps of one, so that the loop goes on.
"""

from __future__ import annotations

import asyncio
import time
from time import monotonic_ns
from typing import Final

PRECISE_NS: Final = 2_000_000
STEP_NS: Final = 1_000_000
AT_MOST_S: Final = 0.05  # asleep: it may be paused or stopped meanwhile


class ReplayClock:
    """It runs from `begin` on, unless it is `paused`, until the replay is `stopped`."""

    def __init__(self) -> None:
        self.stopped = False
        """Whether nothing more is to be sent or waited for."""
        self._start = 0
        self._paused_at: int | None = None

    @property
    def now_ns(self) -> int:
        """The time."""
        return (monotonic_ns() if self._paused_at is None else self._paused_at) - self._start

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused_at is not None

    def begin(self) -> None:
        """Now it is 0."""
        self._start = monotonic_ns()
        if self.paused:
            self._paused_at = self._start

    def pause(self) -> None:
        """Stand still."""
        if self._paused_at is None:
            self._paused_at = monotonic_ns()

    def resume(self) -> None:
        """Go on."""
        if self._paused_at is not None:
            self._start += monotonic_ns() - self._paused_at
            self._paused_at = None

    def stop(self) -> None:
        """Send and wait for nothing more."""
        self.stopped = True

    async def sleep_until(self, due_ns: int) -> None:
        """Sleep up to a time, or for a moment."""
        left = due_ns - self.now_ns
        if left > PRECISE_NS:
            await asyncio.sleep(min((left - PRECISE_NS) / 1e9, AT_MOST_S))
        else:
            _doze(min(left, STEP_NS))
            await asyncio.sleep(0)


def _doze(nanoseconds: int) -> None:
    """Sleep for a millisecond at most: loops wake up no more precisely than that."""
    if nanoseconds > 0:
        time.sleep(nanoseconds / 1e9)
