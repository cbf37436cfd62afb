"""Protobuf's wire format, read with limits: nothing is believed that the bytes do not hold.

https://protobuf.dev/programming-guides/encoding: a record is a varint tag (number << 3 | type), then a varint, 8 bytes,
a length and that many bytes, or 4 bytes. A group is the records between a start and an end tag of the same number.
"""

from __future__ import annotations

from typing import NamedTuple

from zinspector.decode.api import DecodeError

VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = range(6)
LARGEST_NUMBER = (1 << 29) - 1
MASK_64 = (1 << 64) - 1


class Record(NamedTuple):
    """A field on the wire: bytes [start, end), its payload [value_start, end), and its number if it is one.

    Of a group it is only the tag that starts it, or that ends it.
    """

    number: int
    type: int
    start: int
    value_start: int
    end: int
    value: int


def varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """A varint and the position after it. Raises DecodeError."""
    value = shift = 0
    for at in range(position, min(end, position + 10)):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & MASK_64, at + 1
        shift += 7
    if end - position >= 10:
        raise DecodeError("a varint of more than 10 bytes", position)
    raise DecodeError("the bytes end inside a varint", position)


def record(data: bytes, start: int, end: int) -> Record:
    """The record at `start`. Raises DecodeError where the bytes make no sense."""
    tag, position = varint(data, start, end)
    number, kind = tag >> 3, tag & 7
    if not 1 <= number <= LARGEST_NUMBER:
        raise DecodeError(f"field number {number} is not allowed", start)
    if kind == VARINT:
        value, after = varint(data, position, end)
        return Record(number, kind, start, position, after, value)
    if kind == BYTES:
        length, position = varint(data, position, end)
        if length > end - position:
            raise DecodeError(f"a length of {length:,} where {end - position:,} bytes are left", start)
        return Record(number, kind, start, position, position + length, 0)
    if kind in (FIXED64, FIXED32):
        after = position + (8 if kind == FIXED64 else 4)
        if after > end:
            raise DecodeError("the bytes end inside a number", start)
        return Record(number, kind, start, position, after, int.from_bytes(data[position:after], "little"))
    if kind in (GROUP, END_GROUP):
        return Record(number, kind, start, position, position, 0)
    raise DecodeError(f"there is no wire type {kind}", start)
