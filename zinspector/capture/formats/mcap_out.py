"""MCAP for Foxglove and PlotJuggler: a channel with all rows, which keeps everything, and channels of payloads.

The channel `zinspector/rows` has one message a row, of the Protobuf type `zinspector.Row`, whose schema is in the file.
JSON objects, and Protobuf that a decode rule names, stand once more in channels of their own (`channels`). Notes such
as the drawing are in the metadata `zinspector`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from mcap.well_known import MessageEncoding, SchemaEncoding

from zinspector.capture import byte_columns as columns
from zinspector.capture.formats import rowproto
from zinspector.capture.formats.channels import MOST_CHANNELS, Describe, Payload, Payloads, schema_of
from zinspector.capture.formats.mcap_file import McapFile
from zinspector.capture.formats.source import Source
from zinspector.capture.message import messages
from zinspector.capture.schema import FORMAT, VERSION

PROFILE = "zinspector"
ROWS = "zinspector/rows"


def write(
    file: BinaryIO, source: Source, metadata: Mapping[str, str], describe: Describe | None = None
) -> tuple[str, ...]:
    """Write all rows; returns what was lost."""
    writer = McapFile(file, PROFILE)
    writer.metadata(PROFILE, {**metadata, "format": FORMAT, "version": str(VERSION)})
    schema = writer.schema(rowproto.NAME, SchemaEncoding.Protobuf, rowproto.DESCRIPTORS)
    everything = writer.channel(ROWS, MessageEncoding.Protobuf, schema)
    others = _Channels(writer)
    payloads = Payloads(describe)
    for part in source.slices():
        times = np.maximum(part.column("time_ns").to_numpy(), 0).astype(np.uint64)
        channels = np.full(part.num_rows, everything)
        writer.add(channels, times, part.column("n").to_numpy(), rowproto.packed(part))
        others.write([(row.n, payload) for row in messages(part) for payload in payloads.of(row)])
    writer.finish()
    if not others.left_out:
        return ()
    text = "are only in the channel of rows: there are more topics than a file has room for channels"
    return (f"{others.left_out:,} payloads {text}.",)


class _Channels:
    """The channels of payloads, made when they are first needed."""

    def __init__(self, writer: McapFile) -> None:
        self.left_out = 0
        self._writer = writer
        self._known: dict[tuple[str, object], int] = {}

    def write(self, found: list[tuple[int, Payload]]) -> None:
        """Write the payloads of some rows; what comes first on a channel decides its schema."""
        by_channel: dict[str, list[Payload]] = {}
        for _, payload in found:
            by_channel.setdefault(payload.channel, []).append(payload)
        waiting: list[tuple[int, int, int, bytes]] = []
        for n, payload in found:
            key = payload.channel, payload.protobuf
            if key not in self._known and len(self._known) >= MOST_CHANNELS:
                self.left_out += 1
                continue
            if key not in self._known:
                self._add(waiting)
                waiting = []
                self._known[key] = self._made(payload, by_channel[payload.channel])
            waiting.append((self._known[key], max(payload.time_ns, 0), n, payload.data))
        self._add(waiting)

    def _add(self, waiting: list[tuple[int, int, int, bytes]]) -> None:
        if waiting:
            channels, times, numbers, data = zip(*waiting, strict=True)
            when, n = np.array(times, np.uint64), np.array(numbers, np.uint64)
            self._writer.add(np.array(channels, np.int64), when, n, pa.array(data, columns.BYTES))

    def _made(self, payload: Payload, alike: list[Payload]) -> int:
        kind = payload.protobuf
        if kind is not None:
            schema = self._writer.schema(kind.name, SchemaEncoding.Protobuf, kind.descriptors)
            return self._writer.channel(payload.channel, MessageEncoding.Protobuf, schema)
        described = json.dumps({"title": payload.channel, **schema_of(alike)}).encode()
        schema = self._writer.schema(payload.channel, SchemaEncoding.JSONSchema, described)
        return self._writer.channel(payload.channel, MessageEncoding.JSON, schema)
