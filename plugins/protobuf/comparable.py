"""A message as plain data to compare with: quickly, for many of them.

It is Protobuf's JSON mapping with the names of the schema, but 64-bit numbers are numbers, and fields that can't tell
whether they were set are there when they are 0, empty or false.
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict, SerializeToJsonError
from google.protobuf.message import Message

Convert = Callable[[Any], Any]

SHORTEST, LONGEST = 6, 9  # digits of a float32


def comparable(message: Message) -> dict[str, Any]:
    """The fields by name."""
    data = {}
    for name, presence, convert in _fields(message.DESCRIPTOR):
        if not presence or message.HasField(name):
            value = getattr(message, name)
            data[name] = value if convert is None else convert(value)
    return data


@lru_cache(maxsize=1024)
def _fields(kind: Descriptor) -> list[tuple[str, bool, Convert | None]]:
    return [(field.name, field.has_presence, _converter(field)) for field in kind.fields]


def _converter(field: FieldDescriptor) -> Convert | None:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        value = _converter(field.message_type.fields_by_name["value"]) or _same
        return lambda pairs: {_key(key): value(pairs[key]) for key in pairs}
    one = _one(field)
    if field.is_repeated:
        return list if one is None else lambda values: [one(value) for value in values]
    return one


def _one(field: FieldDescriptor) -> Convert | None:
    if field.message_type is not None:
        return _well_known if field.message_type.full_name.startswith("google.protobuf.") else comparable
    if field.enum_type is not None:
        names = {number: value.name for number, value in field.enum_type.values_by_number.items()}
        return lambda number: names.get(number, number)
    converters: dict[int, Convert] = {
        FieldDescriptor.TYPE_BYTES: _base64,
        FieldDescriptor.TYPE_DOUBLE: _finite,
        FieldDescriptor.TYPE_FLOAT: _short,
    }
    return converters.get(field.type)


def _well_known(message: Message) -> Any:
    """Times, wrappers, structs and so on have a mapping of their own."""
    try:
        return MessageToDict(message, preserving_proto_field_name=True)
    except (SerializeToJsonError, TypeError, ValueError, KeyError):
        return None


def _same(value: Any) -> Any:
    return value


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _finite(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _short(value: float) -> float | str:
    """The shortest number that is the same float32."""
    if not math.isfinite(value):
        return _finite(value)
    packed = struct.pack("<f", value)
    for digits in range(SHORTEST, LONGEST):
        short = float(f"{value:.{digits}g}")
        if abs(short) < 3.4e38 and struct.pack("<f", short) == packed:
            return short
    return float(f"{value:.{LONGEST}g}")
