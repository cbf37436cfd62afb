"""Finding text in payloads: looks through the store a batch at a time, so that it can be cancelled at any moment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from zinspector.capture.store import Store
from zinspector.ui.inspect.rows import Rows


def find(store: Store, rows: Rows, wanted: bytes, start_n: int | None, step: int) -> Iterator[int | None]:
    """Walk from the row after (`step` 1) or before (-1) `start_n` through all rows in scope, around the end once.

    Yields None after each batch without a match, and then the number of the first row whose frames hold `wanted`.
    ASCII letters match in either case.
    """
    if not wanted or not len(rows):
        return
    batches = store.since(store.first_n)
    start = start_n if start_n is not None else (0 if step > 0 else store.next_n)
    wrapped: list[int] = []
    for batch in batches[::step]:
        hits = [n for n in _hits(batch, wanted.lower()) if _in_scope(rows, n)]
        ahead = [n for n in hits if (n - start) * step > 0]
        wrapped += [] if ahead or wrapped else [n for n in hits[::step] if (n - start) * step <= 0][:1]
        if ahead:
            yield min(ahead) if step > 0 else max(ahead)
            return
        yield None
    if wrapped:
        yield wrapped[0]


def _hits(batch: pa.RecordBatch, wanted: bytes) -> list[int]:
    """The numbers of the rows of a batch that hold the bytes, ascending."""
    column = batch.column("frames")
    offsets = column.offsets.to_numpy()
    frames = column.values.slice(offsets[0], offsets[-1] - offsets[0]).to_pylist()
    places = [place for place, frame in enumerate(frames, int(offsets[0])) if wanted in frame.lower()]
    found = np.unique(np.searchsorted(offsets, places, side="right") - 1)
    return [int(n) for n in batch.column("n").to_numpy()[found.astype(np.int64)]]


def _in_scope(rows: Rows, n: int) -> bool:
    place = rows.place(n)
    return place < len(rows) and rows.n(place) == n
