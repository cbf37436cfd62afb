"""Rows of a file into a store: those that were made one by one as columns, and batches as they are."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from zinspector.capture.formats.budget import Budget
from zinspector.capture.formats.sound import sound
from zinspector.capture.schema import SCHEMA, WORDS
from zinspector.capture.store import Store

ROWS_AT_ONCE = 10_000
BYTES_AT_ONCE = 32 << 20
FRAMES = SCHEMA.get_field_index("frames")

Row = tuple[Any, ...]
"""Values in the order of the columns; `n` is 0 where there is none, and counts for the first row only."""


class Gathering:
    """Collects rows for a store, and counts what they take."""

    def __init__(self, budget: Budget) -> None:
        self.store = Store(retention_bytes=1 << 62)
        self._budget = budget
        self._rows: list[Row] = []
        self._bytes = 0

    @property
    def count(self) -> int:
        """All rows so far."""
        return self.store.captured + len(self._rows)

    def add(self, row: Row) -> None:
        """Take a row in. Raises ValueError for one that can't be, FileError where there is no room."""
        self._rows.append(row)
        self._bytes += sum(map(len, row[FRAMES]))
        if len(self._rows) >= ROWS_AT_ONCE or self._bytes >= BYTES_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Put into the store what was collected."""
        if not self._rows:
            return
        columns = []
        for field, values in zip(SCHEMA, zip(*self._rows, strict=True), strict=True):
            if field.name in WORDS:
                columns.append(pa.array(values, pa.utf8()).dictionary_encode())
            else:
                columns.append(pa.array(values, field.type))
        self._rows, self._bytes = [], 0
        self.put(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))

    def put(self, batch: pa.RecordBatch) -> None:
        """Take in rows that are columns already. Raises like `add`."""
        self.flush()
        batch = sound(batch)
        self._budget.take(batch.nbytes)
        self.store.append_read(batch)
