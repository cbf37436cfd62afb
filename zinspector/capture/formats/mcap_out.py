"""MCAP for Foxglove and PlotJuggler: a channel with all rows, which keeps everything, and channels of payloads.

The channel `zinspector/rows` has one message a row, of the Protobuf type `zinspector.Row`, whose schema is in the file.
JSON objects, and Protobuf that a decode rule names, stand once more in channels of their own (`channels`). Notes such
as the drawing are in the metadata `zinspector`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import BinaryIO

from mcap.well_known import MessageEncoding, SchemaEncoding
from mcap.writer import CompressionType, Writer

from zinspector.capture.formats import rowproto
from zinspector.capture.formats.channels import MOST_CHANNELS, Describe, Payload, Payloads, schema_of
from zinspector.capture.formats.source import Source
from zinspector.capture.message import messages
from zinspector.capture.schema import FORMAT, VERSION

PROFILE = "zinspector"
ROWS = "zinspector/rows"
LATEST = (1 << 64) - 1


def write(
    file: BinaryIO, source: Source, metadata: Mapping[str, str], describe: Describe | None = None
) -> tuple[str, ...]:
    """Write all rows; returns what was lost."""
    writer = Writer(file, compression=CompressionType.ZSTD)
    writer.start(PROFILE)
    writer.add_metadata(PROFILE, {**metadata, "format": FORMAT, "version": str(VERSION)})
    schema = writer.register_schema(rowproto.NAME, SchemaEncoding.Protobuf, rowproto.DESCRIPTORS)
    everything = writer.register_channel(ROWS, MessageEncoding.Protobuf, schema)
    others = _Channels(writer)
    payloads = Payloads(describe)
    for part in source.slices():
        found: list[tuple[int, Payload]] = []
        for row in messages(part):
            time = _time(row.time_ns)
            writer.add_message(everything, time, rowproto.packed(row), time, row.n & 0xFFFFFFFF)
            found += [(row.n, payload) for payload in payloads.of(row)]
        others.write(found)
    writer.finish()
    if not others.left_out:
        return ()
    text = "are only in the channel of rows: there are more topics than a file has room for channels"
    return (f"{others.left_out:,} payloads {text}.",)


class _Channels:
    """The channels of payloads, made when they are first needed."""

    def __init__(self, writer: Writer) -> None:
        self.left_out = 0
        self._writer = writer
        self._known: dict[tuple[str, object], int] = {}

    def write(self, found: list[tuple[int, Payload]]) -> None:
        """Write the payloads of some rows; what comes first on a channel decides its schema."""
        by_channel: dict[str, list[Payload]] = {}
        for _, payload in found:
            by_channel.setdefault(payload.channel, []).append(payload)
        for n, payload in found:
            key = payload.channel, payload.protobuf
            if key not in self._known and len(self._known) >= MOST_CHANNELS:
                self.left_out += 1
                continue
            if key not in self._known:
                self._known[key] = self._made(payload, by_channel[payload.channel])
            time = _time(payload.time_ns)
            self._writer.add_message(self._known[key], time, payload.data, time, n & 0xFFFFFFFF)

    def _made(self, payload: Payload, alike: list[Payload]) -> int:
        kind = payload.protobuf
        if kind is not None:
            schema = self._writer.register_schema(kind.name, SchemaEncoding.Protobuf, kind.descriptors)
            return self._writer.register_channel(payload.channel, MessageEncoding.Protobuf, schema)
        described = json.dumps({"title": payload.channel, **schema_of(alike)}).encode()
        schema = self._writer.register_schema(payload.channel, SchemaEncoding.JSONSchema, described)
        return self._writer.register_channel(payload.channel, MessageEncoding.JSON, schema)


def _time(time_ns: int) -> int:
    return min(max(time_ns, 0), LATEST)
