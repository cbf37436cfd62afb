"""A frame's fields, each with its bytes: the schema's names over the wire's records, numbers where there are none.

The tree follows the wire, not the message: a field that is there twice is shown twice. It is bounded in values and in
depth, whatever the bytes say.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from google.protobuf.descriptor import Descriptor

from zinspector.decode.api import DecodeError, Value, visible

from .guess import likely_message, likely_text, number_text
from .names import Field, Names
from .scalars import Scalar
from .wire import BYTES, END_GROUP, FIXED32, FIXED64, GROUP, Record, record, varint

MOST_DEPTH = 100  # Google's parser gives up there too
MOST_GUESSED_DEPTH = 32
TEXT_CHARS = 10_000
SHOWN_BYTES = 32
SHOWN_ITEMS = 8
SIZES = {FIXED32: 4, FIXED64: 8}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tree:
    """Reads one frame, up to `most` values. `notes` says what was left out."""

    def __init__(self, data: bytes, names: Names | None, most: int) -> None:
        self._data = data
        self._names = names
        self._most = self._left = most
        self.notes: dict[str, None] = {}

    def read(self, kind: Descriptor | None) -> tuple[Value, ...]:
        """The fields of the whole frame. Raises DecodeError."""
        return self._fields(kind, 0, len(self._data), 0, 0)[0]

    def _fields(
        self, kind: Descriptor | None, start: int, end: int, depth: int, group: int
    ) -> tuple[tuple[Value, ...], int]:
        """The fields from `start` to `end`, or to the end of the `group`; and the position after them."""
        if depth > (MOST_GUESSED_DEPTH if kind is None else MOST_DEPTH):
            raise DecodeError(f"nested more than {depth - 1} deep", start)
        known = self._names.fields(kind) if self._names is not None and kind is not None else {}
        found: list[Value] = []
        counts: dict[int, int] = {}
        position = start
        while position < end:
            if self._left <= 0:
                self.notes[f"only the first {self._most:,} values are shown"] = None
                return tuple(found), position
            item = record(self._data, position, end)
            position = item.end
            if item.type == END_GROUP:
                if item.number != group:
                    raise DecodeError(f"the end of a group {item.number} that was not begun", item.start)
                return tuple(found), position
            self._left -= 1
            field = known.get(item.number) or self._extension(kind, item.number)
            index = counts.get(item.number, 0)
            value = self._group(field, item, end, depth, index) if item.type == GROUP else None
            if value is not None:
                position = value.end
            elif field is None:
                value = self._unknown(item, depth)
            else:
                value = self._known(field, item, depth, index, found)
            counts[item.number] = index + (len(value.children) if value.kind == "array" else 1)
            found.append(value)
        if group:
            raise DecodeError(f"the group {group} is never ended", start)
        return tuple(found), end

    def _known(self, field: Field, item: Record, depth: int, index: int, before: list[Value]) -> Value:
        """A field that the schema knows; one of another wire type than it should have is as good as unknown."""
        name = f"{field.name}[{index}]" if field.is_repeated else field.name
        if (scalar := field.scalar) is not None:
            if item.type == scalar.wire_type:
                return Value(name, scalar.text(item.value), scalar.kind, item.start, item.end)
            if item.type == BYTES and field.is_repeated:
                return self._packed(field.name, scalar, item, index)
        elif item.type == BYTES:
            raw = self._data[item.value_start : item.end]
            if field.is_text:
                text = visible(raw.decode("utf-8", "backslashreplace"), TEXT_CHARS)
                return Value(name, f'"{text}"', "string", item.start, item.end)
            if field.message is not None:
                return self._message(field, name, item, depth)
            return self._any(name, item, depth, before) or self._bytes(name, item, raw, depth)
        return self._unknown(item, depth)

    def _message(self, field: Field, name: str, item: Record, depth: int) -> Value:
        kind = field.message
        assert kind is not None
        children, _ = self._fields(kind, item.value_start, item.end, depth + 1, 0)
        text, colour = visible(kind.name), "object"
        if field.is_map:
            parts = {child.name: child for child in children}
            key = parts["key"].text if "key" in parts else field.default_key
            name = f"{field.name}[{key}]"
            text, colour = (parts["value"].text, parts["value"].kind) if "value" in parts else ("", "object")
        elif kind.full_name == "google.protobuf.Timestamp":
            text, colour = _moment(children), "time"
        return Value(name, text, colour, item.start, item.end, children)

    def _group(self, field: Field | None, item: Record, end: int, depth: int, index: int) -> Value:
        kind = field.message if field is not None else None
        children, after = self._fields(kind, item.value_start, end, depth + 1, item.number)
        name = str(item.number) if field is None else f"{field.name}[{index}]" if field.is_repeated else field.name
        return Value(name, visible(kind.name) if kind is not None else "", "object", item.start, after, children)

    def _packed(self, name: str, scalar: Scalar, item: Record, index: int) -> Value:
        children: list[Value] = []
        position, size = item.value_start, SIZES.get(scalar.wire_type)
        while position < item.end:
            if self._left <= 0:
                self.notes[f"only the first {self._most:,} values are shown"] = None
                break
            self._left -= 1
            start = position
            if size is None:
                number, position = varint(self._data, start, item.end)
            else:
                position = start + size
                if position > item.end:
                    raise DecodeError("a packed field ends inside a number", start)
                number = int.from_bytes(self._data[start:position], "little")
            children.append(Value(f"[{index + len(children)}]", scalar.text(number), scalar.kind, start, position))
        shown = ", ".join(child.text for child in children[:SHOWN_ITEMS])
        text = f"[{shown}, …]" if len(children) > SHOWN_ITEMS else f"[{shown}]"
        return Value(name, text, "array", item.start, item.end, tuple(children))

    def _unknown(self, item: Record, depth: int) -> Value:
        if self._names is not None:
            self.notes["fields that the schema doesn't know are shown by number"] = None
        name = str(item.number)
        if item.type != BYTES:
            return Value(name, number_text(item.type, item.value), "number", item.start, item.end)
        raw = self._data[item.value_start : item.end]
        if (text := likely_text(raw)) is not None:
            return Value(name, f'"{visible(text, TEXT_CHARS)}"', "string", item.start, item.end)
        return self._bytes(name, item, raw, depth)

    def _bytes(self, name: str, item: Record, raw: bytes, depth: int) -> Value:
        """Bytes, or the message that they seem to be."""
        if depth < MOST_GUESSED_DEPTH and likely_message(self._data, item.value_start, item.end):
            try:
                children, _ = self._fields(None, item.value_start, item.end, depth + 1, 0)
                return Value(name, f"{len(raw):,} B, perhaps a message", "object", item.start, item.end, children)
            except DecodeError:
                pass  # it only seemed so
        shown = f"{len(raw):,} B  {raw[:SHOWN_BYTES].hex(' ')}{' …' if len(raw) > SHOWN_BYTES else ''}"
        return Value(name, shown.rstrip(), "bytes", item.start, item.end)

    def _any(self, name: str, item: Record, depth: int, before: list[Value]) -> Value | None:
        """The value of an Any, when the field before it says its type and the schema has that."""
        if self._names is None or not before or before[-1].name != "type_url":
            return None
        kind = self._names.message(before[-1].text.strip('"').rpartition("/")[2])
        if kind is None:
            return None
        try:
            return self._message(Field(name, message=kind), name, item, depth)
        except DecodeError:
            return None

    def _extension(self, kind: Descriptor | None, number: int) -> Field | None:
        if self._names is None or kind is None or not kind.is_extendable:
            return None
        return self._names.extension(kind, number)


def summary(values: tuple[Value, ...], limit: int) -> str:
    """`symbol: "ACME" bid: 101.25`, up to about `limit` characters."""
    parts: list[str] = []
    length = 0
    for value in values:
        if value.kind == "object" and value.children:
            parts.append(f"{value.name} {{ {summary(value.children, limit - length)} }}")
        else:
            parts.append(f"{value.name}: {value.text}")
        length += len(parts[-1]) + 1
        if length > limit:
            break
    return " ".join(parts)


def _moment(children: tuple[Value, ...]) -> str:
    parts = {child.name: int(child.text) for child in children if child.text.lstrip("-").isdigit()}
    try:
        whole = EPOCH + timedelta(seconds=parts.get("seconds", 0))
    except OverflowError:
        return "beyond the year 9999"
    nanos = parts.get("nanos", 0)
    return f"{whole:%Y-%m-%dT%H:%M:%S}" + (f".{nanos:09d}".rstrip("0") if 0 < nanos < 10**9 else "") + "Z"
