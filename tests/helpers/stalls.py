"""How long the machine kept everybody waiting: what a promise about time has to be forgiven."""

from __future__ import annotations

import threading
import time
from types import TracebackType

TICK_S = 0.01


class Stalls:
    """Looks at the clock again and again while a block runs; `longest_s` is the longest time between two looks."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="stalls")

    def __enter__(self) -> Stalls:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        last = time.monotonic()
        while not self._ended.wait(TICK_S):
            now = time.monotonic()
            self.longest_s, last = max(self.longest_s, now - last), now
