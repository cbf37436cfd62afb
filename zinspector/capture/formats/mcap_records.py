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
from typing import Any, BinaryIO

import lz4.frame
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, Header, Metadata, Schema

from zinspector.capture import byte_columns as columns
from zinspector.capture.byte_columns import Numbers
from zinspector.capture.formats.budget import Budget

MAGIC = b"\x89MCAP0\r\n"
MOST_RECORD = 1 << 30  # bytes; of a chunk also unpacked
MOST_DAMAGES = 100
RECORD = struct.Struct("<BQ")
LENGTH = struct.Struct("<Q")
HEAD = 22  # bytes of a message before its own: channel (2), sequence (4), when it was recorded (8) and published (8)
ALL = slice(None)
AT_ONCE = 1 << 16  # records
LOOSE = 1 << 20  # bytes of messages outside of chunks that are read together
SKIPPED = frozenset({Opcode.ATTACHMENT, Opcode.MESSAGE_INDEX, Opcode.CHUNK_INDEX, Opcode.ATTACHMENT_INDEX})
WRONG = (McapError, ValueError, struct.error, zstandard.ZstdError, RuntimeError, EOFError, MemoryError)
"""What libraries raise for bytes that aren't what they should be."""


class Said:
    """Messages that lie in `data` from starts[i] to ends[i]; `channels` has the number of the channel of each."""

    def __init__(self, data: bytes, starts: Numbers, ends: Numbers) -> None:
        self._data = np.frombuffer(data, np.uint8)
        self._starts = starts
        self._ends = ends
        self.channels: Numbers = self._numbers(0, np.dtype("<u2")).astype(np.int64)

    def times(self) -> npt.NDArray[np.uint64]:
        """When each was recorded (ns)."""
        return self._numbers(6, np.dtype("<u8"))

    def bodies(self, which: Numbers | slice = ALL) -> pa.Array:
        """The bytes of some of them, in order."""
        return columns.between(self._data, self._starts[which] + HEAD, self._ends[which])

    def _numbers(self, place: int, kind: np.dtype[Any]) -> npt.NDArray[Any]:
        """A number that each has `place` bytes after its begin."""
        table = self._data[self._starts[:, None] + np.arange(place, place + kind.itemsize)]
        found: npt.NDArray[Any] = table.view(kind)[:, 0]
        return found


Found = Header | Metadata | Schema | Channel | Said


class Reader:
    """Reads one file from its beginning; `damage` tells what could not be read."""

    def __init__(self, file: BinaryIO, size: int, path: Path, budget: Budget) -> None:
        self.damage: list[str] = []
        self.place = 0
        self._file = file
        self._size = size
        self._budget = budget
        self._loose: list[bytes] = []
        self._loose_bytes = 0

    def records(self) -> Iterator[Found]:
        """All records that matter. Raises FileError where there is no room for them, OSError.

        Messages come many at a time, those of a chunk after what else is in it.
        """
        yield from self._all()
        yield from self._together()

    def _all(self) -> Iterator[Found]:
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
            if opcode == Opcode.MESSAGE and HEAD <= length <= MOST_RECORD:
                self._loose.append(head + self._file.read(length))
                self._loose_bytes += length
                if self._loose_bytes > LOOSE:
                    yield from self._together()
                continue
            yield from self._together()
            yield from self._record(opcode, length, start)
            self._file.seek(self.place)

    def _together(self) -> Iterator[Found]:
        """The messages outside of chunks that wait."""
        data, self._loose, self._loose_bytes = b"".join(self._loose), [], 0
        yield from _inside(data)

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
    yield from _inside(data)


def _inside(data: bytes) -> Iterator[Found]:
    """The sound ones of records that lie one after the other. Raises what tells of one that isn't."""
    at, size = 0, len(data)
    wrong: Exception | None = None
    while at < size:
        bounds = [at]
        while at <= size - RECORD.size and len(bounds) <= AT_ONCE:
            at += RECORD.size + LENGTH.unpack_from(data, at + 1)[0]
            bounds.append(at)
        if at > size or len(bounds) == 1:
            wrong, at = ValueError("a record in it is longer than it"), size
            bounds = bounds[:-1]
        starts, ends = np.array(bounds[:-1], np.int64) + RECORD.size, np.array(bounds[1:], np.int64)
        opcodes = np.frombuffer(data, np.uint8)[starts - RECORD.size]
        messages = (opcodes == Opcode.MESSAGE) & (ends - starts >= HEAD)
        for place in np.flatnonzero(~messages).tolist():
            try:
                found = _parsed(int(opcodes[place]), data[starts[place] : ends[place]])
            except WRONG as error:
                wrong = wrong or error
                continue
            if found is not None:
                yield found
        if messages.any():
            yield Said(data, starts[messages], ends[messages])
    if wrong is not None:
        raise wrong


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
        raise ValueError("a message is too short")
    for kind, read in ((Opcode.SCHEMA, Schema), (Opcode.CHANNEL, Channel), (Opcode.METADATA, Metadata)):
        if opcode == kind:
            record: Found = read.read(_stream(content))
            return record
    return Header.read(_stream(content)) if opcode == Opcode.HEADER else None


def _stream(content: bytes) -> ReadDataStream:
    return ReadDataStream(io.BytesIO(content))
