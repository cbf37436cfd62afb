"""Columns that hold the same in every row, over memory that all of them share: most columns of a flood are like that.

The memory is never written again, and each column counts only its own part of it (`get_total_buffer_size`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

LEAST: Final = 1 << 10  # rows that memory is made for
MOST: Final = 1 << 18  # from here on nothing is shared: batches that large are rare


def constant(value: int, rows: int, kind: pa.DataType) -> pa.Array:
    """A column of an integer type with `value` in each of its rows."""
    return pa.Array.from_buffers(kind, rows, [None, _part(value, rows, kind)], null_count=0)


def nulls(rows: int, kind: pa.DataType) -> pa.Array:
    """A column of nulls: of an integer type, or of lists."""
    missing = _part(0, rows, pa.uint8()).slice(0, (rows + 7) // 8)
    if not pa.types.is_list(kind):
        return pa.Array.from_buffers(kind, rows, [missing, _part(0, rows, kind)], null_count=rows)
    ends, nothing = _part(0, rows + 1, pa.int32()), pa.array([], kind.value_type)
    return pa.Array.from_buffers(kind, rows, [missing, ends], null_count=rows, children=[nothing])


def repeated(values: npt.NDArray[np.int32], counts: npt.NDArray[np.int64]) -> pa.Array:
    """A column with each value `counts` times: mostly all are the same."""
    if (values == values[0]).all():
        return constant(int(values[0]), int(counts.sum()), pa.int32())
    return pa.array(np.repeat(values, counts))


def same(column: pa.Array) -> int | None:
    """What all rows of a column of integers hold, if it is one number; see `null_count` for nulls."""
    if not len(column) or column.null_count:
        return None
    values = column.to_numpy()
    return int(values[0]) if values[0] == values[-1] and (values == values[0]).all() else None


def _part(value: int, rows: int, kind: pa.DataType) -> pa.Buffer:
    if rows > MOST:
        return _memory(value, rows, kind)
    memory = _shared(value, max(LEAST, 1 << (rows - 1).bit_length()), kind)
    return memory.slice(0, rows * kind.bit_width // 8)


@lru_cache(maxsize=32)
def _shared(value: int, rows: int, kind: pa.DataType) -> pa.Buffer:
    return _memory(value, rows, kind)


def _memory(value: int, rows: int, kind: pa.DataType) -> pa.Buffer:
    return pa.py_buffer(np.full(rows, value, kind.to_pandas_dtype()))
