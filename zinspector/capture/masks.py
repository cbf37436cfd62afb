"""Which rows of a batch hold what: masks from the columns themselves, some array operations a batch.

Words are compared once each, by their codes; frames by the 16-byte views that Arrow keeps of them, so that no frame is
ever copied to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]

INLINE = 12  # bytes that an Arrow view holds itself; of longer ones it holds the first four and a place


def where(
    batch: pa.RecordBatch, column: str, wanted: Callable[[str], bool], rows: npt.NDArray[np.int64] | None = None
) -> Mask:
    """Which rows hold a wanted word; no word is never wanted. Told of `rows` by their places, or of all."""
    array = batch.column(column)
    return by_code(array.indices, np.array([wanted(word) for word in array.dictionary.to_pylist()], np.bool_), rows)


def by_code(indices: pa.Array, wanted: Mask, rows: npt.NDArray[np.int64] | None = None) -> Mask:
    """Which rows have a wanted code; those without one have not."""
    if not wanted.any() or (wanted.all() and not indices.null_count):
        return np.full(len(indices) if rows is None else len(rows), wanted.any())
    every = codes(indices)
    if rows is not None:
        every = every[rows]
    if len(every) and (every == every[0]).all():  # as most columns of most batches are
        return np.full(len(every), every[0] >= 0 and wanted[every[0]])
    mask: Mask = np.append(wanted, False).take(every)  # no code is the last
    return mask


def codes(indices: pa.Array) -> Codes:
    """The codes of a column of words; -1 for no word."""
    if indices.null_count == len(indices):  # filling costs more than all the rest, and most columns are full or empty
        return np.full(len(indices), -1, np.int32)
    filled: Codes = (indices.fill_null(-1) if indices.null_count else indices).to_numpy()
    return filled


def numbers_are(batch: pa.RecordBatch, column: str, wanted: int) -> Mask:
    """Which rows hold that number in a column of numbers; no number never does."""
    array = batch.column(column)
    if array.null_count == len(array):
        return np.zeros(len(array), np.bool_)
    same: Mask = array.fill_null(wanted - 1).to_numpy() == wanted
    return same


def has_items(batch: pa.RecordBatch, column: str) -> Mask:
    """Which rows hold a list with something in it."""
    return np.asarray(pc.list_value_length(batch.column(column)).fill_null(0)) > 0


def frame_sizes(batch: pa.RecordBatch) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """How many bytes are kept of each frame of all rows, and where the frames of each row begin among these (with the
    end of the last).
    """
    column = batch.column("frames")
    offsets = column.offsets.to_numpy()
    buffers = column.values.buffers()
    views = np.frombuffer(buffers[1] if buffers[1] is not None else b"", np.int32).reshape(-1, 4)
    begin = column.values.offset + offsets[0]
    return views[begin : begin + offsets[-1] - offsets[0], 0], offsets - offsets[0]


def first_frame_is(batch: pa.RecordBatch, wanted: bytes) -> Mask:
    """Which rows begin with a frame that equals `wanted`."""
    column = batch.column("frames")
    offsets = column.offsets.to_numpy()
    same: Mask = np.diff(offsets) > 0
    buffers = column.values.buffers()
    if not same.any():
        return same
    views = np.frombuffer(buffers[1], np.int32).reshape(-1, 4)[column.values.offset :]
    if len(wanted) <= INLINE:
        pattern = np.frombuffer(len(wanted).to_bytes(4, "little") + wanted.ljust(INLINE, b"\0"), np.int32)
        same[same] = (views[offsets[:-1][same]] == pattern).all(axis=1)
        return same
    pattern = np.frombuffer(len(wanted).to_bytes(4, "little") + wanted[:4], np.int32)
    same[same] = (views[offsets[:-1][same], :2] == pattern).all(axis=1)
    likely = np.flatnonzero(same)
    found = views[offsets[likely]]
    text = np.frombuffer(wanted, np.uint8)
    for which in np.unique(found[:, 2]):
        rows = found[:, 2] == which
        windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(buffers[2 + which], np.uint8), len(wanted))
        same[likely[rows]] = (windows[found[rows, 3]] == text).all(axis=1)
    return same
