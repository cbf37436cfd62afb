"""Rows from Protobuf: many at once, as columns.

Each row is read with a cursor of its own, and all cursors move together, from field to field in the order in which
`rowproto.packed` and Protobuf itself write them. A row that goes on with anything else is for Protobuf itself.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers
from zinspector.capture.formats.rowproto import FIELDS, OPTIONAL, key
from zinspector.capture.masks import Mask
from zinspector.capture.schema import SCHEMA, WORDS

LONGEST: Final = 10  # bytes of a number
FEW: Final = 64  # values of a field that may be repeated in any row
PADDING: Final = bytes(LONGEST + 1)


class _OddError(ValueError):
    """Rows that have to be read one by one."""


def unpacked(rows: pa.Array) -> pa.RecordBatch | None:
    """The rows, with the numbers that they say; None where they have to be read one by one."""
    cursors, made = _Cursors(rows), dict[str, pa.Array]()
    try:
        for field in SCHEMA:
            number = FIELDS[field.name]
            if field.name in WORDS:
                made[field.name] = _words(cursors.texts(number, optional=field.name in OPTIONAL))
            elif pa.types.is_list(field.type):
                made[field.name] = _lists(cursors, number, field)
            else:
                there, values = cursors.numbers(number)
                missing = ~there if field.name in OPTIONAL else None
                made[field.name] = pa.array(values, mask=missing).cast(field.type, safe=False)
        cursors.texts(FIELDS["topic"], optional=False)
        cursors.end()
        return pa.RecordBatch.from_arrays([made[name] for name in SCHEMA.names], schema=SCHEMA)
    except (_OddError, pa.ArrowException):
        return None


class _Cursors:
    """Where each row is read next."""

    def __init__(self, rows: pa.Array) -> None:
        self.data = np.frombuffer(bytes(columns.data_of(rows)) + PADDING, np.uint8)
        bounds = columns.ends_of(rows) - columns.ends_of(rows)[0]
        self._at, self._ends = bounds[:-1].copy(), bounds[1:]

    def numbers(self, field: int) -> tuple[Mask, npt.NDArray[Any]]:
        """Which rows have the field, and its values; 0 where it isn't there."""
        there = self._have(key(field, 0))
        values = np.zeros(len(there), np.int64)
        rows = np.flatnonzero(there)
        values[rows] = self._varints(rows)
        return there, values

    def texts(self, field: int, *, optional: bool) -> pa.Array:
        """The bytes of the field; none, or null where it is `optional`, where it isn't there."""
        there = self._have(key(field, 2))
        starts = self._at.copy()
        rows = np.flatnonzero(there)
        starts[rows] = self._lengths(rows)
        return columns.between(self.data, starts, self._at, there if optional else None)

    def repeated(self, field: int, wire: int) -> tuple[Numbers, Numbers, Numbers]:
        """How often each row has the field; the values, or where they begin; and where they end."""
        counts = np.zeros(len(self._at), np.int64)
        found: list[tuple[Numbers, Numbers, Numbers]] = []
        rows = np.flatnonzero(self._have(key(field, wire)))
        while len(rows):
            if len(found) > max(FEW, len(counts)):
                raise _OddError
            values = self._lengths(rows) if wire else self._varints(rows)
            found.append((rows, values, self._at[rows]))
            counts[rows] += 1
            rows = rows[self._have(key(field, wire))[rows]]
        if not found:
            return counts, np.zeros(0, np.int64), np.zeros(0, np.int64)
        every, values, ends = map(np.concatenate, zip(*found, strict=True))
        order = np.argsort(every, kind="stable")
        return counts, values[order], ends[order]

    def end(self) -> None:
        """Be done. Raises _OddError where there is more of a row."""
        if (self._at != self._ends).any():
            raise _OddError

    def _have(self, wanted: bytes) -> Mask:
        found: Mask = (self._at < self._ends) & (self.data[self._at] == wanted[0])
        return found

    def _lengths(self, rows: Numbers) -> Numbers:
        """Go on behind the bytes of a field; where they begin."""
        sizes = self._varints(rows)
        starts: Numbers = self._at[rows]
        if ((sizes < 0) | (sizes > self._ends[rows] - starts)).any():
            raise _OddError
        self._at[rows] += sizes
        return starts

    def _varints(self, rows: Numbers) -> Numbers:
        """Go on behind the key and the number of a field."""
        at = self._at[rows] + 1
        values, going = np.zeros(len(rows), np.uint64), np.ones(len(rows), np.bool_)
        sizes = np.zeros(len(rows), np.int64)
        for place in range(LONGEST):
            byte = self.data[at + place]
            values[going] |= (byte[going] & np.uint8(127)).astype(np.uint64) << np.uint64(7 * place)
            sizes += going
            going &= byte > 127
            if not going.any():
                break
        self._at[rows] = at + sizes
        if going.any() or (self._at[rows] > self._ends[rows]).any():
            raise _OddError
        found: Numbers = values.view(np.int64)
        return found


def _words(texts: pa.Array) -> pa.DictionaryArray:
    found = texts.dictionary_encode()
    return pa.DictionaryArray.from_arrays(found.indices, found.dictionary.cast(pa.large_utf8()).cast(pa.utf8()))


def _lists(cursors: _Cursors, number: int, field: pa.Field) -> pa.ListArray:
    kind = field.type.value_type
    counts, values, ends = cursors.repeated(number, 0 if kind == pa.int64() else 2)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    items = pa.array(values) if kind == pa.int64() else columns.between(cursors.data, values, ends)
    items = items.cast(pa.large_utf8()).cast(kind) if kind == pa.utf8() else items.cast(kind)
    return pa.ListArray.from_arrays(offsets, items, mask=pa.array(counts == 0) if field.nullable else None)
