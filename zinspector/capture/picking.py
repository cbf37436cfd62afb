"""Some rows of a batch as a batch of their own: Arrow has no `filter` for columns of binary views."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.masks import Mask

FEW: Final = 64
"""Frames that are sooner copied one by one."""
MOST_BYTES: Final = 0x7FFFFFFF
"""A view reaches no further into a buffer."""
LENGTH: Final = np.uint64(0xFFFFFFFF)

Numbers = npt.NDArray[np.int64]


def pick(batch: pa.RecordBatch, mask: Mask) -> pa.RecordBatch:
    """The rows where `mask` is true. Their frames are copied, so that the others are not held."""
    if mask.all():
        return batch
    return copied(batch, np.flatnonzero(mask))


def copied(batch: pa.RecordBatch, rows: Numbers) -> pa.RecordBatch:
    """The rows at these places. Their frames are copied, so that the others are not held."""
    place = batch.schema.get_field_index("frames")
    others = batch.remove_column(place).take(pa.array(rows))
    return others.add_column(place, batch.schema.field(place), _frames(batch.column(place), rows))


def _frames(column: pa.ListArray, rows: Numbers) -> pa.ListArray:
    offsets = column.offsets.to_numpy()
    begins = offsets[rows]
    counts = offsets[rows + 1] - begins
    ends = np.zeros(len(rows) + 1, np.int32)
    np.cumsum(counts, out=ends[1:])
    places = np.repeat(begins - ends[:-1], counts) + np.arange(ends[-1])
    return pa.ListArray.from_arrays(pa.array(ends), _views(column.values, places), type=column.type)


def _views(frames: pa.Array, places: Numbers) -> pa.Array:
    """Frames at some places. Each is a view of 16 bytes, and begins with its length."""
    if not len(places):
        return pa.array([], frames.type)
    _, words, *buffers = frames.buffers()
    views = np.frombuffer(words, np.uint64).reshape(-1, 2)[frames.offset :][places]
    picked = pa.Array.from_buffers(frames.type, len(views), [None, pa.py_buffer(views), *buffers])
    if len(views) <= FEW or int((views[:, 0] & LENGTH).sum()) > MOST_BYTES:
        return pa.array(picked.to_pylist(), frames.type)
    return picked.cast(pa.large_binary()).cast(frames.type)  # copied one after the other; the new views copy nothing
