"""Protobuf: with a schema (`protobuf(quotes.proto, market.Quote)`), or without one as field numbers and wire types.

The schema is a `.proto` file or a descriptor set; the message type may be left out when the schema has only one. Values
come from Google's library; the tree, with the bytes of every field, from our own bounded reader of the wire format.
"""

from __future__ import annotations

from typing import ClassVar

from google.protobuf.json_format import MessageToDict, SerializeToJsonError
from google.protobuf.message import DecodeError as WrongBytes

from zinspector.decode.api import Context, Decoded, DecodeError, visible

from .bare import guess, looks_like_protobuf
from .schema import Schema
from .tree import Tree

API = 1

SUMMARY_CHARS = 300


class Protobuf:
    """One Protobuf message."""

    name: ClassVar[str] = "protobuf"

    def __init__(self, schema: str = "", message: str = "") -> None:
        """`schema` is a path, `message` a full name such as `market.Quote`. Raises DecodeError."""
        self._schema = Schema(schema, message) if schema else None

    def match(self, data: bytes, context: Context) -> float:
        """Without a schema it is a guess, and a low one."""
        return 0.2 if self._schema is None and looks_like_protobuf(data) else -1.0

    def decode(self, data: bytes, context: Context) -> Decoded:
        """The fields by name, or by number. Raises DecodeError."""
        if self._schema is None:
            return guess(data)
        self._schema.refresh()
        descriptor = self._schema.descriptor
        message = self._schema.message_class()
        try:
            message.ParseFromString(data)
        except WrongBytes as error:
            raise DecodeError(f"not a {descriptor.full_name}: {str(error).rstrip('.')}") from None
        tree = Tree(data, self._schema.pool)
        values = tree.message(descriptor, 0, len(data))
        notes = tuple(tree.notes)
        try:
            plain = MessageToDict(message, preserving_proto_field_name=True, descriptor_pool=self._schema.pool)
        except (SerializeToJsonError, TypeError, ValueError, RecursionError) as error:
            plain = None
            notes = (*notes, f"no JSON form: {error}")
        summary = f"{descriptor.full_name} {{ {tree.summary(values, SUMMARY_CHARS)} }}"
        return Decoded(f"{self.name} {descriptor.full_name}", visible(summary, SUMMARY_CHARS), values, plain, notes)


DECODERS = [Protobuf]
