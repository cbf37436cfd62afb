"""Finding text in payloads: looks through the store a piece at a time, so that it can be cancelled at any moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from zinspector.capture.held import Batches
from zinspector.capture.masks import Mask
from zinspector.capture.store import Store
from zinspector.ui.inspect.rows import Rows

PIECE_ROWS = 4096
PIECE_BYTES = 4 << 20


@dataclass(frozen=True)
class Step:
    """How far a search is: `done` of 1, and the number of the row that it found, if it did."""

    done: float
    n: int | None = None


def find(store: Store, rows: Rows, wanted: bytes, start_n: int | None, step: int) -> Iterator[Step]:
    """Walk from the row after (`step` 1) or before (-1) `start_n` through all rows in scope, around the end once.

    Yields a `Step` for each piece that was looked through; the one with a row is the last. ASCII letters match in
    either case. Without a start it begins at the oldest row, or the newest.
    """
    if not wanted or store.next_n == store.first_n:
        return
    start = start_n if start_n is not None else (0 if step > 0 else store.next_n)
    ahead, behind = _sides(store.since(store.first_n), start, step)
    first_part = ahead.rows
    total = first_part + behind.rows
    seen = 0
    for batch in (*ahead, *behind):
        around = seen >= first_part
        for piece in _pieces(batch, step):
            hits = [n for n in _hits(piece, wanted.lower(), rows) if around or (n - start) * step > 0]
            seen += piece.num_rows
            if hits:
                yield Step(seen / total, hits[0] if step > 0 else hits[-1])
                return
            yield Step(seen / total)


def _sides(batches: Batches, start: int, step: int) -> tuple[Batches, Batches]:
    """The batches to look through before going around the end, and those after; the one with `start` is in both."""
    if step > 0:
        place = bisect_right(batches, start, key=lambda batch: int(batch.column("n")[-1].as_py()))
        return batches[place:], batches[: place + 1]
    place = bisect_left(batches, start, key=lambda batch: int(batch.column("n")[0].as_py()))
    return batches[:place][::-1], batches[max(0, place - 1) :][::-1]


def _pieces(batch: pa.RecordBatch, step: int) -> Iterator[pa.RecordBatch]:
    """Slices of a batch that take some milliseconds each."""
    mean = max(1, int(np.mean(batch.column("size").to_numpy())))
    rows = max(1, min(PIECE_ROWS, PIECE_BYTES // mean))
    for start in range(0, batch.num_rows, rows)[::step]:
        yield batch.slice(start, rows)


def _hits(batch: pa.RecordBatch, wanted: bytes, rows: Rows) -> list[int]:
    """The numbers of the rows in scope that hold the bytes, ascending."""
    column = batch.column("frames")
    offsets = column.offsets.to_numpy()
    frames = column.values.slice(offsets[0], offsets[-1] - offsets[0]).to_pylist()
    holds = np.fromiter((wanted in frame.lower() for frame in frames), np.bool_, len(frames))
    found = _rows_of(holds, offsets) & rows.scope.mask(batch)
    return [int(n) for n in batch.column("n").to_numpy()[found]]


def _rows_of(holds: Mask, offsets: np.ndarray[tuple[int], np.dtype[np.int32]]) -> Mask:
    """Which rows have a frame that holds it; a row without frames has none."""
    places = np.flatnonzero(holds) + offsets[0]
    found = np.zeros(len(offsets) - 1, np.bool_)
    found[np.searchsorted(offsets, places, side="right") - 1] = True
    return found
