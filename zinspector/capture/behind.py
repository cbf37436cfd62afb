"""Writing that nobody waits for: batches are put down here, and a thread of its own brings them to the disk.

It writes at most ten times a second what has come meanwhile, or at once when that is much: small batches become large
ones, and a process that is killed loses a tenth of a second, or on a busy machine up to a second. The thread ends with
`close()`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from zinspector.capture.arrow_writer import BATCH_BYTES

Write = Callable[[list[pa.RecordBatch]], None]

EVERY_S = 0.1
MOST_WAITING = 192 << 20


class Behind:
    """A thread that hands batches to `write`, which must not raise."""

    def __init__(self, write: Write, name: str, idle: Callable[[], None] = lambda: None) -> None:
        """`idle` is called about once a second, too, when nothing comes."""
        self.waiting_bytes = 0
        """What was put down and is not written yet."""
        self._write = write
        self._idle = idle
        self._waiting: list[pa.RecordBatch] = []
        self._changed = threading.Condition()
        self._closing = False
        self._busy = False
        self._hurried = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def full(self) -> bool:
        """Whether more waits than should be in memory: the disk is too slow."""
        return self.waiting_bytes > MOST_WAITING

    def put(self, batch: pa.RecordBatch, *, wait: bool = False) -> None:
        """Have a batch written; `wait` for room when the disk is too slow."""
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: not self.full)
            self._waiting.append(batch)
            self.waiting_bytes += batch.get_total_buffer_size()
            self._changed.notify_all()

    def settle(self, seconds: float | None = None) -> bool:
        """Wait until everything that was put down is written; returns whether it was in time."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            done = self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)
            self._hurried = False
            return done

    def close(self) -> None:
        """Write what waits, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        while True:
            batches = self._next()
            if batches:
                self._write(batches)
                size = sum(batch.get_total_buffer_size() for batch in batches)
                with self._changed:
                    self.waiting_bytes -= size
                    self._busy = False
                    self._changed.notify_all()
            elif self._closing:
                return
            else:
                self._idle()

    def _next(self) -> list[pa.RecordBatch]:
        """What to write now; nothing when a second went by, or at the end."""
        with self._changed:
            if not self._changed.wait_for(self._something, timeout=1.0):
                return []
            if not self._closing:
                self._changed.wait_for(self._enough, timeout=EVERY_S)
            some, size = 0, 0
            while some < len(self._waiting) and size < BATCH_BYTES * 4:
                size += self._waiting[some].get_total_buffer_size()
                some += 1
            batches, self._waiting = self._waiting[:some], self._waiting[some:]
            self._busy = bool(batches)
            return batches

    def _something(self) -> Any:
        return self._waiting or self._closing

    def _enough(self) -> bool:
        return self._closing or self._hurried or self.waiting_bytes >= BATCH_BYTES
