"""Protobuf without a schema: numbers and wire types, and for bytes the most likely reading.

A field of bytes is text if it is printable UTF-8, a message if it reads as one, and bytes otherwise. Depth and the
number of values are bounded, since the wrong guess on hostile bytes could grow without end.
"""

from __future__ import annotations

import struct
from typing import Any

from zinspector.decode.api import Decoded, DecodeError, Value, visible

from .wire import BYTES, FIXED32, FIXED64, GROUP, VARINT, Record, group_end, records

MOST_DEPTH = 32
MOST_VALUES = 10_000
MOST_GUESSED = 64 << 10
TEXT_CHARS = 10_000
LARGEST_LIKELY_NUMBER = 1 << 16


def looks_like_protobuf(data: bytes) -> bool:
    """Whether the bytes read as a message to their last byte, with likely field numbers."""
    if not 2 <= len(data) <= MOST_GUESSED:
        return False
    try:
        return all(record.number < LARGEST_LIKELY_NUMBER for record in records(data, 0, len(data)))
    except DecodeError:
        return False


def guess(data: bytes) -> Decoded:
    """The message as numbered fields. Raises DecodeError."""
    reader = _Reader(data)
    values = reader.fields(0, len(data), 0)
    notes: tuple[str, ...] = ("guessed without a schema: choose one with Decode as…",)
    if reader.left <= 0:
        notes += (f"only the first {MOST_VALUES:,} values are shown",)
    summary = " ".join(f"{value.name}: {value.text}" for value in values[:20])
    return Decoded("protobuf", visible(f"{{ {summary} }}", 300), values, _plain(values), notes)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = MOST_VALUES

    def fields(self, start: int, end: int, depth: int) -> tuple[Value, ...]:
        found = []
        for record in records(self.data, start, end):
            self.left -= 1
            if self.left <= 0:
                break
            found.append(self._value(record, depth))
        return tuple(found)

    def _value(self, record: Record, depth: int) -> Value:
        name, where = str(record.number), (record.start, record.end)
        if record.type == VARINT:
            return Value(name, str(record.value), "number", *where)
        if record.type in (FIXED64, FIXED32):
            raw = self.data[record.value_start : record.end]
            real = struct.unpack("<d" if record.type == FIXED64 else "<f", raw)[0]
            return Value(name, f"{real:g}" if 1e-9 < abs(real) < 1e15 else str(record.value), "number", *where)
        inside = group_end(record) if record.type == GROUP else record.end
        raw = self.data[record.value_start : inside]
        if record.type == BYTES and (text := _text(raw)) is not None:
            return Value(name, f'"{visible(text, TEXT_CHARS)}"', "string", *where)
        if depth < MOST_DEPTH and raw:
            try:
                children = self.fields(record.value_start, inside, depth + 1)
                return Value(name, f"{{{len(children)}}}", "object", *where, children)
            except DecodeError:
                pass
        return Value(name, f"{raw[:32].hex(' ')}{' …' if len(raw) > 32 else ''}", "bytes", *where)


def _text(raw: bytes) -> str | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(char.isprintable() or char in "\r\n\t" for char in text) else None


def _plain(values: tuple[Value, ...]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for value in values:
        made = _plain(value.children) if value.kind == "object" else value.text.strip('"')
        if value.name not in plain:
            plain[value.name] = made
        elif isinstance(plain[value.name], list):
            plain[value.name].append(made)
        else:
            plain[value.name] = [plain[value.name], made]
    return plain
