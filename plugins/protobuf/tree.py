"""The fields of a message by name, each with its bytes: the schema's names over the wire's records."""

from __future__ import annotations

import struct
from collections.abc import Callable

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool

from zinspector.decode.api import DecodeError, Value, visible

from .wire import BYTES, FIXED32, FIXED64, GROUP, VARINT, Record, group_end, records, varint

MOST_DEPTH = 100
MOST_VALUES = 10_000
TEXT_CHARS = 10_000
SHOWN_BYTES = 32

F = FieldDescriptor


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _int32(value: int) -> int:
    value &= 0xFFFF_FFFF
    return value - (1 << 32) if value >= 1 << 31 else value


NUMBERS: dict[int, Callable[[int], object]] = {
    F.TYPE_INT64: _signed,
    F.TYPE_UINT64: int,
    F.TYPE_INT32: _int32,
    F.TYPE_UINT32: lambda value: value & 0xFFFF_FFFF,
    F.TYPE_SINT32: _zigzag,
    F.TYPE_SINT64: _zigzag,
    F.TYPE_BOOL: lambda value: "true" if value else "false",
    F.TYPE_FIXED32: int,
    F.TYPE_FIXED64: int,
    F.TYPE_SFIXED32: _int32,
    F.TYPE_SFIXED64: _signed,
    F.TYPE_FLOAT: lambda value: f"{struct.unpack('<f', value.to_bytes(4, 'little'))[0]:.7g}",
    F.TYPE_DOUBLE: lambda value: repr(struct.unpack("<d", value.to_bytes(8, "little"))[0]),
}
FIXED_SIZES = {F.TYPE_FIXED32: 4, F.TYPE_SFIXED32: 4, F.TYPE_FLOAT: 4}
FIXED_SIZES |= {F.TYPE_FIXED64: 8, F.TYPE_SFIXED64: 8, F.TYPE_DOUBLE: 8}


class Tree:
    """Reads one frame. `notes` says what was left out."""

    def __init__(self, data: bytes, pool: DescriptorPool) -> None:
        self._data = data
        self._pool = pool
        self._left = MOST_VALUES
        self.notes: list[str] = []

    def message(self, descriptor: Descriptor, start: int, end: int, depth: int = 0) -> tuple[Value, ...]:
        """The fields in [start, end). Raises DecodeError."""
        found: list[Value] = []
        counts: dict[int, int] = {}
        any_type = ""
        for record in records(self._data, start, end):
            if self._left <= 0:
                self._note(f"only the first {MOST_VALUES:,} values are shown")
                break
            field = descriptor.fields_by_number.get(record.number)
            if field is None:
                found.append(self._unknown(record))
                continue
            values = self._field(field, record, counts.get(record.number, 0), depth, any_type)
            if descriptor.full_name == "google.protobuf.Any" and field.name == "type_url":
                any_type = values[0].text.strip('"').rpartition("/")[2]
            counts[record.number] = counts.get(record.number, 0) + len(values)
            found += values
        return tuple(found)

    def summary(self, values: tuple[Value, ...], limit: int) -> str:
        """`symbol: "ACME" bid: 101.25`, up to about `limit` characters."""
        parts: list[str] = []
        length = 0
        for value in values:
            inner = f"{{ {self.summary(value.children, limit - length)} }}" if value.children else value.text
            parts.append(f"{value.name}: {inner}")
            length += len(parts[-1])
            if length > limit:
                break
        return " ".join(parts)

    def _field(self, field: FieldDescriptor, record: Record, index: int, depth: int, any_type: str) -> list[Value]:
        name = f"{field.name}[{index}]" if field.is_repeated and not _is_map(field) else field.name
        if record.type == BYTES and field.is_repeated and field.type in (*NUMBERS, F.TYPE_ENUM):
            return self._packed(field, record, index)
        self._left -= 1
        where = record.start, record.end
        if field.type in (F.TYPE_MESSAGE, F.TYPE_GROUP) and record.type in (BYTES, GROUP):
            inside = group_end(record) if record.type == GROUP else record.end
            return [self._nested(name, field.message_type, (record.value_start, inside), where, depth)]
        if record.type == BYTES and field.type in (F.TYPE_STRING, F.TYPE_BYTES):
            known = self._any(any_type) if field.containing_type.full_name == "google.protobuf.Any" else None
            if known is not None:
                return [self._nested(name, known, (record.value_start, record.end), where, depth)]
            return [self._leaf(name, field, self._data[record.value_start : record.end], where)]
        if record.type in (VARINT, FIXED32, FIXED64) and field.type in (*NUMBERS, F.TYPE_ENUM):
            return [_number(name, field, record.value, where)]
        return [self._unknown(record)]

    def _nested(
        self, name: str, kind: Descriptor, inside: tuple[int, int], where: tuple[int, int], depth: int
    ) -> Value:
        if depth >= MOST_DEPTH:
            raise DecodeError(f"nested more than {MOST_DEPTH} deep", where[0])
        children = self.message(kind, *inside, depth + 1)
        return Value(name, visible(kind.name), "object", *where, children)

    def _leaf(self, name: str, field: FieldDescriptor, raw: bytes, where: tuple[int, int]) -> Value:
        if field.type == F.TYPE_STRING:
            text = visible(raw.decode("utf-8", "backslashreplace"), TEXT_CHARS)
            return Value(name, f'"{text}"', "string", *where)
        shown = f"{raw[:SHOWN_BYTES].hex(' ')}{' …' if len(raw) > SHOWN_BYTES else ''}"
        return Value(name, f"{len(raw)} B  {shown}", "bytes", *where)

    def _packed(self, field: FieldDescriptor, record: Record, index: int) -> list[Value]:
        values: list[Value] = []
        position = record.value_start
        size = FIXED_SIZES.get(field.type)
        while position < record.end and self._left > 0:
            if size is None:
                number, after = varint(self._data, position, record.end)
            else:
                after = position + size
                if after > record.end:
                    raise DecodeError("a packed field ends inside a number", position)
                number = int.from_bytes(self._data[position:after], "little")
            values.append(_number(f"{field.name}[{index + len(values)}]", field, number, (position, after)))
            self._left -= 1
            position = after
        return values

    def _unknown(self, record: Record) -> Value:
        self._left -= 1
        self._note("fields that the schema does not know are shown by number")
        if record.type in (VARINT, FIXED32, FIXED64):
            return Value(str(record.number), str(record.value), "number", record.start, record.end)
        raw = self._data[record.value_start : min(record.end, record.value_start + SHOWN_BYTES)]
        return Value(str(record.number), raw.hex(" "), "bytes", record.start, record.end)

    def _any(self, name: str) -> Descriptor | None:
        try:
            return self._pool.FindMessageTypeByName(name)
        except KeyError:
            return None

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _number(name: str, field: FieldDescriptor, number: int, where: tuple[int, int]) -> Value:
    if field.type == F.TYPE_ENUM:
        signed = _int32(number)
        known = field.enum_type.values_by_number.get(signed)
        return Value(name, known.name if known is not None else str(signed), "enum", *where)
    kind = "bool" if field.type == F.TYPE_BOOL else "number"
    return Value(name, str(NUMBERS[field.type](number)), kind, *where)


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry
