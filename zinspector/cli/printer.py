"""Prints captured rows as lines, in a thread of its own.

Rules:
- The loop hands over batches and goes on: a reader that is slow, or stands still, holds up no socket.
- What waits is bounded in bytes; what is over it is not printed, and counted.
- A reader that went away ends the printing (`gone`), without a word.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue

import pyarrow as pa

from zinspector.capture.message import messages
from zinspector.cli import forget_stdout, unwritable
from zinspector.cli.output import Output

Sift = Callable[[pa.RecordBatch], pa.RecordBatch]

MOST_WAITING = 256 << 20
HURRY_S = 1.0
STEP_S = 0.1


class Printer:
    """A thread that prints batches to standard output in order."""

    def __init__(self, output: Output, sift: Sift | None = None) -> None:
        """`sift` leaves of a batch what is to be printed, in this thread."""
        self.gone = False
        self._sift = sift
        self._output = output
        self._taken = self._printed = 0
        self._waiting_bytes = 0
        self._batches: SimpleQueue[pa.RecordBatch | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._given_up = False
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
        self._thread.start()

    def take(self, batch: pa.RecordBatch) -> None:
        """Print these rows when their turn comes."""
        self._taken += batch.num_rows
        with self._lock:
            if self.gone or self._waiting_bytes > MOST_WAITING:
                return
            self._waiting_bytes += batch.nbytes
        self._batches.put(batch)

    def finish(self, *, hurry: bool) -> int:
        """End when all is printed, in a hurry after a second; returns how many rows were not printed.

        Raises FileError when they could not be written.
        """
        self._batches.put(None)
        self._thread.join(HURRY_S if hurry else None)
        self._given_up = True
        self._thread.join(STEP_S)
        if self._failure is not None:
            raise unwritable(self._failure)
        return self._taken - self._printed

    def _run(self) -> None:
        self._write(self._output.begin())
        while (batch := self._batches.get()) is not None:
            if not (self.gone or self._given_up):
                rows = batch if self._sift is None else self._sift(batch)
                self._printed += self._write(self._output.lines(messages(rows))) + batch.num_rows - rows.num_rows
            with self._lock:
                self._waiting_bytes -= batch.nbytes

    def _write(self, lines: Iterable[str]) -> int:
        """Print lines; returns how many went out."""
        count = 0
        try:
            for line in lines:
                if self._given_up:
                    break
                sys.stdout.write(f"{line}\n")
                count += 1
            sys.stdout.flush()
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self._failure = error
            self.gone = True
            forget_stdout()
        return count
