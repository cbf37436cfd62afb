"""Protobuf: with a schema (`protobuf(quotes.proto, market.Quote)`), or without one as numbers and guesses.

The schema is a `.proto` file or a descriptor set; the message type may be left out when the file has only one. The
value is what Google's library makes of it (Protobuf's JSON mapping, with the names of the schema); the tree, with the
bytes of every field, comes from our own bounded reader of the wire format.
"""

from __future__ import annotations

from typing import Any, ClassVar

from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import MessageToDict, SerializeToJsonError
from google.protobuf.message import DecodeError as WrongBytes
from google.protobuf.message import Message

from zinspector.decode.api import Context, Decoded, DecodeError, Schema, Value, visible

from .comparable import comparable
from .guess import likely_message
from .plain import plain
from .schema import schema
from .tree import Tree, summary

API = 1

SUMMARY_CHARS = 300
SUMMARY_VALUES = 100  # more don't fit into a summary
MOST_VALUES = 10_000
MOST_JSON_BYTES = 1 << 20
GUESSED = "guessed without a schema; a rule such as protobuf(file.proto, package.Message) names the fields"


class Protobuf:
    """One Protobuf message."""

    name: ClassVar[str] = "protobuf"

    def __init__(self, file: str = "", message: str = "") -> None:
        """`file` is the path of a schema, `message` a full name such as `market.Quote`. Raises DecodeError."""
        self._schema = schema(file) if file else None
        self._message = message
        self._generation = 0
        self._kind: Descriptor | None = None
        self._class: type[Message] = Message
        self._refresh()

    def match(self, data: bytes, context: Context) -> float:
        """Without a schema it is a guess, and less likely than text."""
        return 0.2 if self._schema is None and likely_message(data, 0, len(data)) else -1.0

    def decode(self, data: bytes, context: Context) -> Decoded:
        """The fields by name, or by number. Raises DecodeError."""
        self._refresh()
        tree, values = self._tree(data, MOST_VALUES)
        if self._schema is None:
            return Decoded(self.name, self._line(values), values, plain(values), (GUESSED, *tree.notes))
        value, notes = self._value(data, values)
        return Decoded(self.name, self._line(values), values, value, (*tree.notes, *notes))

    def summary(self, data: bytes, context: Context) -> str:
        """The first fields; a long frame is not read to its end. Raises DecodeError."""
        self._refresh()
        return self._line(self._tree(data, SUMMARY_VALUES)[1])

    def value(self, data: bytes, context: Context) -> Any:
        """The fields as a filter compares them: 64-bit numbers are numbers, and what is 0 is there. Raises DecodeError.

        A schema that changes is noticed when somebody asks for `schema()`.
        """
        if self._kind is None:
            return self.decode(data, context).value
        message = self._class()
        try:
            message.ParseFromString(data)
            return comparable(message)
        except (WrongBytes, RecursionError) as error:
            raise DecodeError(str(error)) from None

    def schema(self) -> Schema | None:
        """The message type with all that it needs; None without a schema. Raises DecodeError."""
        self._refresh()
        if self._schema is None or self._kind is None:
            return None
        return Schema("protobuf", self._kind.full_name, self._schema.descriptors)

    def _refresh(self) -> None:
        """Follow the schema when its file changes. Raises DecodeError."""
        if self._schema is not None:
            self._schema.refresh()
            if self._generation != self._schema.generation:
                self._kind, self._class = self._schema.message(self._message)
                self._generation = self._schema.generation

    def _tree(self, data: bytes, most: int) -> tuple[Tree, tuple[Value, ...]]:
        tree = Tree(data, self._schema.names if self._schema is not None else None, most)
        try:
            return tree, tree.read(self._kind)
        except DecodeError as error:
            what = self._kind.full_name if self._kind is not None else "Protobuf"
            raise DecodeError(f"not {what}: {error.reason}", error.offset) from None

    def _line(self, values: tuple[Value, ...]) -> str:
        title = f"{self._kind.full_name} " if self._kind is not None else ""
        inner = summary(values, SUMMARY_CHARS)
        return visible(f"{title}{{ {inner} }}" if inner else f"{title}{{ }}", SUMMARY_CHARS)

    def _value(self, data: bytes, values: tuple[Value, ...]) -> tuple[Any, tuple[str, ...]]:
        """The message as JSON data; where Google's library can't, that of the tree, with the reason."""
        assert self._schema is not None
        if len(data) > MOST_JSON_BYTES:
            return plain(values), ("a long frame: its value is what is shown",)
        message = self._class()
        try:
            message.ParseFromString(data)
            made = MessageToDict(message, preserving_proto_field_name=True, descriptor_pool=self._schema.pool)
        except WrongBytes as error:
            return plain(values), (f"Google's library refuses it: {error}",)
        except (SerializeToJsonError, TypeError, ValueError, RecursionError, KeyError) as error:
            return plain(values), (f"it has no JSON form: {error}",)
        if not message.IsInitialized():
            return made, (f"required fields are missing: {', '.join(message.FindInitializationErrors())}",)
        return made, ()


DECODERS = [Protobuf]
