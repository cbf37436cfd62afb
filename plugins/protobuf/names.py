"""The names that a schema gives to field numbers, prepared once per message type."""

from __future__ import annotations

from dataclasses import dataclass, replace

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool

from .scalars import SCALARS, Scalar, signed32
from .wire import VARINT


@dataclass(frozen=True)
class Field:
    """A field of a message type. One of `scalar`, `message` and `is_text` says what it holds; none: bytes.

    `default_key` is the key of a map's entry that is not on the wire.
    """

    name: str
    is_repeated: bool = False
    scalar: Scalar | None = None
    message: Descriptor | None = None
    is_map: bool = False
    is_text: bool = False
    default_key: str = ""


class Names:
    """What a pool of descriptors says about field numbers."""

    def __init__(self, pool: DescriptorPool) -> None:
        self._pool = pool
        self._fields: dict[str, dict[int, Field]] = {}

    def fields(self, kind: Descriptor) -> dict[int, Field]:
        """The fields of a message type by number."""
        name: str = kind.full_name
        if name not in self._fields:
            self._fields[name] = {field.number: _field(field) for field in kind.fields}
        return self._fields[name]

    def extension(self, kind: Descriptor, number: int) -> Field | None:
        """The extension of a message type that has this number."""
        try:
            found = self._pool.FindExtensionByNumber(kind, number)
        except KeyError:
            return None
        return replace(_field(found), name=f"[{found.full_name}]")

    def message(self, name: str) -> Descriptor | None:
        """The message type of that full name."""
        try:
            return self._pool.FindMessageTypeByName(name)
        except KeyError:
            return None


def _field(field: FieldDescriptor) -> Field:
    scalar = SCALARS.get(field.type)
    if field.enum_type is not None:
        scalar = _enum(field.enum_type)
    message = field.message_type
    is_map = message is not None and message.GetOptions().map_entry
    return Field(
        field.name,
        field.is_repeated,
        scalar,
        message,
        is_map,
        field.type == FieldDescriptor.TYPE_STRING,
        _default_key(message.fields_by_name["key"]) if is_map else "",
    )


def _default_key(key: FieldDescriptor) -> str:
    if key.type == FieldDescriptor.TYPE_STRING:
        return '""'
    return SCALARS[key.type].text(0)


def _enum(kind: EnumDescriptor) -> Scalar:
    names: dict[str, str] = {signed32(number): value.name for number, value in kind.values_by_number.items()}

    def text(value: int) -> str:
        number = signed32(value)
        return names.get(number, number)

    return Scalar(VARINT, "enum", text)
