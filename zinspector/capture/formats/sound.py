"""Whether rows that come from a file can be rows at all: types, missing values, sizes that belong to frames.

What a file says is believed only after this, so that nothing behind has to ask again.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.schema import SCHEMA


class UnsoundError(ValueError):
    """Rows that can't be: a sentence says why."""


def sound(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows. Raises UnsoundError or an Arrow error."""
    batch.validate(full=True)
    for field, column in zip(SCHEMA, batch.columns, strict=True):
        if column.null_count and not field.nullable:
            raise UnsoundError(f"{field.name} is missing in {column.null_count:,} rows")
    frames, sizes = batch.column("frames"), batch.column("true_sizes")
    if frames.values.null_count:
        raise UnsoundError("frames are missing")
    if sizes.null_count < len(sizes):
        differ = pc.not_equal(pc.list_value_length(frames), pc.list_value_length(sizes))
        if pc.any(differ).as_py() or sizes.flatten().null_count:
            raise UnsoundError("sizes don't belong to their frames")
    if pc.list_value_length(batch.column("anomalies")).null_count < batch.num_rows:
        flat = batch.column("anomalies").flatten()
        if flat.null_count:
            raise UnsoundError("anomalies without a text")
    return batch


def views_of(lists: pa.Array) -> pa.ListArray:
    """Lists of any binary type, stored by dictionary or not, as lists of views. Raises an Arrow error for others."""
    if pa.types.is_large_list(lists.type):
        lists = lists.cast(pa.list_(lists.type.value_type))
    if not pa.types.is_list(lists.type):
        raise UnsoundError(f"frames are {lists.type}")
    values = lists.values
    made = _from_dictionary(values) if isinstance(values, pa.DictionaryArray) else values.cast(pa.binary_view())
    offsets = lists.offsets
    if lists.null_count:
        raise UnsoundError("frames are missing")
    return pa.ListArray.from_arrays(offsets, made)


def _from_dictionary(values: pa.DictionaryArray) -> pa.Array:
    """Views into the words of the dictionary: what is said often is held once."""
    if values.null_count:
        raise UnsoundError("frames are missing")
    words = values.dictionary.cast(pa.binary_view())
    buffers = words.buffers()
    views = np.frombuffer(buffers[1], np.int64).reshape(-1, 2)[words.offset : words.offset + len(words)]
    moved = pa.py_buffer(np.ascontiguousarray(views[values.indices.to_numpy()]))
    return pa.Array.from_buffers(pa.binary_view(), len(values), [None, moved, *buffers[2:]])
