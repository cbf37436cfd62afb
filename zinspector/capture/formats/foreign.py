"""Messages of MCAP files that other programs wrote, as rows: as if they had been published.

A channel's topic and its data are two frames, from PUB to SUB. The first message of a channel comes after an event
CHANNEL that says what the channel holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from mcap.records import Channel, Schema

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers
from zinspector.capture.formats.gathering import Gathering, Row
from zinspector.capture.formats.mcap_records import Said
from zinspector.capture.formats.sound import views_of
from zinspector.capture.schema import SCHEMA
from zinspector.capture.writer import MAX_FRAME

LATEST = (1 << 63) - 1
FEW = 32  # messages that are as fast one by one


class Foreign:
    """Makes the rows."""

    def __init__(self, node: str, gathering: Gathering) -> None:
        self.schemas: dict[int, Schema] = {}
        self._node = node
        self._gathering = gathering
        self._told: set[int] = set()

    def take(self, found: Said, which: Numbers, channels: Mapping[int, Channel]) -> None:
        """Take in some of the messages: those that belong to one of the channels."""
        if not len(which):
            return
        numbers, times = found.channels[which], np.minimum(found.times()[which], LATEST).astype(np.int64)
        data = found.bodies(which)
        plain = len(which) >= FEW and columns.lengths(data).max() <= MAX_FRAME
        if plain and self._told.issuperset(np.unique(numbers).tolist()):
            self._gathering.put(self._together(numbers, times, data, channels))
            return
        for number, time, body in zip(numbers.tolist(), times.tolist(), data, strict=True):
            for row in self._rows(channels[number], time, body.as_py()):
                self._gathering.add(row)

    def _together(
        self, channels: Numbers, times: Numbers, data: pa.Array, known: Mapping[int, Channel]
    ) -> pa.RecordBatch:
        """Messages of channels that were told of."""
        numbers, codes = np.unique(channels, return_inverse=True)
        topics = [_topic(known[number]) for number in numbers.tolist()]
        count, sizes = len(times), columns.lengths(data)
        words = pa.concat_arrays([pa.array(topics, columns.BYTES), data])
        which = np.stack([codes, len(topics) + np.arange(count)], axis=1).ravel()
        frames = pa.DictionaryArray.from_arrays(pa.array(which), words)
        same = {"node": self._node, "direction": "in", "kind": "message", "from_type": "PUB", "to_type": "SUB"}
        made = {name: pa.array([text], pa.utf8()).dictionary_encode() for name, text in same.items()}
        made = {name: column.take(pa.array(np.zeros(count, np.int64))) for name, column in made.items()}
        made |= {
            "n": pa.array(np.zeros(count, np.uint64)),
            "time_ns": pa.array(times),
            "size": pa.array(np.array(list(map(len, topics)))[codes] + sizes),
            "frames": views_of(pa.ListArray.from_arrays(pa.array(np.arange(count + 1, dtype=np.int32) * 2), frames)),
        }
        every = [made[field.name] if field.name in made else pa.nulls(count, field.type) for field in SCHEMA]
        return pa.RecordBatch.from_arrays(every, schema=SCHEMA)

    def _rows(self, channel: Channel, time: int, data: bytes) -> Iterator[Row]:
        """A message; before the first of a channel, what that holds."""
        if channel.id not in self._told:
            self._told.add(channel.id)
            schema = self.schemas.get(channel.schema_id)
            kind = f", {schema.name} ({schema.encoding})" if schema is not None else ""
            details = {"topic": channel.topic, "encoding": channel.message_encoding}
            details |= {"schema": schema.name, "schema_encoding": schema.encoding} if schema is not None else {}
            text = f"channel {channel.topic}: {channel.message_encoding or 'no encoding'}{kind}"
            yield self._event("CHANNEL", text, details, time)
        topic = _topic(channel)
        sizes = [len(topic), len(data)]
        frames = [topic, data[:MAX_FRAME]]
        head = (0, time, self._node, None, None, "in", "message", None, "PUB", "SUB")
        yield (*head, sum(sizes), frames, sizes if len(frames[1]) < sizes[1] else None, None)

    def _event(self, name: str, text: str, details: dict[str, str], time_ns: int) -> Row:
        frames = [text.encode("utf-8", "backslashreplace"), json.dumps(details).encode()]
        head = (0, time_ns, self._node, None, None, "in", "event", name, None, None)
        return (*head, sum(map(len, frames)), frames, None, None)


def _topic(channel: Channel) -> bytes:
    return channel.topic.encode("utf-8", "backslashreplace")
