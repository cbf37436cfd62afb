"""Prints captured rows as lines, in a thread of its own.

Rules:
- The loop hands over batches and goes on: a reader that is slow, or stands still, holds up no socket.
- What waits is bounded in bytes; what is over it is not printed, and counted.
- A reader that went away ends the printing (`gone`), without a word.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from queue import SimpleQueue

import pyarrow as pa

from zinspector.capture.message import messages
from zinspector.cli import forget_stdout
from zinspector.cli.output import Output
from zinspector.errors import FileError

MOST_WAITING = 256 << 20


class Printer:
    """A thread that prints batches to standard output in order."""

    def __init__(self, output: Output) -> None:
        self.gone = False
        self.skipped = 0
        self._output = output
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
        self._write(self._output.begin())
        while (batch := self._batches.get()) is not None:
            if self.gone or self._hurry:
                self.skipped += batch.num_rows
                continue
            self._write(self._output.lines(messages(batch)))
            with self._lock:
                self._waiting_bytes -= batch.nbytes

    def _write(self, lines: Iterable[str]) -> None:
        try:
            for line in lines:
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self._failure = error
            self.gone = True
            forget_stdout()
