"""What was captured: batches in order, numbered rows, bounded by bytes.

- Rows get their number `n` when they are appended; numbers start at 1 and are never used again. Of a file the first
  row keeps its number, so that a message is called the same wherever it is read; all others count on from it.
- With a `spill`, rows go to files behind the loop and come back mapped: memory stays flat, and what a killed process
  had captured is found by the next (`sessions`). Without one they stay in memory.
- When the kept bytes exceed the limit, whole batches go, oldest first; the newest batch always stays. A batch that was
  handed out stays valid.
- captured == retained + evicted, always. `skipped` counts what was seen and never captured, also because the disk is
  too slow.
- Readers ask `since(n)` and get the batches themselves, without a copy. Any thread may read; one thread appends.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from zinspector.capture.arrow_file import ArrowFile
from zinspector.capture.held import Batches, Held, first_number, numbered
from zinspector.capture.message import Message, message
from zinspector.capture.schema import SCHEMA

RETENTION_BYTES = 2 << 30
IN_MEMORY_BYTES = 512 << 20  # where rows have no files
REFUSED_BYTES = 64 << 20  # of rows that should be in files while the disk does not take them


class Spilling(Protocol):
    """Where rows go, so that they need no memory."""

    trouble: str
    """Why the disk takes nothing at present; empty when it does."""

    @property
    def full(self) -> bool:
        """Whether more waits for the disk than should be in memory."""

    def put(self, batch: pa.RecordBatch) -> None:
        """Have a batch written; `Store.replace` is called with what came back."""

    def release(self, n: int) -> None:
        """Rows below number `n` are no longer needed."""

    def attach(self, store: Store) -> None:
        """Whom to give back what was written."""


class Store:
    """An append-only sequence of rows with bounded retention."""

    def __init__(self, retention_bytes: int | None = None, spill: Spilling | None = None) -> None:
        """Keeps up to `retention_bytes`, by default 2 GiB in files or 512 MiB in memory."""
        self.retention_bytes = retention_bytes or (RETENTION_BYTES if spill is not None else IN_MEMORY_BYTES)
        self.skipped = 0
        self.clears = 0
        """How often everything was forgotten."""
        self.captured = 0
        self.evicted = 0
        self.retained_bytes = 0
        self.next_n = 1
        self.opened = False
        """Whether the first rows come from a file that was opened."""
        self.standing: pa.RecordBatch | None = None
        """What holds of the connections that were open before the first row, as rows of number 0 (`standing`)."""
        self.remarks: list[str] = []
        """What should be told of the file that the rows come from."""
        self.recording = ""
        """Which recording that file is a part of, where it tells."""
        self._spill = spill
        self._held: list[Held] = []
        self._starts: list[int] = []
        self._back = range(0)  # rows that came back from the disk, and nobody has asked since
        self._lock = threading.RLock()
        if spill is not None:
            spill.attach(self)

    @property
    def retained(self) -> int:
        """Rows that can still be read."""
        with self._lock:
            return self.next_n - self.first_n

    @property
    def first_n(self) -> int:
        """The number of the oldest row that can still be read, or `next_n` when there is none."""
        with self._lock:
            return self._starts[0] if self._starts else self.next_n

    @property
    def trouble(self) -> str:
        """Why rows stay in memory that should be on the disk; empty when all is well."""
        return self._spill.trouble if self._spill is not None else ""

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows at the end; their `n` is set here."""
        rows = batch.num_rows
        if not rows:
            return
        if self._spill is not None and self._spill.full:
            self.skip(rows)
            return
        own = numbered(batch, self.next_n)
        with self._lock:
            self._add(Held(self.next_n, own, own.get_total_buffer_size()))
            self._bound()
        if self._spill is not None:
            self._spill.put(own)

    def append_read(self, batch: pa.RecordBatch) -> None:
        """Add rows of a file: the very first keeps its `n`, if it can be one, and all others count on from it."""
        self._begin_at(first_number(batch))
        self.append(batch)

    def take_over(self, file: ArrowFile) -> None:
        """Add the rows of a file, which stay in it; they count nothing against the retention."""
        with self._lock:
            self._begin_at(file.first_n)
            if not self.captured:
                self.standing = file.standing
            for piece in file.pieces:
                self._add(Held(self.next_n, piece, 0))
            if file.remark:
                self.remarks.append(file.remark)

    def adopt(self, other: Store) -> None:
        """Show the rows of another store instead of these; numbers go on, unless there were none yet."""
        self.clear()
        with self._lock:
            self.extend(other)
            self.remarks = list(other.remarks)
            self.opened = True

    def extend(self, other: Store) -> None:
        """Add the rows of another store, which count nothing against the retention."""
        with self._lock, other._lock:
            self._begin_at(other.first_n)
            if not self.captured:
                self.standing = other.standing
            for held in other._held:
                own = held.moved(self.next_n) if held.start != self.next_n else held
                own.size = 0
                self._add(own)

    def replace(self, start: int, batches: Sequence[pa.RecordBatch], bytes_of_all: int) -> None:
        """Rows from number `start` on came back from the disk: they take the place of those in memory."""
        with self._lock:
            end = start + sum(batch.num_rows for batch in batches)
            first = max(start, self.first_n)
            if first >= end:
                return
            low, high = self._index(first), self._index(end - 1) + 1
            self.retained_bytes -= sum(held.size for held in self._held[low:high])
            made = []
            for batch in batches:
                if start + batch.num_rows > first:
                    made.append(Held(start, batch, bytes_of_all // len(batches)).since(first))
                start += batch.num_rows
            self._back = range(min(self._back.start, first) if self._back else first, end)
            self._held[low:high] = made
            self._starts[low:high] = [held.start for held in made]
            self.retained_bytes += sum(held.size for held in made)

    def came_back(self) -> Batches:
        """The batches that came back from the disk since this was last asked."""
        with self._lock:
            back, self._back = self._back, range(0)
            held = self._held[max(0, self._index(back.start)) :] if back else []
            return Batches([each for each in held if back.start < each.end <= back.stop])

    def skip(self, count: int) -> None:
        """Count messages that were seen but could not be captured."""
        self.skipped += count

    def clear(self) -> None:
        """Forget everything; counters start again, row numbers go on."""
        with self._lock:
            self.clears += 1
            self._held.clear()
            self._starts.clear()
            self.remarks = []
            self.standing = None
            self.opened = False
            self.captured = self.evicted = self.skipped = self.retained_bytes = 0
        if self._spill is not None:
            self._spill.release(self.next_n)

    def evict_before(self, n: int) -> None:
        """Give up the rows below number `n`, but for the newest batch."""
        with self._lock:
            while len(self._held) > 1 and self._held[0].end <= n:
                self._evict()

    def since(self, n: int) -> Batches:
        """The rows with number `n` and above, as slices of the batches."""
        with self._lock:
            first = max(n, self.first_n)
            if first >= self.next_n:
                return Batches([])
            held = self._held[self._index(first) :]
        return Batches([held[0].since(first), *held[1:]])

    def before(self, n: int) -> Batches:
        """The batches with rows below number `n`; the last of them may have others too."""
        with self._lock:
            return Batches(self._held[: bisect_left(self._starts, n)])

    def batches(self) -> Batches:
        """All kept rows, oldest first; they stay as they are while the store goes on."""
        with self._lock:
            return Batches(list(self._held))

    def row(self, n: int) -> Message | None:
        """Row number `n`, or None if it is not there (any more)."""
        with self._lock:
            if not self.first_n <= n < self.next_n:
                return None
            held = self._held[self._index(n)]
        return message(held.batch(), n - held.start)

    def rows(self, start_n: int, count: int) -> list[Message]:
        """Up to `count` rows from number `start_n` on."""
        first, end = max(start_n, self.first_n), min(start_n + count, self.next_n)
        return [row for n in range(first, end) if (row := self.row(n)) is not None]

    def table(self) -> pa.Table:
        """All kept rows as one table, without a copy of the frames."""
        return pa.Table.from_batches(list(self.batches()), SCHEMA)

    def _begin_at(self, n: int) -> None:
        """Where there was no row yet, the first one gets this number."""
        if self.next_n == 1:
            self.next_n = n

    def _add(self, held: Held) -> None:
        self._held.append(held)
        self._starts.append(held.start)
        self.next_n += held.rows
        self.captured += held.rows
        self.retained_bytes += held.size

    def _bound(self) -> None:
        limit = REFUSED_BYTES if self.trouble else self.retention_bytes
        while self.retained_bytes > limit and len(self._held) > 1:
            self._evict()
        if self._spill is not None:
            self._spill.release(self.first_n)

    def _index(self, n: int) -> int:
        return bisect_right(self._starts, n) - 1

    def _evict(self) -> None:
        held = self._held.pop(0)
        del self._starts[0]
        self.evicted += held.rows
        self.retained_bytes -= held.size
