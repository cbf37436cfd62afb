"""Rows in the order of time, and connections numbered as they appeared.

Rows are written flow by flow, so each batch is put in order; what belongs before an earlier batch, such as the
beginning of a connection that was recognised late, moves there at the end. Frames are moved as the 16-byte views that
Arrow keeps of them; their bytes stay where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from zinspector.capture.packets.columns import Ints
from zinspector.capture.schema import SCHEMA

FRAMES, TIME, CONNECTION = (SCHEMA.get_field_index(name) for name in ("frames", "time_ns", "connection"))


def ordered(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The rows of a batch by time; rows of one time stay in their order."""
    times = batch.column(TIME).to_numpy()
    if not (times[1:] < times[:-1]).any():
        return batch
    return _taken(batch, np.argsort(times, kind="stable"))


def joined(batches: Sequence[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """The same rows by time, all of them: as they are where that is so already, else as one batch."""
    bounds = [(batch.column(TIME)[0].as_py(), batch.column(TIME)[-1].as_py()) for batch in batches]
    if all(before[1] <= after[0] for before, after in pairwise(bounds)):
        return list(batches)
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    return [ordered(batch) for batch in table.to_batches()]


def renumbered(batch: pa.RecordBatch, appeared: Sequence[int]) -> pa.RecordBatch:
    """The rows with connections numbered by when they appeared; `appeared` has the times of numbers 1 and up (ns)."""
    order = np.argsort(np.array(appeared, np.int64), kind="stable")
    if (order[1:] > order[:-1]).all():
        return batch
    numbers = np.empty(len(order) + 1, np.int32)
    numbers[order + 1] = np.arange(1, len(order) + 1)
    column = batch.column(CONNECTION)
    missing = column.is_null().to_numpy(zero_copy_only=False)
    old = column.fill_null(1).to_numpy()
    changed = pa.array(numbers[old], pa.int32(), mask=missing)
    return batch.set_column(CONNECTION, SCHEMA.field(CONNECTION), changed)


def _taken(batch: pa.RecordBatch, order: Ints) -> pa.RecordBatch:
    places = pa.array(order)
    columns = [
        _frames(column, order) if index == FRAMES else column.take(places) for index, column in enumerate(batch.columns)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _frames(column: pa.ListArray, order: Ints) -> pa.ListArray:
    """Lists of views in another order; Arrow has no kernel for it."""
    offsets = column.offsets.to_numpy().astype(np.int64)
    lengths = np.diff(offsets)[order]
    ends = np.cumsum(lengths)
    which = np.repeat(offsets[:-1][order] - ends + lengths, lengths) + np.arange(int(ends[-1]) if len(ends) else 0)
    values = column.values
    buffers = values.buffers()
    views = np.frombuffer(buffers[1], np.int64).reshape(-1, 2)[values.offset :]
    moved = pa.py_buffer(np.ascontiguousarray(views[which]))
    made = pa.Array.from_buffers(values.type, len(which), [None, moved, *buffers[2:]])
    return pa.ListArray.from_arrays(np.concatenate(([0], ends)).astype(np.int32), made)
