"""An `.arrow` capture that is read where it lies: mapped, its batches known at once, looked at when they are asked for.

An IPC file is eight bytes of magic, the stream, and a footer. A file whose writer was killed has no footer, so it is
read as a stream up to its last whole batch: opening is recovering. So is one whose footer is damaged, or leads to
batches that can't be read while the stream holds more. What is missing is told (`remark`).

Opening reads no payload: of each batch only where its columns lie. A batch is checked when it is first asked for
(`arrow_piece`).
"""

from __future__ import annotations

import struct
from pathlib import Path

import pyarrow as pa

from zinspector.capture import locking
from zinspector.capture.arrow_piece import Piece, first_line
from zinspector.capture.arrow_writer import MISSING, NOTE
from zinspector.capture.checksum import KEY, KEY_OF_OTHERS
from zinspector.capture.flatbuffer import Table
from zinspector.capture.held import first_number
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.schema import FORMAT, SCHEMA, VERSION
from zinspector.capture.standing import NOTE as STANDING
from zinspector.capture.standing import from_text
from zinspector.errors import FileError

MAGIC = b"ARROW1\0\0"
CONTINUES = 0xFFFFFFFF
DICTIONARY, ROWS = 2, 3  # kinds of messages in an Arrow stream
MOST_MISSING = 1 << 40
MOST_DIGITS = 20


class ArrowFile:
    """A mapped capture: its `pieces` in order, its `metadata`, and what should be told of it (`remark`)."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        """Raises FileError for what can't be a capture, CancelledError when `progress` says so."""
        self.path = path
        self.pieces: list[Piece] = []
        self.metadata: dict[bytes, bytes] = {}
        self.standing: pa.RecordBatch | None = None
        """What holds of the connections that were open when the file began, as rows that are not in it."""
        self.remark = ""
        try:
            self._read(progress)
        except (pa.ArrowException, ValueError, MemoryError) as error:
            raise FileError(f"damaged: {first_line(error)}", where=str(path)) from None
        except OSError as error:
            raise FileError(error.strerror or first_line(error), where=str(path)) from None
        if self.lacks:
            told = f"{self.lacks:,} rows that were captured are not in it: the disk did not take them"
            self.remark = "; ".join(filter(None, (self.remark, told)))

    @property
    def notes(self) -> dict[str, str]:
        """What was noted in the file, when it was begun or later."""
        return {
            key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in self.metadata.items()
        }

    @property
    def lacks(self) -> int:
        """How many rows were captured, and are not in the file because the disk refused them."""
        digits = self.metadata.get(MISSING, b"")
        return int(digits) if digits.isdigit() and len(digits) <= MOST_DIGITS else 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(piece.rows.num_rows for piece in self.pieces)

    @property
    def first_n(self) -> int:
        """The number that the first row has in the file, or 1."""
        return first_number(self.pieces[0].rows) if self.pieces else 1

    def _read(self, progress: Progress | None) -> None:
        with self.path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise FileError("not an Arrow file", where=str(self.path))
        source = pa.memory_map(str(self.path), "r")
        try:
            gone = self._by_footer(source, progress)
        except CancelledError:
            raise
        except (pa.ArrowException, OSError, ValueError, FileError):  # an OSError is what Arrow calls a damaged footer
            self._forget()
            self._recover(source, progress)
        else:
            if gone or not self.pieces:
                self._recover_more(source, progress)

    def _by_footer(self, source: pa.MemoryMappedFile, progress: Progress | None) -> int:
        """All batches that the footer names; returns how many of them can't be read."""
        reader = pa.ipc.open_file(source)
        self._require(reader.schema)
        gone = 0
        for place in range(reader.num_record_batches):
            self._tell(progress, place / reader.num_record_batches)
            try:
                self._add(*reader.get_batch_with_custom_metadata(place))
            except (pa.ArrowException, OSError) as error:
                gone += 1
                self.remark = f"damaged: {gone:,} of {reader.num_record_batches:,} batches can't be read: "
                self.remark += first_line(error)
        return gone

    def _recover_more(self, source: pa.MemoryMappedFile, progress: Progress | None) -> None:
        """What the stream holds, if that is more than what a footer led to that may be damaged itself."""
        found = self.pieces, self.metadata, self.standing, self.remark
        rows = self.rows
        self._forget()
        try:
            self._recover(source, progress)
        except CancelledError:
            raise
        except FileError:
            self._forget()
        if self.rows <= rows:
            self.pieces, self.metadata, self.standing, self.remark = found

    def _forget(self) -> None:
        self.pieces, self.metadata, self.standing, self.remark = [], {}, None, ""

    def _recover(self, source: pa.MemoryMappedFile, progress: Progress | None) -> None:
        """All whole batches of a file without a footer."""
        source.seek(len(MAGIC))
        end, size = len(MAGIC), max(source.size(), 1)
        try:
            reader = pa.ipc.open_stream(source)
        except (pa.ArrowException, OSError) as error:
            text = f"damaged before its first message: {first_line(error)}"
            remedy = "copy the file again, or take the capture again"
            raise FileError(text, where=str(self.path), remedy=remedy) from None
        self._require(reader.schema)
        end = source.tell()
        try:
            while True:
                self._add(*reader.read_next_batch_with_custom_metadata())
                end = source.tell()
                self._tell(progress, end / size)
        except StopIteration:
            pass
        except (pa.ArrowException, OSError):
            pass  # here the whole batches end
        self.remark = self._missing(source, end)

    def _add(self, rows: pa.RecordBatch, metadata: pa.KeyValueMetadata | None) -> None:
        rows.validate()
        rows = rows.select(SCHEMA.names)
        sums = dict(metadata or {})
        self.metadata |= {key.removeprefix(NOTE): value for key, value in sums.items() if key.startswith(NOTE)}
        if text := self.metadata.pop(STANDING.encode(), b""):
            self.standing = from_text(text)
        if rows.num_rows:
            place = len(self.pieces) + 1
            self.pieces.append(Piece(self.path, place, rows, sums.get(KEY), sums.get(KEY_OF_OTHERS)))

    def _require(self, schema: pa.Schema) -> None:
        metadata = schema.metadata or {}
        if metadata.get(b"format") != FORMAT.encode():
            raise FileError("an Arrow file, but not a zinspector capture", where=str(self.path))
        version = metadata.get(b"version", b"")
        if not version.isdigit() or len(version) > 9 or int(version) > VERSION:
            raise FileError(
                f"written by a newer zinspector (version {version.decode('ascii', 'replace')}; this knows {VERSION})",
                where=str(self.path),
                remedy="update zinspector to open it",
            )
        missing = [name for name in SCHEMA.names if schema.names.count(name) != 1]
        if missing:
            raise FileError(f"the columns {', '.join(missing)} are missing", where=str(self.path))
        for name in ("n", "time_ns"):  # a row is at least these sixteen bytes, so the size of a file bounds its rows
            if schema.field(name).type != SCHEMA.field(name).type:
                raise FileError(f"the column {name} is {schema.field(name).type}", where=str(self.path))
        self.metadata = dict(metadata)

    def _missing(self, source: pa.MemoryMappedFile, end: int) -> str:
        """What to say of a file that ends early."""
        if locking.taken(self.path):
            return "it is still being recorded: what came later is not shown"
        size = source.size()
        source.seek(end)
        cut = _rows_cut(source.read(min(size - end, 1 << 20)))
        if cut:
            what = f"the {cut:,} messages that were being written last are lost"
        elif size > end:
            what = f"its last {size - end:,} bytes are cut or damaged"
        else:
            what = "all that was written is here"
            if not self.lacks:
                what += ", but not what came in the last moments (less than a second)"
        last = f" after message {self.first_n + self.rows - 1:,}" if self.rows else ""
        return f"the end is missing{last}: it was not closed; {what}"

    def _tell(self, progress: Progress | None, share: float) -> None:
        if progress is not None and not progress(share):
            raise CancelledError("opening was cancelled", where=str(self.path))


def _rows_cut(data: bytes) -> int:
    """The rows of the batch that begins in the cut end of a stream, by its header; 0 when it can't be told.

    A header is a FlatBuffers table; only its kind and the number of rows are read.
    """
    at = 0
    try:
        while True:
            mark, length = struct.unpack_from("<II", data, at)
            if mark != CONTINUES or not length:
                return 0
            message = Table.root(data, at + 8)
            kind, body = message.number(1, "B"), message.number(3, "q")
            if kind == ROWS:
                rows = message.table(2).number(0, "q")
                return rows if 0 < rows < MOST_MISSING else 0
            if kind != DICTIONARY or body < 0:
                return 0
            at += 8 + length + body
    except (struct.error, IndexError, ValueError):
        return 0
