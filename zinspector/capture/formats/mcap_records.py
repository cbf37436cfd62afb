"""The records of an MCAP file, one after the other, as far as they are whole: what is damaged is told, never raised.

The format: magic, then records of an opcode (1), a length (8) and a content, little-endian; a chunk holds compressed
records; the last record is the footer, and magic again. Nothing is allocated that isn't there: a length is compared
with what is left of the file, and a chunk that expands to more than it says is damaged. The summary at the end is never
needed, so a file that was never finished is read like any other.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import lz4.frame
import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, Header, Metadata, Schema

from zinspector.capture.formats.budget import Budget

MAGIC = b"\x89MCAP0\r\n"
MOST_RECORD = 1 << 30  # bytes; of a chunk also unpacked
MOST_DAMAGES = 100
RECORD = struct.Struct("<BQ")
MESSAGE = struct.Struct("<HIQQ")
SKIPPED = frozenset({Opcode.ATTACHMENT, Opcode.MESSAGE_INDEX, Opcode.CHUNK_INDEX, Opcode.ATTACHMENT_INDEX})
WRONG = (McapError, ValueError, struct.error, zstandard.ZstdError, RuntimeError, EOFError, MemoryError)
"""What libraries raise for bytes that aren't what they should be."""


class Said(NamedTuple):
    """A message: the number of its channel, the time when it was recorded (ns), its bytes."""

    channel: int
    time_ns: int
    data: bytes


Found = Header | Metadata | Schema | Channel | Said


class Reader:
    """Reads one file from its beginning; `damage` tells what could not be read."""

    def __init__(self, file: BinaryIO, size: int, path: Path, budget: Budget) -> None:
        self.damage: list[str] = []
        self.place = 0
        self._file = file
        self._size = size
        self._budget = budget

    def records(self) -> Iterator[Found]:
        """All records that matter. Raises FileError where there is no room for them, OSError."""
        self._file.read(len(MAGIC))
        self.place = len(MAGIC)
        while True:
            head = self._file.read(RECORD.size)
            if len(head) < RECORD.size:
                self._ended("was never finished" if not head else "ends inside a record")
                return
            opcode, length = RECORD.unpack(head)
            start, self.place = self.place, self.place + RECORD.size + length
            if self.place > self._size:
                self.place = start
                self._ended("ends inside a record")
                return
            if opcode == Opcode.FOOTER:
                return
            if not opcode:
                self.place = start
                self._ended("goes on with something else")
                return
            yield from self._record(opcode, length, start)
            self._file.seek(self.place)

    def _record(self, opcode: int, length: int, start: int) -> Iterator[Found]:
        if opcode in SKIPPED or opcode > Opcode.METADATA_INDEX:
            return
        if length > MOST_RECORD:
            self._damaged(start, f"a record of {length:,} bytes is more than can be read")
            return
        content = self._file.read(length)
        try:
            if opcode == Opcode.CHUNK:
                yield from _unpacked(Chunk.read(_stream(content)), self._budget)
            else:
                found = _parsed(opcode, content)
                if found is not None:
                    yield found
        except WRONG as error:
            text = str(error).partition("\n")[0] or type(error).__name__
            self._damaged(start, f"{'a chunk' if opcode == Opcode.CHUNK else 'a record'} can't be read: {text}")

    def _ended(self, how: str) -> None:
        self.damage.append(f"the file {how}: it was read up to byte {self.place:,} of {self._size:,}")

    def _damaged(self, start: int, text: str) -> None:
        if len(self.damage) < MOST_DAMAGES:
            self.damage.append(f"damaged at byte {start:,}: {text}; what it held is missing")


def _unpacked(chunk: Chunk, budget: Budget) -> Iterator[Found]:
    """The records in a chunk."""
    size = chunk.uncompressed_size
    if size > MOST_RECORD:
        raise ValueError(f"it expands to {size:,} bytes")
    budget.ask(size)
    data = _expanded(chunk, size)
    if len(data) != size:
        raise ValueError("it doesn't expand to what it says")
    if chunk.uncompressed_crc and zlib.crc32(data) != chunk.uncompressed_crc:
        raise ValueError("its checksum is wrong")
    at = 0
    while at < size:
        opcode, length = RECORD.unpack_from(data, at)
        at += RECORD.size
        if at + length > size:
            raise ValueError("a record in it is longer than it")
        found = _parsed(opcode, data[at : at + length])
        if found is not None:
            yield found
        at += length


def _expanded(chunk: Chunk, size: int) -> bytes:
    """The bytes of a chunk; at most one more than `size`."""
    if chunk.compression == "zstd":
        with zstandard.ZstdDecompressor().stream_reader(chunk.data, read_across_frames=True) as reader:
            return bytes(reader.read(size + 1))
    if chunk.compression == "lz4":
        return bytes(lz4.frame.LZ4FrameDecompressor().decompress(chunk.data, max_length=size + 1))
    if chunk.compression:
        raise ValueError(f"nobody here knows its compression {chunk.compression[:20]!r}")
    return chunk.data


def _parsed(opcode: int, content: bytes) -> Found | None:
    if opcode == Opcode.MESSAGE:
        channel, _, time, _ = MESSAGE.unpack_from(content)
        return Said(channel, time, content[MESSAGE.size :])
    for kind, read in ((Opcode.SCHEMA, Schema), (Opcode.CHANNEL, Channel), (Opcode.METADATA, Metadata)):
        if opcode == kind:
            record: Found = read.read(_stream(content))
            return record
    return Header.read(_stream(content)) if opcode == Opcode.HEADER else None


def _stream(content: bytes) -> ReadDataStream:
    return ReadDataStream(io.BytesIO(content))
