"""Prints captured rows as lines, in a thread of its own.

Rules:
- The loop hands over batches and goes on: a reader that is slow, or stands still, holds up no socket.
- What waits is bounded in bytes; what is over it is not printed, and counted.
- A reader that went away ends the printing (`gone`), without a word.
- In the end all that was taken is printed, however long that takes; Ctrl-C gives it up (`stopped`).
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue

import pyarrow as pa

from zinspector.cli import forget_stdout, unwritable
from zinspector.cli.output import Output

Sift = Callable[[pa.RecordBatch], pa.RecordBatch]

MOST_WAITING = 256 << 20
STEP_S = 0.2


class Printer:
    """A thread that prints batches to standard output in order."""

    def __init__(self, output: Output, sift: Sift | None = None) -> None:
        """`sift` leaves of a batch what is to be printed, in this thread."""
        self.gone = False
        self.stopped = False
        """Whether Ctrl-C ended the printing before all was printed."""
        self._sift = sift
        self._output = output
        self._taken = self._printed = 0
        self._waiting_bytes = 0
        self._batches: SimpleQueue[pa.RecordBatch | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._failure: OSError | None = None
        self._done = threading.Event()
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

    def finish(self) -> int:
        """End when all is printed, or at Ctrl-C; returns how many rows were not printed.

        Raises FileError when they could not be written.
        """
        self._batches.put(None)
        try:
            self._done.wait()
        except KeyboardInterrupt:
            self.stopped = True
            if not self._done.wait(STEP_S):
                self._let_go()
        if self._failure is not None:
            raise unwritable(self._failure)
        return self._taken - self._printed

    def _let_go(self) -> None:
        """End a write that nobody reads, and which would hold up the end of the process.

        Interrupted, it goes on in a file that leads nowhere now.
        """
        forget_stdout()
        if sys.platform != "win32" and self._thread.ident is not None:
            signal.signal(signal.SIGALRM, lambda *_: None)
            signal.pthread_kill(self._thread.ident, signal.SIGALRM)
        self._done.wait(STEP_S)

    def _run(self) -> None:
        try:
            self._write((f"{line}\n", 1) for line in self._output.begin())
            while (batch := self._batches.get()) is not None:
                if not (self.gone or self.stopped):
                    rows = batch if self._sift is None else self._sift(batch)
                    self._printed += self._write(self._output.pieces([rows])) + batch.num_rows - rows.num_rows
                with self._lock:
                    self._waiting_bytes -= batch.nbytes
        finally:
            self._done.set()

    def _write(self, pieces: Iterable[tuple[str, int]]) -> int:
        """Print lines, each piece with their number; returns how many went out."""
        count = 0
        try:
            for text, lines in pieces:
                if self.stopped:
                    break
                sys.stdout.write(text)
                count += lines
            sys.stdout.flush()
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self._failure = error
            self.gone = True
            forget_stdout()
        return count


def tell_unprinted(printer: Printer, count: int) -> None:
    """Say of rows that were not printed why; nothing where there was nobody to read them."""
    if not count or printer.gone:
        return
    if printer.stopped:
        print(f"zinspector: stopped before {count:,} rows were printed", file=sys.stderr)
    else:
        print(f"zinspector: {count:,} rows were not printed: the output is too slow", file=sys.stderr)
