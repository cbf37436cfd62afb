"""Payloads that other programs can read, and the channel of each: one for a node and a topic, or for a node and who
spoke.

JSON objects go as they are, with a schema that fits what was seen first; Protobuf where a decode rule says what it is.
Everything else is only in the channel of rows, and so are channels beyond the limit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from zinspector.capture.envelope import envelope, is_stamp
from zinspector.capture.formats.jsonschema import Schema, infer, merge
from zinspector.capture.message import TOPIC_TYPES, Message
from zinspector.capture.readable import printable

MOST_CHANNELS = 4000
MOST_TOPIC = 200  # characters
MOST_JSON = 1 << 20  # bytes of a payload; of a longer one nobody sees a plot


class PayloadSchema(NamedTuple):
    """What a payload is: the full name of its type, and a FileDescriptorSet that has it."""

    name: str
    descriptors: bytes


Describe = Callable[[Message, int], PayloadSchema | None]
"""What a decode rule says of frame number so-and-so of a message."""


class Payload(NamedTuple):
    """A payload, the channel that it belongs to, and what it is: a JSON object, or Protobuf."""

    channel: str
    data: bytes
    time_ns: int
    json: dict[str, Any] | None
    protobuf: PayloadSchema | None


class Payloads:
    """Finds payloads in messages."""

    def __init__(self, describe: Describe | None) -> None:
        self._describe = describe
        self._classes: dict[PayloadSchema, Any] = {}

    def of(self, message: Message) -> Iterator[Payload]:
        """What others can read of a message."""
        if message.kind != "message":
            return
        number = 0
        for place in _places(message):
            if message.truncated(place):
                continue
            data = message.frames[place]
            if self._describe is None and not data.lstrip().startswith(b"{"):
                continue
            kind = self._describe(message, place) if self._describe is not None else None
            value = None
            if kind is not None:
                if not self._fits(kind, data):
                    continue
            elif (value := _json(data)) is None:
                continue
            yield Payload(_channel(message, number), data, message.time_ns, value, kind)
            number += 1

    def _fits(self, kind: PayloadSchema, data: bytes) -> bool:
        from google.protobuf.message import DecodeError

        try:
            if kind not in self._classes:
                self._classes[kind] = _class_of(kind)
            self._classes[kind].FromString(data)
        except (DecodeError, KeyError, TypeError, ValueError, RecursionError):
            return False
        return True


def schema_of(payloads: Sequence[Payload]) -> Schema:
    """A schema that all their JSON fits."""
    made: Schema | None = None
    for payload in payloads:
        if payload.json is not None:
            schema = infer(payload.json)
            made = schema if made is None else merge(made, schema)
    return made or {}


def _places(message: Message) -> list[int]:
    frames = message.frames
    if len(frames) == 1:
        return [0]
    if len(frames) == 2 and message.from_type in TOPIC_TYPES and message.to_type in TOPIC_TYPES:
        return [] if is_stamp(frames[1]) else [1]  # what the envelope says, at once
    return [place for place, role in enumerate(envelope(message).roles) if role == "payload"]


def _channel(message: Message, number: int) -> str:
    """`node/topic`, else `node/link`, else `node/PUSH`; with `#2` for the second payload of a message."""
    published = len(message.frames) > 1 and TOPIC_TYPES & {message.from_type, message.to_type}
    topic = message.topic if published else None
    what = topic if topic is not None else message.link or message.from_type or message.direction
    return _named(message.node, what[:MOST_TOPIC], number)


@lru_cache(4096)
def _named(node: str, what: str, number: int) -> str:
    name = printable(f"{node}/{what}")
    return f"{name}#{number + 1}" if number else name


def _json(data: bytes) -> dict[str, Any] | None:
    """A JSON object as every reader of JSON takes it; None for other bytes."""
    if data.lstrip()[:1] != b"{" or len(data) > MOST_JSON:
        return None
    try:
        value: dict[str, Any] = STRICT.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


STRICT = json.JSONDecoder(parse_constant=_refuse)  # Python takes NaN, others don't


def _class_of(kind: PayloadSchema) -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(kind.descriptors).file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(kind.name))
