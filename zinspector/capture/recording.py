"""A recording that is written while it happens: the same `.arrow` file as a saved capture, batch by batch.

- Every batch is handed to the system when it is written. A file whose writer was killed has no footer; it opens all the
  same, up to its last whole batch (`arrow_file`).
- When the disk refuses, the file is cut back to its last whole batch, and ends there. How many rows it lacks can still
  be told: digits in its head are written over, which takes no room (`miss`).
- The file is always a new one: who has the old one of that name open keeps it. One that somebody else records into is
  refused (an advisory lock).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from zinspector.capture.arrow_writer import MISSING, ArrowWriter, together
from zinspector.capture.footer import with_whole_words
from zinspector.capture.locking import new_file
from zinspector.errors import FileError

BUFFER = 1 << 20
NONE_MISSING = f"{0:020d}"


class Recording:
    """A file that rows are appended to until it is closed."""

    def __init__(self, path: Path, metadata: Mapping[str, str] | None = None) -> None:
        """Begin the file anew; where that fails, an old one stays as it is. Raises FileError."""
        self.path = path
        self.rows = 0
        self.bytes = 0
        """How much of the file is whole."""
        self._lock = new_file(path)
        self._ended = False
        try:
            self._file = pa.BufferedOutputStream(pa.OSFile(str(self._lock.temporary), "wb"), BUFFER)
            self._writer = ArrowWriter(self._file, {**(metadata or {}), MISSING.decode(): NONE_MISSING})
            self._writer.begin()
            self._flush()
            # FlatBuffers are built from the back: what was noted last stands before what else may look like this
            self._place_of_missing = self._lock.temporary.read_bytes().find(NONE_MISSING.encode())
            self._lock.take_name()
        except OSError as error:
            self._lock.give_up()
            raise self._fault(error) from None

    def append(self, *batches: pa.RecordBatch) -> None:
        """Add rows, with the numbers that they have. Raises DiskError; then the file has ended."""
        self.require_own()
        for some in together(batches):
            try:
                rows = self._writer.write(some)
                self._flush()
            except OSError as error:
                self._abandon()
                raise self._fault(error) from None
            self.rows += rows

    def note(self, metadata: Mapping[str, str]) -> None:
        """Keep these notes instead of those of the same names. Raises DiskError; then the file has ended."""
        try:
            self._writer.note(metadata)
            self._flush()
        except OSError as error:
            self._abandon()
            raise self._fault(error) from None

    def miss(self, rows: int) -> None:
        """Tell in the file how many rows it should have, and has not; as well as the disk lets it."""
        with suppress(OSError, FileError):
            if self._ended:
                self._lock.overwrite(self._place_of_missing, b"%020d" % rows)
            else:
                self.note({MISSING.decode(): f"{rows:020d}"})

    def require_own(self) -> None:
        """Raises FileError when the file was deleted or replaced by another program; then it has ended."""
        if not self._ended and not self._lock.holds(self.path):
            self._abandon()
            raise FileError("was deleted or replaced by another program while it was recorded", where=str(self.path))

    def close(self) -> None:
        """Finish the file, if it did not end before its time, and let others have it. Raises FileError."""
        try:
            self.finish()
        finally:
            self._lock.release()

    def finish(self) -> None:
        """Finish the file, and keep others from it until it is closed. Raises DiskError; then the file has ended."""
        if self._ended:
            return
        try:
            self._writer.close()
            self._file.close()
            with_whole_words(self.path, self._writer.words)
            self.bytes = self.path.stat().st_size
        except OSError as error:
            self._abandon()
            raise self._fault(error) from None
        self._ended = True

    def _flush(self) -> None:
        self._file.flush()
        self.bytes = self._file.tell()

    def _abandon(self) -> None:
        """Leave what is whole, without a footer; the file is ours until it is closed."""
        self._ended = True
        with suppress(OSError, pa.ArrowException):
            self._file.close()
        with suppress(OSError):
            self._lock.truncate(self.bytes)

    def _fault(self, error: OSError) -> FileError:
        text = f"can't be written: {os.strerror(error.errno) if error.errno else error}"
        return DiskError(text, str(self.path), full=error.errno in (errno.ENOSPC, errno.EDQUOT))


class DiskError(FileError):
    """The disk refuses: it is full, or broken."""

    def __init__(self, text: str, where: str, *, full: bool) -> None:
        super().__init__(text, where=where, remedy="free some space, or record elsewhere")
        self.full = full
