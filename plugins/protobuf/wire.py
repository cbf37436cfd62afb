"""Protobuf's wire format, read with limits: nothing is believed that the bytes do not hold.

https://protobuf.dev/programming-guides/encoding: a record is a varint tag (number << 3 | type), then a varint, 8 bytes,
a length and that many bytes, a group, or 4 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from zinspector.decode.api import DecodeError

VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = range(6)
LARGEST_NUMBER = (1 << 29) - 1
MOST_NESTING = 100


class Record(NamedTuple):
    """A field on the wire: bytes [start, end), its payload [value_start, end), and the number of a varint."""

    number: int
    type: int
    start: int
    value_start: int
    end: int
    value: int


def varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """A varint and the position after it. Raises DecodeError."""
    value = shift = 0
    while position < end:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, position
        shift += 7
        if shift >= 70:
            raise DecodeError("a varint of more than 10 bytes", position)
    raise DecodeError("the bytes end inside a varint", position)


def records(data: bytes, start: int, end: int) -> Iterator[Record]:
    """The fields in data[start:end], groups as one record. Raises DecodeError where the bytes make no sense."""
    position = start
    while position < end:
        yield (record := _record(data, position, end, 0))
        position = record.end


def group_end(record: Record) -> int:
    """Where the content of a group ends, before its end tag."""
    tag_size = record.value_start - record.start
    return record.end - tag_size


def _record(data: bytes, start: int, end: int, depth: int) -> Record:
    tag, position = varint(data, start, end)
    number, kind = tag >> 3, tag & 7
    if not 1 <= number <= LARGEST_NUMBER:
        raise DecodeError(f"field number {number} is not allowed", start)
    if kind == VARINT:
        value, after = varint(data, position, end)
        return Record(number, kind, start, position, after, value)
    if kind in (FIXED64, FIXED32):
        after = position + (8 if kind == FIXED64 else 4)
        if after > end:
            raise DecodeError("the bytes end inside a fixed number", position)
        return Record(number, kind, start, position, after, int.from_bytes(data[position:after], "little"))
    if kind == BYTES:
        length, position = varint(data, position, end)
        if length > end - position:
            raise DecodeError(f"a length of {length} where {end - position} bytes are left", position)
        return Record(number, kind, start, position, position + length, length)
    if kind == GROUP:
        return _group(data, Record(number, kind, start, position, position, 0), end, depth)
    raise DecodeError(f"wire type {kind} does not exist here", start)


def _group(data: bytes, record: Record, end: int, depth: int) -> Record:
    if depth >= MOST_NESTING:
        raise DecodeError(f"groups nested more than {MOST_NESTING} deep", record.start)
    position = record.value_start
    while position < end:
        tag, after = varint(data, position, end)
        if tag & 7 == END_GROUP:
            if tag >> 3 != record.number:
                raise DecodeError("a group is closed by another number", position)
            return record._replace(end=after)
        position = _record(data, position, end, depth + 1).end
    raise DecodeError("a group that is never closed", record.start)
