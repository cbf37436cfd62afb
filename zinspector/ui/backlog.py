"""What somebody has yet to take in of the store: in pieces, so that reading a large capture holds the window up for
some milliseconds of each tick only.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import pyarrow as pa

from zinspector.capture.held import Held
from zinspector.capture.masks import where
from zinspector.capture.store import Store

BUDGET_S = 0.008
AT_ONCE = 200  # rows that are read one by one
FEW_ROWS = 4096
WAIT_MS = 20


class Backlog:
    """The rows of a store that are new, in order; before the first, what is `standing` (rows of number 0)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = 1
        self._clears = store.clears
        self._pending: list[pa.RecordBatch] = []

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._pending) or self._seen < self._store.next_n

    @property
    def wait_ms(self) -> int:
        """Milliseconds until it is worth asking for more: many rows of a file are checked elsewhere first."""
        return WAIT_MS if not self._pending and self._next() is None else 0

    def begins_anew(self) -> bool:
        """Whether the store was emptied since this was last asked; then only what is there now is new."""
        if self._store.clears == self._clears:
            return False
        standing = self._store.standing
        self._clears, self._seen = self._store.clears, self._store.first_n
        self._pending = [] if standing is None else [*_pieces(standing)][::-1]
        return True

    def take(self) -> Iterator[pa.RecordBatch]:
        """The next of them, for `BUDGET_S`, as far as they have been checked (`preparing`)."""
        end = perf_counter() + BUDGET_S
        while self and perf_counter() < end:
            if not self._pending:
                held = self._next()
                if held is None:
                    return
                self._pending = [*_pieces(held.batch())][::-1]
                self._seen = held.end
            yield self._pending.pop()

    def _next(self) -> Held | None:
        """The next batch, if it takes no time to look at."""
        held = self._store.since(self._seen).held[0]
        return held if held.checked or held.rows <= FEW_ROWS else None


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch in parts that take some milliseconds each: rows that are no messages are read one by one."""
    telling = batch.num_rows - int(np.count_nonzero(where(batch, "kind", "message".__eq__)))
    rows = batch.num_rows if telling <= AT_ONCE else max(1, batch.num_rows * AT_ONCE // telling)
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
