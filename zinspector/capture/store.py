"""What was captured, in memory: batches in order, numbered rows, bounded by bytes.

- Rows get their number `n` when they are appended; numbers start at 1 and are never used again.
- When the kept bytes exceed the limit, whole batches go, oldest first; the newest batch always stays.
- captured == retained + evicted, always. `skipped` counts what was seen and never captured.
- Readers ask `since(n)` and get slices of the batches themselves, without a copy.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

import numpy as np
import pyarrow as pa

from zinspector.capture.message import Message, message
from zinspector.capture.schema import SCHEMA

RETENTION_BYTES = 512 << 20  # in memory


class Store:
    """An append-only sequence of rows with bounded retention."""

    def __init__(self, retention_bytes: int = RETENTION_BYTES) -> None:
        self.retention_bytes = retention_bytes
        self.skipped = 0
        self.clears = 0
        """How often everything was forgotten."""
        self.captured = 0
        self.evicted = 0
        self.retained_bytes = 0
        self.next_n = 1
        self._batches: deque[pa.RecordBatch] = deque()
        self._starts: deque[int] = deque()
        self._sizes: deque[int] = deque()

    @property
    def retained(self) -> int:
        """Rows that can still be read."""
        return self.next_n - self.first_n

    @property
    def first_n(self) -> int:
        """The number of the oldest row that can still be read, or `next_n` when there is none."""
        return self._starts[0] if self._starts else self.next_n

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows at the end; their `n` is set here."""
        rows = batch.num_rows
        if not rows:
            return
        numbers = pa.array(np.arange(self.next_n, self.next_n + rows, dtype=np.uint64))
        columns = [numbers, *batch.columns[1:]]
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=batch.schema))
        self._starts.append(self.next_n)
        self._sizes.append(batch.get_total_buffer_size())
        self.next_n += rows
        self.captured += rows
        self.retained_bytes += self._sizes[-1]
        while self.retained_bytes > self.retention_bytes and len(self._batches) > 1:
            self._evict()

    def skip(self, count: int) -> None:
        """Count messages that were seen but could not be captured."""
        self.skipped += count

    def clear(self) -> None:
        """Forget everything; counters start again, row numbers go on."""
        self.clears += 1
        self._batches.clear()
        self._starts.clear()
        self._sizes.clear()
        self.captured = self.evicted = self.skipped = self.retained_bytes = 0

    def since(self, n: int) -> list[pa.RecordBatch]:
        """The rows with number `n` and above, as slices of the batches."""
        first = max(n, self.first_n)
        if first >= self.next_n:
            return []
        index = self._index(first)
        batches = [self._batches[i] for i in range(index, len(self._batches))]
        skip = first - self._starts[index]
        return [batches[0].slice(skip), *batches[1:]] if skip else batches

    def batches(self) -> list[pa.RecordBatch]:
        """All kept rows, oldest first; the list stays as it is while the store goes on."""
        return list(self._batches)

    def row(self, n: int) -> Message | None:
        """Row number `n`, or None if it is not there (any more)."""
        if not self.first_n <= n < self.next_n:
            return None
        index = self._index(n)
        return message(self._batches[index], n - self._starts[index])

    def rows(self, start_n: int, count: int) -> list[Message]:
        """Up to `count` rows from number `start_n` on."""
        first, end = max(start_n, self.first_n), min(start_n + count, self.next_n)
        return [row for n in range(first, end) if (row := self.row(n)) is not None]

    def table(self) -> pa.Table:
        """All kept rows as one table, without a copy of the frames."""
        return pa.Table.from_batches(list(self._batches), SCHEMA)

    def _index(self, n: int) -> int:
        return bisect_right(self._starts, n) - 1

    def _evict(self) -> None:
        self.evicted += self._batches.popleft().num_rows
        self._starts.popleft()
        self.retained_bytes -= self._sizes.popleft()
