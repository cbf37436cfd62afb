"""Rows of a store in files: segments of a few megabytes, each an `.arrow` capture by itself, in one folder.

- A thread appends to the newest segment what comes (`behind`), so what a killed process had seen is in the file, up to
  the last second. A full segment is closed and mapped, and its batches take the place of those in memory.
- Segments of little traffic are put together with the one before, so there are never many.
- A segment whose rows the store has given up is deleted; whoever still holds its batches goes on reading them.
- On a full disk the oldest segment goes, as with retention. When none is left, or the disk refuses for another reason,
  rows stay in memory, as few as `Store` keeps then, `trouble` says why, and the disk is tried again every second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from zinspector.capture.arrow_file import ArrowFile
from zinspector.capture.behind import Behind
from zinspector.capture.recording import DiskError, Recording
from zinspector.capture.store import Store
from zinspector.errors import FileError

SEGMENT_BYTES = 16 << 20
SEGMENT_BATCHES = 500  # of those that came: each costs some kilobytes in memory, and every filter some microseconds
SMALL_BYTES = 8 << 20

Notes = Callable[[], Mapping[str, str]]


class Segment(NamedTuple):
    """A closed file with the rows `start` to before `end`."""

    path: Path
    start: int
    end: int
    bytes: int


class Spill:
    """Writes what a store takes in to a folder of its own, which must be there."""

    def __init__(self, folder: Path, notes: Notes = dict) -> None:
        """`notes` are asked for with each segment, and kept in it."""
        self.folder = folder
        self.trouble = ""
        self.notes = notes
        self._store: Store | None = None
        self._floor = 1
        self._segments: list[Segment] = []
        self._open: Recording | None = None
        self._start = self._end = 1  # of the open segment
        self._came = 0
        self._refused: list[pa.RecordBatch] = []
        self._behind = Behind(self._write, "capture to disk", self._again)

    @property
    def full(self) -> bool:
        """Whether more waits for the disk than should be in memory."""
        return self._behind.full

    def attach(self, store: Store) -> None:
        """Whom to give back what was written."""
        self._store = store

    def put(self, batch: pa.RecordBatch) -> None:
        """Have a batch written."""
        self._behind.put(batch)

    def release(self, n: int) -> None:
        """Rows below number `n` are no longer needed."""
        self._floor = n

    def settle(self) -> None:
        """Wait until everything is in files."""
        self._behind.settle()

    def close(self) -> None:
        """Write what waits, and end; the files stay."""
        self._behind.close()
        if self._open is not None:
            with suppress(FileError):
                self._open.close()
            self._open = None

    # In the thread

    def _write(self, batches: list[pa.RecordBatch]) -> None:
        wanted = [*self._refused, *batches]
        self._refused = []
        while True:
            wanted = [batch for batch in wanted if _end(batch) > self._floor]
            self._drop()
            if not wanted:
                return
            try:
                self._append(wanted)
                self.trouble = ""
                return
            except FileError as error:
                wanted = self._rest(wanted)
                if not (isinstance(error, DiskError) and error.full and self._give_up_oldest()):
                    self.trouble = str(error)
                    self._refused = wanted
                    return

    def _append(self, batches: list[pa.RecordBatch]) -> None:
        """Raises FileError."""
        if self._open is None:
            self._start = self._end = _start(batches[0])
            self._came = 0
            self._open = Recording(self.folder / f"{self._start:015d}.arrow", self.notes())
        self._open.append(*batches)
        self._end = _end(batches[-1])
        self._came += len(batches)
        if self._open.bytes >= SEGMENT_BYTES or self._came >= SEGMENT_BATCHES:
            self._finish()

    def _finish(self) -> None:
        """Close the segment and give its rows back mapped."""
        recording, self._open = self._open, None
        if recording is None:
            return
        with suppress(FileError):  # a full disk: then it stays without its footer
            recording.close()
        segment = new = Segment(recording.path, self._start, self._end, recording.bytes)
        with suppress(FileError):  # the same: then it stays alone
            segment = self._joined(new)
        self._segments.append(segment)
        self._give_back(segment)

    def _joined(self, new: Segment) -> Segment:
        """The segment, written together with the one before when both are small. Raises FileError."""
        old = self._segments[-1] if self._segments else None
        apart = old is None or old.end != new.start or old.bytes + new.bytes > SMALL_BYTES
        if old is None or (apart and self._came < SEGMENT_BATCHES):
            return new
        parts = [new] if apart else [old, new]
        path = self.folder / f"{parts[0].start:015d}.joined"
        try:
            whole = Recording(path, self.notes())
            whole.append(*(piece.rows for part in parts for piece in ArrowFile(part.path).pieces))
            whole.close()
        except FileError:
            path.unlink(missing_ok=True)
            raise
        if not apart:
            self._segments.pop()
        path.replace(parts[0].path)
        if not apart:
            new.path.unlink(missing_ok=True)
        return Segment(parts[0].path, parts[0].start, new.end, whole.bytes)

    def _give_back(self, segment: Segment) -> None:
        batches = [piece.rows for piece in ArrowFile(segment.path).pieces]
        if self._store is not None and batches:
            self._store.replace(segment.start, batches, segment.bytes)

    def _rest(self, batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
        """What is not in the segment that ended before its time; what is comes back mapped."""
        written = self._start
        if self._open is not None:
            recording, self._open = self._open, None
            with suppress(FileError):
                recording.close()
            written += recording.rows
            if recording.rows:
                segment = Segment(recording.path, self._start, written, recording.bytes)
                self._segments.append(segment)
                self._give_back(segment)
            else:
                recording.path.unlink(missing_ok=True)
        rest = [batch for batch in batches if _end(batch) > written]
        if rest and _start(rest[0]) < written:
            rest[0] = rest[0].slice(written - _start(rest[0]))
        return rest

    def _give_up_oldest(self) -> bool:
        """Make room on a full disk; returns whether there was something to give up."""
        if not self._segments or self._store is None:
            return False
        self._store.evict_before(self._segments[0].end)
        self._floor = max(self._floor, self._segments[0].end)
        return True

    def _drop(self) -> None:
        """Delete what nobody needs any more."""
        while self._segments and self._segments[0].end <= self._floor:
            self._segments.pop(0).path.unlink(missing_ok=True)
        if self._open is not None and self._end <= self._floor:
            recording, self._open = self._open, None
            with suppress(FileError):
                recording.close()
            recording.path.unlink(missing_ok=True)

    def _again(self) -> None:
        """Once a second: what was given up goes from the disk, what was refused is tried again."""
        if self._refused:
            self._write([])
        self._drop()


def _start(batch: pa.RecordBatch) -> int:
    start: int = batch.column(0)[0].as_py()
    return start


def _end(batch: pa.RecordBatch) -> int:
    return _start(batch) + int(batch.num_rows)
