"""One batch of an `.arrow` capture, as it lies in its file: checked when it is first asked for.

It must hold what Arrow demands and what rows need, and give the sums that were kept with it. Where only a sum fails,
the rows can be read, and each has an anomaly DOUBTFUL that says which columns may be wrong. Rows that can't be read are
replaced by events named DAMAGED: row numbers stay what they are, and nothing false is shown untold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from zinspector.capture.checksum import checksum, checksum_of_others
from zinspector.capture.formats.sound import sound, views_of
from zinspector.capture.schema import SCHEMA

DAMAGED = "DAMAGED"
DOUBTFUL = "DOUBTFUL"
UNREADABLE = (pa.ArrowException, ValueError, TypeError, IndexError, KeyError, AttributeError, MemoryError)
"""What looking at hostile columns may raise."""


class Piece(NamedTuple):
    """One batch of a file as it was found: not to be trusted before `checked`."""

    path: Path  # and not the file: nothing may keep a mapping alive in a circle
    place: int
    rows: pa.RecordBatch
    sum: bytes | None
    sum_of_others: bytes | None

    def checked(self, first_n: int) -> pa.RecordBatch:
        """The rows, numbered from `first_n`; doubted where a sum fails, events that say so where they can't be read."""
        place = f"{self.path}, batch {self.place}"
        try:
            rows = sound(_as_capture(self.rows))
            doubtful = " and ".join(self._doubtful())
        except UNREADABLE as error:
            text = f"{place}: {first_line(error)}"
            rows = _damaged(self.rows, f"damaged: {text}: {self.rows.num_rows:,} messages can't be read")
        else:
            if doubtful:
                which = f"{doubtful} of messages {first_n:,} to {first_n + rows.num_rows - 1:,}"
                rows = _doubted(rows, f"{DOUBTFUL}: {place}: {which} are damaged somewhere")
        return _numbered(rows, first_n)

    def peek(self, names: Iterable[str]) -> pa.RecordBatch | None:
        """Some columns as they lie in the file, if they can be columns at all: what they say may be damaged."""
        fields = [SCHEMA.field(name) for name in names]
        try:
            columns = [self.rows.column(field.name) for field in fields]
            for column, field in zip(columns, fields, strict=True):
                column.validate(full=True)
                if column.type != field.type or (column.null_count and not field.nullable):
                    return None
        except UNREADABLE:
            return None
        return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))

    def _doubtful(self) -> Iterator[str]:
        """The columns that are not what was written, by the sums. Raises an Arrow error for other types than ours."""
        if self.sum is not None and self.sum != b"%016x" % checksum(_typed(self.rows)):
            yield "times, sizes or frames"
        if self.sum_of_others is not None and self.sum_of_others != b"%016x" % checksum_of_others(_typed(self.rows)):
            yield "columns beside times, sizes and frames"


def _typed(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Rows with the types that were written. Raises an Arrow error."""
    for field, column in zip(SCHEMA, rows.columns, strict=True):
        if column.type != field.type:
            raise pa.ArrowInvalid(f"{field.name} is {column.type}")
    return rows


def _as_capture(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows with the types of a capture: other programs write other ones. Raises an Arrow error."""
    if rows.schema.types == SCHEMA.types:
        return pa.RecordBatch.from_arrays(rows.columns, schema=SCHEMA)
    rows.validate(full=True)  # before anything is converted
    return pa.RecordBatch.from_arrays(
        [_cast(column, field) for field, column in zip(SCHEMA, rows.columns, strict=True)],
        schema=SCHEMA,
    )


def _cast(column: pa.Array, field: pa.Field) -> pa.Array:
    if column.type == field.type:
        return column
    return views_of(column) if field.name == "frames" else column.cast(field.type)


def _numbered(rows: pa.RecordBatch, first_n: int) -> pa.RecordBatch:
    numbers = np.arange(first_n, first_n + rows.num_rows, dtype=np.uint64)
    if np.array_equal(rows.column(0).to_numpy(), numbers):
        return rows
    return rows.set_column(0, SCHEMA.field(0), pa.array(numbers))


def _doubted(rows: pa.RecordBatch, text: str) -> pa.RecordBatch:
    """The same rows with one more anomaly each."""
    column = rows.column("anomalies")
    lengths = column.value_lengths().fill_null(0).to_numpy()
    ends = np.cumsum(lengths)
    texts = pa.concat_arrays([column.flatten(), pa.array([text], pa.utf8())])
    taken = np.insert(np.arange(len(texts) - 1), ends, len(texts) - 1)
    offsets = np.append(ends - lengths + np.arange(len(column)), len(taken)).astype(np.int32)
    made = pa.ListArray.from_arrays(offsets, texts.take(pa.array(taken)))
    return rows.set_column(SCHEMA.get_field_index("anomalies"), SCHEMA.field("anomalies"), made)


def _damaged(rows: pa.RecordBatch, text: str) -> pa.RecordBatch:
    """Events in place of rows."""
    count = rows.num_rows
    of_all = {"node": "file", "direction": "in", "kind": "event", "name": DAMAGED}
    nothing = np.zeros(count, np.int64)
    columns: dict[str, pa.Array] = {
        name: pa.DictionaryArray.from_arrays(pa.array(nothing.astype(np.int32)), [word])
        for name, word in of_all.items()
    }
    times = rows.column("time_ns")
    columns["n"] = pa.array(nothing.astype(np.uint64))
    columns["time_ns"] = times if times.type == pa.int64() and not times.null_count else pa.array(nothing)
    columns["size"] = pa.array(nothing)
    one = pa.array([text.encode()], pa.binary_view())
    view, *heap = one.buffers()[1:]
    frames = pa.Array.from_buffers(pa.binary_view(), count, [None, pa.py_buffer(view.to_pybytes() * count), *heap])
    columns["frames"] = pa.ListArray.from_arrays(np.arange(count + 1, dtype=np.int32), frames)
    return pa.RecordBatch.from_arrays(
        [columns.get(field.name, pa.nulls(count, field.type)) for field in SCHEMA], schema=SCHEMA
    )


def is_damaged(rows: pa.RecordBatch) -> bool:
    """Whether rows are events in place of such that could not be read."""
    first = rows.slice(0, 1)
    return [first.column(name).to_pylist() for name in ("name", "kind")] == [[DAMAGED], ["event"]]


def first_line(error: BaseException) -> str:
    """What is wrong, in a line; Arrow adds where in its code."""
    return str(error).partition("\n")[0].replace("Invalid: ", "") or type(error).__name__
