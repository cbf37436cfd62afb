"""Payloads that other programs can read, and the channel of each: one for a node and a topic, or for a node and who
spoke.

JSON objects go as they are, with a schema that fits what was seen first; Protobuf where a decode rule says what it is.
Everything else is only in the channel of rows, and so are channels beyond the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers
from zinspector.capture.formats.json_objects import are_objects, json_object
from zinspector.capture.formats.jsonschema import Schema, infer, merge
from zinspector.capture.formats.payload_frames import payload_frames
from zinspector.capture.masks import Codes, Mask, codes
from zinspector.capture.message import Message, messages
from zinspector.capture.picking import pick
from zinspector.capture.readable import printable
from zinspector.capture.writer import NONE

MOST_CHANNELS = 4000
MOST_TOPIC = 200  # characters
MOST_SEEN = 500  # payloads that a schema is made of


class PayloadSchema(NamedTuple):
    """What a payload is: the full name of its type, and a FileDescriptorSet that has it."""

    name: str
    descriptors: bytes


Describe = Callable[[Message, int], PayloadSchema | None]
"""What a decode rule says of frame number so-and-so of a message: the same for all of its node, link and topic."""


class Channel(NamedTuple):
    """A name, and what its payloads are: Protobuf, or JSON objects."""

    name: str
    protobuf: PayloadSchema | None


class Found(NamedTuple):
    """Payloads in the order of their rows: the row of each (counted from 0), its place in `channels`, its bytes.

    The channels are in the order in which they are first needed.
    """

    rows: Numbers
    places: Numbers
    data: pa.Array
    channels: list[Channel]


class Payloads:
    """Finds payloads in rows."""

    def __init__(self, describe: Describe | None) -> None:
        self._describe = describe
        self._classes: dict[PayloadSchema, Any] = {}

    def of(self, batch: pa.RecordBatch) -> Found:
        """What others can read of some rows."""
        frames, places = columns.frames_of(batch)
        kept, true = columns.sizes_of(batch, frames, places)
        at = np.flatnonzero(payload_frames(batch, frames, places) & (kept == true))
        rows = np.searchsorted(places, at, "right") - 1
        topics = _topics(batch, frames, places)
        kinds, schemas = self._described(batch, rows, at - places[rows], codes(topics.indices))
        data = frames.take(pa.array(at))
        good = self._readable(data, kinds, schemas)
        rows, kinds, data = rows[good], kinds[good], data.take(pa.array(np.flatnonzero(good)))
        numbers = np.arange(len(rows)) - np.searchsorted(rows, rows)
        words = [codes(batch.column(name).indices)[rows] for name in ("node", "link", "from_type", "direction")]
        named = np.where(np.diff(places) > 1, codes(topics.indices), NONE)
        same, firsts = _alike(*words, named[rows], numbers, kinds)
        told = named[rows[firsts]]
        said = topics.dictionary.take(pa.array(told, mask=told == NONE)).to_pylist()
        names = _names(batch, rows[firsts], said, numbers[firsts].tolist())
        return Found(rows, same, data, list(map(Channel, names, [schemas[kind] for kind in kinds[firsts].tolist()])))

    def _described(
        self, batch: pa.RecordBatch, rows: Numbers, frames: Numbers, topics: Codes
    ) -> tuple[Numbers, list[PayloadSchema | None]]:
        """For each payload a place in the list of what decode rules say; 0 where none says anything."""
        schemas: dict[PayloadSchema | None, int] = {None: 0}
        if self._describe is None or not len(rows):
            return np.zeros(len(rows), np.int64), [None]
        words = [codes(batch.column(name).indices)[rows] for name in ("node", "link")]
        same, firsts = _alike(*words, topics[rows], frames)
        asked = np.zeros(batch.num_rows, np.bool_)
        asked[rows[firsts]] = True
        known = dict(zip(np.flatnonzero(asked).tolist(), messages(pick(batch, asked)), strict=True))
        said = [self._describe(known[int(rows[first])], int(frames[first])) for first in firsts]
        kinds = np.array([schemas.setdefault(each, len(schemas)) for each in said])
        return kinds[same], list(schemas)

    def _readable(self, data: pa.Array, kinds: Numbers, schemas: list[PayloadSchema | None]) -> Mask:
        """Which payloads are what they should be."""
        good = np.zeros(len(data), np.bool_)
        for number, kind in enumerate(schemas):
            which = np.flatnonzero(kinds == number)
            some = data.take(pa.array(which))
            good[which] = are_objects(some) if kind is None else [self._fits(kind, each) for each in some.to_pylist()]
        return good

    def _fits(self, kind: PayloadSchema, data: bytes) -> bool:
        from google.protobuf.message import DecodeError

        try:
            if kind not in self._classes:
                self._classes[kind] = _class_of(kind)
            self._classes[kind].FromString(data)
        except (DecodeError, KeyError, TypeError, ValueError, RecursionError):
            return False
        return True


def schema_of(payloads: pa.Array) -> Schema:
    """A schema that the first of these JSON objects fit."""
    made: Schema | None = None
    for value in map(json_object, payloads.slice(0, MOST_SEEN).to_pylist()):
        if value is not None:
            schema = infer(value)
            if schema != made:  # nearly all are alike
                made = schema if made is None else merge(made, schema)
    return made or {}


def _topics(batch: pa.RecordBatch, frames: pa.Array, places: Numbers) -> pa.DictionaryArray:
    """The topic of each row, text or not."""
    there = columns.topical(batch, places)
    return frames.take(pa.array(np.where(there, places[:-1], 0), mask=~there)).dictionary_encode()


def _alike(*keys: Numbers | Codes) -> tuple[Numbers, Numbers]:
    """For each item the number of its key, and where each key comes first; keys are numbered as they come."""
    same = np.zeros(len(keys[0]), np.int64)
    for key in keys:
        if len(key) and (key != key[0]).any():
            low, high = int(key.min()), int(key.max())
            _, same = np.unique(same * (high - low + 1) + key - low, return_inverse=True)
    _, firsts, same = np.unique(same, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    return np.argsort(order)[same], firsts[order]


def _names(batch: pa.RecordBatch, rows: Numbers, topics: list[bytes | None], numbers: list[int]) -> list[str]:
    """`node/topic`, else `node/link`, else `node/PUSH`; with `#2` for the second payload of a message."""
    which = pa.array(rows)
    said = [batch.column(name).take(which).to_pylist() for name in ("node", "link", "from_type", "direction")]
    return list(map(_name, *said, topics, numbers))


@lru_cache(4096)
def _name(node: str, link: str | None, kind: str | None, direction: str, topic: bytes | None, number: int) -> str:
    what = link or kind or direction
    if topic is not None:
        with suppress(UnicodeDecodeError):
            what = topic.decode()
    name = printable(f"{node}/{what[:MOST_TOPIC]}")
    return f"{name}#{number + 1}" if number else name


def _class_of(kind: PayloadSchema) -> Any:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(kind.descriptors).file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(kind.name))
