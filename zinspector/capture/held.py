"""The batches of a store: where each begins, what it costs, and whether it was looked at yet.

A batch of a file is checked when it is first asked for, so `Batches` is a sequence that makes its items as they are
taken. What was handed out stays valid: a batch owns its memory, or its mapping.

To check takes milliseconds. Who only wants a first look may `peek`, and look again where the batch proves `damaged`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import overload

import numpy as np
import pyarrow as pa

from zinspector.capture.arrow_piece import Piece, is_damaged

HIGHEST = 1 << 40
"""Below this a number that stands in a file is believed: no capture has as many rows."""


class Held:
    """Rows of one batch, from row number `start` on."""

    __slots__ = ("_checking", "_damaged", "_rows", "_skip", "rows", "size", "start")

    def __init__(self, start: int, rows: pa.RecordBatch | Piece | Held, size: int, skip: int = 0) -> None:
        """`size`: what it counts against the retention, in bytes. `skip` rows of the batch are left out."""
        self.start = start
        self.size = size
        self._damaged = False
        self._rows = rows
        self._skip = skip
        self._checking = threading.Lock()
        self.rows: int = _count(rows) - skip

    @property
    def end(self) -> int:
        """The number after that of the last row."""
        return self.start + self.rows

    @property
    def checked(self) -> bool:
        """Whether the rows were checked, so that `batch` takes no time."""
        return self._rows.checked if isinstance(self._rows, Held) else not isinstance(self._rows, Piece)

    @property
    def damaged(self) -> bool:
        """Whether there are events in place of rows that could not be read: told once it was checked."""
        return self._rows.damaged if isinstance(self._rows, Held) else self._damaged

    def batch(self) -> pa.RecordBatch:
        """The rows, checked."""
        if isinstance(self._rows, Held):
            batch = self._rows.batch()
        elif isinstance(self._rows, Piece):
            batch = self._check()
        else:
            batch = self._rows
        return batch.slice(self._skip) if self._skip else batch

    def peek(self, *names: str) -> pa.RecordBatch:
        """The rows, maybe only these columns, and maybe not checked: what they hold may prove damaged."""
        if isinstance(self._rows, Held):
            found = self._rows.peek(*names)
            return found.slice(self._skip) if self._skip else found
        seen = self._rows.peek(names) if isinstance(self._rows, Piece) else None
        return self.batch() if seen is None else seen

    def _check(self) -> pa.RecordBatch:
        with self._checking:  # so that two threads don't do the same
            if isinstance(self._rows, Piece):
                rows = self._rows.checked(self.start)
                self._damaged = is_damaged(rows)
                self._rows = rows
            return self._rows

    def since(self, n: int) -> Held:
        """The rows from number `n` on, which is one of them."""
        return self if n <= self.start else Held(n, self, self.size, n - self.start)

    def moved(self, start: int) -> Held:
        """The same rows with other numbers."""
        if isinstance(self._rows, Piece):
            return Held(start, self._rows, self.size)
        return Held(start, numbered(self.batch(), start), self.size)


class Batches(Sequence[pa.RecordBatch]):
    """Batches that are looked at when they are taken; how many `rows` they have is known before."""

    def __init__(self, held: Sequence[Held]) -> None:
        self.held = held
        """Where each begins and ends, told without looking at any."""

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(held.rows for held in self.held)

    def __len__(self) -> int:
        return len(self.held)

    @overload
    def __getitem__(self, index: int) -> pa.RecordBatch: ...
    @overload
    def __getitem__(self, index: slice) -> Batches: ...
    def __getitem__(self, index: int | slice) -> pa.RecordBatch | Batches:
        if isinstance(index, slice):
            return Batches(self.held[index])
        return self.held[index].batch()

    def __eq__(self, other: object) -> bool:
        """Like a list: the same batches."""
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list


def numbered(batch: pa.RecordBatch, start: int) -> pa.RecordBatch:
    """The same rows with the numbers from `start` on."""
    numbers = pa.array(np.arange(start, start + batch.num_rows, dtype=np.uint64))
    return pa.RecordBatch.from_arrays([numbers, *batch.columns[1:]], schema=batch.schema)


def first_number(rows: pa.RecordBatch) -> int:
    """The number that the first of these rows has in its file; 1 where it can't be, or there is none."""
    first = rows.column(0)[0].as_py() if rows.num_rows else None
    return first if first is not None and 0 < first < HIGHEST else 1


def _count(rows: pa.RecordBatch | Piece | Held) -> int:
    if isinstance(rows, Held):
        return rows.rows
    found: int = (rows.rows if isinstance(rows, Piece) else rows).num_rows
    return found
