"""How often something is done that takes time: so that it never takes more than its share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from time import perf_counter

CREDIT_S = LONGEST_S = 0.5


class Pace:
    """What is measured here took time; `wait_ms` says how long others have their turn.

    On a machine that is busy or slow the same work takes longer, so it is done less often. After half a second of rest
    a few times are free: what comes now and then is shown at once. Nobody waits longer than half a second.
    """

    def __init__(self, share: float) -> None:
        """`share` of the time, above 0 and up to 1, is all that may be taken."""
        self._share = share
        self._next = 0.0

    @property
    def wait_ms(self) -> int:
        """Milliseconds until it may be done again; 0 means now."""
        return max(0, ceil((self._next - perf_counter()) * 1000))

    @contextmanager
    def spend(self) -> Iterator[None]:
        """Measure what is done meanwhile."""
        began = perf_counter()
        try:
            yield
        finally:
            now = perf_counter()
            wanted = max(self._next, began - CREDIT_S) + (now - began) / self._share
            self._next = min(wanted, now + LONGEST_S)
