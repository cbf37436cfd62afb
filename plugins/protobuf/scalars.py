"""How the scalar types of Protobuf read: from the number on the wire to text."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.descriptor import FieldDescriptor as F

from .wire import FIXED32, FIXED64, VARINT


@dataclass(frozen=True)
class Scalar:
    """A scalar type: its wire type, its kind in the tree, and how its number reads."""

    wire_type: int
    kind: str
    text: Callable[[int], str]


def signed64(value: int) -> str:
    """Two's complement of 64 bits."""
    return str(value - (1 << 64) if value >= 1 << 63 else value)


def signed32(value: int) -> str:
    """Two's complement of the low 32 bits."""
    value &= 0xFFFF_FFFF
    return str(value - (1 << 32) if value >= 1 << 31 else value)


def zigzag(value: int) -> str:
    """0, -1, 1, -2, 2 ..."""
    return str((value >> 1) ^ -(value & 1))


def float32(value: int) -> str:
    """The shortest text that names this float and no other."""
    real = struct.unpack("<f", struct.pack("<I", value))[0]
    for digits in (6, 7, 8):
        text = f"{real:.{digits}g}"
        try:
            if struct.pack("<f", float(text)) == struct.pack("<f", real):
                return _real(text)
        except OverflowError:  # rounded up beyond the largest
            continue
    return _real(f"{real:.9g}")


def float64(value: int) -> str:
    """The shortest text that names this double and no other."""
    return repr(struct.unpack("<d", struct.pack("<Q", value))[0])


def _real(text: str) -> str:
    return f"{text}.0" if text.lstrip("-").isdigit() else text


SCALARS = {
    F.TYPE_INT64: Scalar(VARINT, "number", signed64),
    F.TYPE_UINT64: Scalar(VARINT, "number", str),
    F.TYPE_INT32: Scalar(VARINT, "number", signed32),
    F.TYPE_UINT32: Scalar(VARINT, "number", lambda value: str(value & 0xFFFF_FFFF)),
    F.TYPE_SINT32: Scalar(VARINT, "number", lambda value: zigzag(value & 0xFFFF_FFFF)),
    F.TYPE_SINT64: Scalar(VARINT, "number", zigzag),
    F.TYPE_BOOL: Scalar(VARINT, "bool", lambda value: "true" if value else "false"),
    F.TYPE_FIXED32: Scalar(FIXED32, "number", str),
    F.TYPE_FIXED64: Scalar(FIXED64, "number", str),
    F.TYPE_SFIXED32: Scalar(FIXED32, "number", signed32),
    F.TYPE_SFIXED64: Scalar(FIXED64, "number", signed64),
    F.TYPE_FLOAT: Scalar(FIXED32, "number", float32),
    F.TYPE_DOUBLE: Scalar(FIXED64, "number", float64),
}
