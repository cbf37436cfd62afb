"""A recording that is written while it happens: the same `.arrow` file as a saved capture, batch by batch.

- Batches may come from several recorders with words of their own; the file has one set of words, which only grows.
- Small batches that come together are written as one: a file of a million tiny ones would be slow to open.
- Every batch is handed to the system when it is written, with its sum (`checksum`). A file whose writer was killed has
  no footer; it opens all the same, up to its last whole batch (`arrow_file`).
- When the disk refuses, the file is cut back to its last whole batch, and ends there.
- The file is always a new one: who has the old one of that name open keeps it. One that somebody else records into is
  refused (an advisory lock).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from zinspector.capture.checksum import KEY, checksum
from zinspector.capture.locking import Lock, locked
from zinspector.capture.schema import SCHEMA
from zinspector.capture.words import Words
from zinspector.errors import FileError

BUFFER = 1 << 20
BATCH_BYTES = 4 << 20
BATCH_ROWS = 1 << 16


class Recording:
    """A file that rows are appended to until it is closed."""

    def __init__(self, path: Path, metadata: Mapping[str, str] | None = None) -> None:
        """Begin the file anew. Raises FileError."""
        self.path = path
        self.rows = 0
        self.bytes = 0
        """How much of the file is whole."""
        extra = {key.encode(): value.encode() for key, value in (metadata or {}).items()}
        self._schema = SCHEMA.with_metadata({**extra, **SCHEMA.metadata})
        self._words = Words()
        self._lock: Lock = locked(path)
        self._closed = False
        try:
            self._file = pa.BufferedOutputStream(pa.OSFile(str(path), "wb"), BUFFER)
            options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
            self._writer = pa.ipc.new_file(self._file, self._schema, options=options)
            self._flush()
        except OSError as error:
            self._lock.release()
            raise self._fault(error) from None

    def append(self, *batches: pa.RecordBatch) -> None:
        """Add rows, with the numbers that they have. Raises DiskError; then the file is closed."""
        self.require_own()
        for some in _together(batches):
            joined = self._words.joined(some).replace_schema_metadata(self._schema.metadata)
            try:
                self._writer.write_batch(joined, custom_metadata={KEY: b"%016x" % checksum(joined)})
                self._flush()
            except OSError as error:
                self._abandon()
                raise self._fault(error) from None
            self.rows += joined.num_rows

    def require_own(self) -> None:
        """Raises FileError when the file was deleted or replaced by another program; then it is closed."""
        if not self._closed and not self._lock.holds(self.path):
            self._abandon()
            raise FileError("was deleted or replaced by another program while it was recorded", where=str(self.path))

    def close(self) -> None:
        """Finish the file. Raises FileError."""
        if self._closed:
            return
        try:
            self._writer.close()
            self._file.close()
            self.bytes = self.path.stat().st_size
        except OSError as error:
            self._abandon()
            raise self._fault(error) from None
        self._closed = True
        self._lock.release()

    def _flush(self) -> None:
        self._file.flush()
        self.bytes = self._file.tell()

    def _abandon(self) -> None:
        """Leave what is whole, without a footer."""
        self._closed = True
        with suppress(OSError, pa.ArrowException):
            self._file.close()
        with suppress(OSError):
            self._lock.truncate(self.bytes)
        self._lock.release()

    def _fault(self, error: OSError) -> FileError:
        text = f"can't be written: {os.strerror(error.errno) if error.errno else error}"
        return DiskError(text, str(self.path), full=error.errno in (errno.ENOSPC, errno.EDQUOT))


class DiskError(FileError):
    """The disk refuses: it is full, or broken."""

    def __init__(self, text: str, where: str, *, full: bool) -> None:
        super().__init__(text, where=where, remedy="free some space, or record elsewhere")
        self.full = full


def _together(batches: Sequence[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Batches that are written as one."""
    some: list[pa.RecordBatch] = []
    size = rows = 0
    for batch in batches:
        if some and (size > BATCH_BYTES or rows + batch.num_rows > BATCH_ROWS):
            yield some
            some, size, rows = [], 0, 0
        some.append(batch)
        size += batch.get_total_buffer_size()
        rows += batch.num_rows
    if some:
        yield some
