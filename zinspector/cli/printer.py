"""Prints captured rows as lines of JSON, in a thread of its own.

Rules:
- The loop hands over batches and goes on: a reader that is slow, or stands still, holds up no socket.
- What waits is bounded in bytes; what is over it is not printed, and counted.
- A reader that went away ends the printing (`gone`), without a word.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pyarrow as pa

from zinspector.capture import jsonl
from zinspector.capture.message import Message, messages
from zinspector.cli import forget_stdout
from zinspector.errors import FileError

MOST_WAITING = 256 << 20


class Printer:
    """A thread that prints batches to standard output in order."""

    def __init__(self, decode: Callable[[Message], list[dict[str, Any]]]) -> None:
        self.gone = False
        self.skipped = 0
        self._decode = decode
        self._waiting_bytes = 0
        self._batches: SimpleQueue[pa.RecordBatch | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._hurry = False
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
        self._thread.start()

    def take(self, batch: pa.RecordBatch) -> None:
        """Print these rows when their turn comes."""
        with self._lock:
            full = self._waiting_bytes > MOST_WAITING
            if not full:
                self._waiting_bytes += batch.nbytes
        if full or self.gone:
            self.skipped += batch.num_rows
        else:
            self._batches.put(batch)

    def finish(self, *, hurry: bool) -> int:
        """End when all is printed, or, in a hurry, now; returns how many rows were not printed. Raises FileError."""
        self._hurry = hurry
        self._batches.put(None)
        self._thread.join(1.0 if hurry else None)
        if self._failure is not None:
            raise FileError(f"can't be written: {self._failure.strerror}", where="standard output")
        return self.skipped

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            if self.gone or self._hurry:
                self.skipped += batch.num_rows
                continue
            try:
                for line in jsonl.lines(messages(batch), self._decode):
                    sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            except OSError as error:
                if not isinstance(error, BrokenPipeError):
                    self._failure = error
                self.gone = True
                forget_stdout()
            with self._lock:
                self._waiting_bytes -= batch.nbytes
