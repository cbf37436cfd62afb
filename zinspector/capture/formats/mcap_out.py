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

from zinspector.capture.formats import rowproto
from zinspector.capture.formats.channels import MOST_CHANNELS, Channel, Describe, Found, Payloads, schema_of
from zinspector.capture.formats.mcap_file import McapFile, Times
from zinspector.capture.formats.source import Source
from zinspector.capture.schema import FORMAT, VERSION
from zinspector.capture.standing import NOTE as STANDING
from zinspector.capture.standing import as_text

PROFILE = "zinspector"
ROWS = "zinspector/rows"
LEFT_OUT = 0


def write(
    file: BinaryIO,
    source: Source,
    metadata: Mapping[str, str],
    describe: Describe | None = None,
    standing: pa.RecordBatch | None = None,
) -> tuple[str, ...]:
    """Write all rows; returns what was lost. `standing` are rows of connections that are open before (see there)."""
    writer = McapFile(file, PROFILE)
    notes = {**metadata, "format": FORMAT, "version": str(VERSION)}
    writer.metadata(PROFILE, notes | ({STANDING: as_text(standing)} if standing is not None else {}))
    schema = writer.schema(rowproto.NAME, SchemaEncoding.Protobuf, rowproto.DESCRIPTORS)
    everything = writer.channel(ROWS, MessageEncoding.Protobuf, schema)
    payloads, others = Payloads(describe), _Channels(writer)
    for part in source.slices():
        times = np.maximum(part.column("time_ns").to_numpy(), 0).astype(np.uint64)
        numbers = part.column("n").to_numpy()
        writer.add(np.full(part.num_rows, everything), times, numbers, rowproto.packed(part))
        others.write(payloads.of(part), times, numbers)
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
        self._known: dict[Channel, int] = {}

    def write(self, found: Found, times: Times, numbers: Times) -> None:
        """Write the payloads of rows that have these times and numbers; the first of a channel decide its schema."""
        for place, channel in enumerate(found.channels):
            if channel not in self._known and len(self._known) < MOST_CHANNELS:
                self._known[channel] = self._made(channel, found.data.filter(pa.array(found.places == place)))
        channels = np.array([self._known.get(channel, LEFT_OUT) for channel in found.channels], np.int64)[found.places]
        kept = np.flatnonzero(channels != LEFT_OUT)
        self.left_out += len(channels) - len(kept)
        if len(kept):
            rows = found.rows[kept]
            self._writer.add(channels[kept], times[rows], numbers[rows], found.data.take(pa.array(kept)))

    def _made(self, channel: Channel, payloads: pa.Array) -> int:
        kind = channel.protobuf
        if kind is not None:
            schema = self._writer.schema(kind.name, SchemaEncoding.Protobuf, kind.descriptors)
            return self._writer.channel(channel.name, MessageEncoding.Protobuf, schema)
        described = json.dumps({"title": channel.name, **schema_of(payloads)}).encode()
        schema = self._writer.schema(channel.name, SchemaEncoding.JSONSchema, described)
        return self._writer.channel(channel.name, MessageEncoding.JSON, schema)
