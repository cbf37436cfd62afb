"""The rows that a writer writes: in slices that fit into memory, with progress, stopped when the user gives up.

Batches may be made when they are asked for (`Picked`), so the rows of a filter are never all in memory at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.held import Batches
from zinspector.capture.message import Message, messages
from zinspector.capture.picking import pick
from zinspector.capture.progress import CancelledError, Progress

ROWS_AT_ONCE = 16_384
BYTES_AT_ONCE = 64 << 20

Numbers = npt.NDArray[np.uint64]


class Picked(Sequence[pa.RecordBatch]):
    """The rows with these numbers `n` (sorted) of some batches, each batch made when it is asked for."""

    def __init__(self, batches: Sequence[pa.RecordBatch], numbers: Numbers) -> None:
        self._batches: list[tuple[pa.RecordBatch, int, int]] = []
        self._numbers = numbers
        self.rows = 0
        for batch in batches:
            own = batch.column("n").to_numpy()
            if len(own):
                start, end = np.searchsorted(numbers, [own[0], own[-1] + np.uint64(1)]).tolist()
                if start < end:
                    self._batches.append((batch, start, end))
                    self.rows += end - start

    def __len__(self) -> int:
        return len(self._batches)

    @overload
    def __getitem__(self, index: int) -> pa.RecordBatch: ...
    @overload
    def __getitem__(self, index: slice) -> list[pa.RecordBatch]: ...
    def __getitem__(self, index: int | slice) -> pa.RecordBatch | list[pa.RecordBatch]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        batch, start, end = self._batches[index]
        return pick(batch, np.isin(batch.column("n").to_numpy(), self._numbers[start:end]))


class Source:
    """The rows of one export. Iterating raises CancelledError when `progress` returns False."""

    def __init__(self, batches: Sequence[pa.RecordBatch], progress: Progress | None, path: Path) -> None:
        self.batches = batches
        self.rows = batches.rows if isinstance(batches, Picked | Batches) else sum(batch.num_rows for batch in batches)
        self._progress = progress
        self._path = path

    def slices(self, rows: int = ROWS_AT_ONCE, most_bytes: int = BYTES_AT_ONCE) -> Iterator[pa.RecordBatch]:
        """All rows in slices of at most `rows` rows and, unless a row alone is longer, `most_bytes` bytes of frames."""
        done = 0
        for part in sliced(self.batches, rows, most_bytes):
            self._tell(done)
            yield part
            done += part.num_rows
        self._tell(done)

    def messages(self) -> Iterator[Message]:
        """All rows as objects."""
        for part in self.slices():
            yield from messages(part)

    def _tell(self, done: int) -> None:
        if self._progress is not None and not self._progress(done / self.rows if self.rows else 1.0):
            raise CancelledError("saving was cancelled", where=str(self._path))


def sliced(batches: Iterable[pa.RecordBatch], rows: int, most_bytes: int) -> Iterator[pa.RecordBatch]:
    """Batches in slices of at most `rows` rows and, unless a row alone is longer, `most_bytes` bytes of frames."""
    for batch in batches:
        start = 0
        ends = np.cumsum(kept_bytes(batch))
        while start < batch.num_rows:
            before = int(ends[start - 1]) if start else 0
            fitting = int(np.searchsorted(ends, before + most_bytes, "right"))
            end = min(max(fitting, start + 1), start + rows, batch.num_rows)
            yield batch.slice(start, end - start)
            start = end


def kept_bytes(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """The bytes that are kept of the frames of each row."""
    column = batch.column("frames")
    offsets = column.offsets.to_numpy()
    values = column.values
    if not len(values):
        return np.zeros(batch.num_rows, np.int64)
    views = np.frombuffer(values.buffers()[1], np.int32).reshape(-1, 4)[values.offset :]
    ends = np.concatenate(([0], np.cumsum(views[offsets[0] : offsets[-1], 0], dtype=np.int64)))
    ends = ends[offsets - offsets[0]]
    kept: npt.NDArray[np.int64] = np.diff(ends)
    return kept
