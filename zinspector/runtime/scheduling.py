"""When the kernel wakes a process through which a flood goes.

A relay that is woken for every read takes the core from the sender or the receiver whenever there are no more cores
than programs, and finds little to read. As a batch process (sched(7), SCHED_BATCH) it waits until a core is free or its
turn has come, and finds more; a core that is free it gets at once, as ever. Measured on two cores, relay and direct by
turns (standard error 0.03): a relay that only passes on has 0.89 of direct without it and 0.97 with it at 256 B.
Traffic of few bytes a second gains nothing (0.83 and 0.81 at 16 B), and a request should wait for nobody.

Who looks at the traffic is a batch process always: it takes the core from nobody when it is woken.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

FLOOD = 50 << 20  # bytes a second
SPAN_NS = 40_000_000


def be_a_batch() -> None:
    """Never take the core from somebody else when woken, where the kernel can be told so."""
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox may forbid it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class Scheduling:
    """Tells the kernel whether much flows through the thread that made this."""

    def __init__(self, time_ns: int) -> None:
        self._since_ns = time_ns
        self._bytes = 0
        self._flood = False
        self._may = sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_OTHER

    def passed(self, size: int, time_ns: int) -> None:
        """So many bytes went by since the last call (monotonic ns)."""
        self._bytes += size
        span_ns = time_ns - self._since_ns
        if span_ns < SPAN_NS:
            return
        self._tell(self._bytes * 1_000_000_000 > FLOOD * span_ns)
        self._since_ns, self._bytes = time_ns, 0

    def close(self) -> None:
        """Be scheduled as before."""
        self._tell(False)

    def _tell(self, flood: bool) -> None:
        if flood != self._flood and self._may:
            self._flood = flood
            with suppress(OSError):  # a sandbox may forbid it
                os.sched_setscheduler(0, os.SCHED_BATCH if flood else os.SCHED_OTHER, os.sched_param(0))
