"""Numbers by which damage shows: the sums of what a batch holds, kept beside it in a file.

Arrow's format has no checksums: a flipped bit in a payload would be shown as if it had been sent. The sum is that of
64-bit words, which memory delivers as fast as it can be read; any change of a single word shows. One sum is that of the
times, sizes and frames, and one that of all other columns, which older files don't have.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.schema import SCHEMA

KEY = b"zinspector.sum"
KEY_OF_OTHERS = b"zinspector.others"
_PRIME = 0x100000001B3
_MASK = (1 << 64) - 1
_OTHERS = tuple(name for name in SCHEMA.names if name not in ("time_ns", "size", "frames"))


def checksum(batch: pa.RecordBatch) -> int:
    """The sum of the times, sizes and frames of a batch with the columns of a capture."""
    total = batch.num_rows
    for name in ("time_ns", "size"):
        total = _mixed(total, memoryview(batch.column(name).to_numpy()))
    frames = batch.column("frames")
    offsets = frames.offsets.to_numpy()
    values = frames.values
    views, *heaps = values.buffers()[1:]
    total = _mixed(total, memoryview(offsets - offsets[0]))
    start = values.offset + int(offsets[0])
    total = _mixed(total, memoryview(views or b"")[16 * start : 16 * (values.offset + int(offsets[-1]))])
    for heap in heaps:
        total = _mixed(total, memoryview(heap))
    return total


def checksum_of_others(batch: pa.RecordBatch) -> int:
    """The sum of the other columns of a valid batch.

    Of the words it takes those between the first and the last in use: more come into a file behind the batch.
    """
    total = int(batch.num_rows)
    for name in _OTHERS:
        column = batch.column(name)
        if column.null_count == len(column):
            total = _mixed(total, memoryview(b""))
        elif isinstance(column, pa.DictionaryArray):
            first, last = pc.min_max(column.indices).as_py().values()  # to find each one that is used takes much longer
            total = _texts(_numbers(total, column.indices), column.dictionary.slice(first, last + 1 - first))
        elif pa.types.is_list(column.type):
            inner = column.flatten()
            total = _numbers(total, pc.list_value_length(column))
            total = _texts(total, inner) if pa.types.is_string(inner.type) else _numbers(total, inner)
        else:
            total = _numbers(total, column)
    return total


def _numbers(total: int, column: pa.Array) -> int:
    if column.null_count:  # what lies under a missing value means nothing, and neither do the bits behind the last
        total = _mixed(total, memoryview(column.is_valid().cast(pa.uint8()).to_numpy()))
        column = column.fill_null(0)
    return _mixed(total, memoryview(column.to_numpy()))


def _texts(total: int, column: pa.Array) -> int:
    lengths = pc.binary_length(column)
    whole = column.buffers()[2] or b""
    start = int(np.frombuffer(column.buffers()[1], np.int32, 1, 4 * column.offset)[0]) if len(column) else 0
    return _mixed(_numbers(total, lengths), memoryview(whole)[start : start + (pc.sum(lengths).as_py() or 0)])


def _mixed(total: int, data: memoryview) -> int:
    data = data.cast("B") if data.nbytes else memoryview(b"")
    whole = len(data) & ~7
    words = int(np.frombuffer(data[:whole], np.uint64).sum(dtype=np.uint64)) if whole else 0
    return ((total * _PRIME) ^ (words + len(data) + int.from_bytes(data[whole:], "little"))) & _MASK
