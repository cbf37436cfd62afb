"""An MCAP file while it is written: many messages at a time, in chunks of a megabyte with their indexes.

Byte for byte what `mcap.writer.Writer` writes, which takes one message at a time; the records that are few are the
library's.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import zstandard
from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import (
    Channel,
    Chunk,
    ChunkIndex,
    DataEnd,
    Footer,
    Header,
    Metadata,
    MetadataIndex,
    Schema,
    Statistics,
    SummaryOffset,
)
from mcap.writer import LIBRARY_IDENTIFIER, MCAP0_MAGIC

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers

CHUNK: Final = 1 << 20  # bytes after which a chunk ends
HEAD: Final = np.dtype(
    [("opcode", "u1"), ("length", "<u8"), ("channel", "<u2"), ("sequence", "<u4"), ("log", "<u8"), ("publish", "<u8")]
)
INDEX: Final = np.dtype([("time", "<u8"), ("offset", "<u8")])
FIXED: Final = 22  # bytes of a message before its data

Times = npt.NDArray[np.uint64]


class McapFile:
    """Writes one file; `finish` ends it."""

    def __init__(self, file: BinaryIO, profile: str) -> None:
        self._file = file
        self._schemas: list[Schema] = []
        self._channels: list[Channel] = []
        self._metadata: list[MetadataIndex] = []
        self._chunks: list[ChunkIndex] = []
        self._counts: dict[int, int] = defaultdict(int)
        self._begin: int | None = None
        self._end = 0
        self._clear()
        file.write(MCAP0_MAGIC)
        self._write(Header(profile, LIBRARY_IDENTIFIER))

    def metadata(self, name: str, data: dict[str, str]) -> None:
        """Write notes."""
        offset = self._file.tell()
        length = self._write(Metadata(name=name, metadata=data))
        self._metadata.append(MetadataIndex(offset=offset, length=length, name=name))

    def schema(self, name: str, encoding: str, data: bytes) -> int:
        """The number of a new schema."""
        self._schemas.append(Schema(id=len(self._schemas) + 1, data=data, encoding=encoding, name=name))
        self._put(_bytes(self._schemas[-1]))
        return len(self._schemas)

    def channel(self, topic: str, encoding: str, schema: int) -> int:
        """The number of a new channel."""
        number = len(self._channels) + 1
        made = Channel(id=number, topic=topic, message_encoding=encoding, schema_id=schema, metadata={})
        self._channels.append(made)
        self._put(_bytes(made))
        return number

    def add(self, channels: Numbers, times: Times, sequences: Times, data: pa.Array) -> None:
        """Write messages."""
        sizes = columns.lengths(data)
        head = np.zeros(len(sizes), HEAD)
        head["opcode"], head["length"], head["channel"] = Opcode.MESSAGE, FIXED + sizes, channels
        head["sequence"], head["log"], head["publish"] = sequences & 0xFFFFFFFF, times, times
        records = columns.joined(columns.fixed(head), data)
        ends, start = columns.ends_of(records) - columns.ends_of(records)[0], 0
        whole = memoryview(columns.data_of(records))
        while start < len(sizes):
            # a chunk ends with the message that makes it too long
            full = int(np.searchsorted(ends[1:], CHUNK - self._size + ends[start], "right")) + 1
            end = min(max(full, start + 1), len(sizes))
            self._index.append((channels[start:end], times[start:end], self._size + ends[start:end] - ends[start]))
            self._put(bytes(whole[ends[start] : ends[end]]))
            start = end

    def finish(self) -> None:
        """Write what is left, and the summary."""
        self._flush()
        self._write(DataEnd(0))
        start = self._file.tell()
        out, groups = RecordBuilder(), []
        statistics = Statistics(
            attachment_count=0,
            channel_count=len(self._channels),
            channel_message_counts=self._counts,
            chunk_count=len(self._chunks),
            message_count=sum(self._counts.values()),
            metadata_count=len(self._metadata),
            message_start_time=self._begin or 0,
            message_end_time=self._end,
            schema_count=len(self._schemas),
        )
        kinds: list[tuple[Opcode, list[Any]]] = [
            (Opcode.SCHEMA, self._schemas),
            (Opcode.CHANNEL, self._channels),
            (Opcode.STATISTICS, [statistics]),
            (Opcode.CHUNK_INDEX, self._chunks),
            (Opcode.ATTACHMENT_INDEX, []),
            (Opcode.METADATA_INDEX, self._metadata),
        ]
        for opcode, records in kinds:
            before = out.count
            for record in records:
                record.write(out)
            groups.append(SummaryOffset(opcode, start + before, out.count - before))
        offsets = start + out.count
        for group in groups:
            group.write(out)
        summary = out.end()
        crc = zlib.crc32(struct.pack("<BQQQ", Opcode.FOOTER, 20, start, offsets), zlib.crc32(summary))
        self._file.write(summary)
        self._write(Footer(summary_start=start, summary_offset_start=offsets, summary_crc=crc))
        self._file.write(MCAP0_MAGIC)

    def _put(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)
        if self._size > CHUNK:
            self._flush()

    def _flush(self) -> None:
        """Write the chunk, and where its messages are."""
        if not self._index:
            return
        channels, times, offsets = map(np.concatenate, zip(*self._index, strict=True))
        begin, end, data = int(times.min()), int(times.max()), b"".join(self._parts)
        packed = zstandard.compress(data)
        at = self._file.tell()
        length = self._write(Chunk("zstd", packed, end, begin, zlib.crc32(data), len(data)))
        index_at, places = self._file.tell(), {}
        order = np.argsort(channels, kind="stable")
        numbers, firsts = np.unique(channels, return_index=True)
        bounds = np.searchsorted(channels[order], [*numbers, 1 << 40])
        for which in np.argsort(firsts):
            number, some = int(numbers[which]), order[bounds[which] : bounds[which + 1]]
            table = np.zeros(len(some), INDEX)
            table["time"], table["offset"] = times[some], offsets[some]
            places[number] = self._file.tell()
            head = struct.pack("<BQHI", Opcode.MESSAGE_INDEX, 6 + table.nbytes, number, table.nbytes)
            self._file.write(head + table.tobytes())
            self._counts[number] += len(some)
        self._begin = begin if self._begin is None else min(begin, self._begin)
        self._end = max(end, self._end)
        self._chunks.append(
            ChunkIndex(
                message_start_time=begin,
                message_end_time=end,
                chunk_start_offset=at,
                chunk_length=length,
                message_index_offsets=places,
                message_index_length=self._file.tell() - index_at,
                compression="zstd",
                compressed_size=len(packed),
                uncompressed_size=len(data),
            )
        )
        self._clear()

    def _clear(self) -> None:
        self._parts: list[bytes] = []
        self._index: list[tuple[Numbers, Times, Numbers]] = []
        self._size = 0

    def _write(self, record: Any) -> int:
        return self._file.write(_bytes(record))


def _bytes(record: Any) -> bytes:
    builder = RecordBuilder()
    record.write(builder)
    made: bytes = builder.end()
    return made
