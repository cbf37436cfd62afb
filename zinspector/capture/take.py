"""A recording under way: batches go to a file behind the loop, or to one file after another.

- With limits a file ends when it is large or old enough, and the next begins: `traffic-0001.arrow`,
  `traffic-0002.arrow` and so on, after those that are there. `most_files` keeps only its own newest. Each begins
  with what holds of the connections that are open (`standing`), which doesn't count against its size, and notes which
  recording it is a part of.
- What fails ends the recording, not the capture: `failure` says why, `lost` how many rows are in no file, and so does
  the file itself. What was written stays readable.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from zinspector.capture.behind import Behind
from zinspector.capture.recording import Recording
from zinspector.capture.standing import NOTE, Standing, as_text
from zinspector.errors import FileError

NOTED_EVERY_S = 1.0
RECORDING = "recording"


@dataclass(frozen=True)
class Limits:
    """When the next file begins: after so many bytes or seconds; how many of the files are kept. None: no limit."""

    bytes: int | None = None
    seconds: float | None = None
    most_files: int | None = None

    @property
    def several(self) -> bool:
        """Whether there is more than one file."""
        return self.bytes is not None or self.seconds is not None


class Take:
    """Records until it is closed."""

    def __init__(
        self,
        path: Path,
        metadata: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        before: Iterable[pa.RecordBatch] = (),
    ) -> None:
        """Begin a file of that name, or with `limits` the first of several. Raises FileError.

        `before` are the rows that were captured until now: of them, what holds of open connections is kept.
        """
        self.limits = limits or Limits()
        self.rows = 0
        """Rows that are in files."""
        self._not_taken = self._not_written = 0  # one is counted by who puts, the other by the thread
        self._missed = 0  # of these rows, the file tells
        self.failure: FileError | None = None
        self._wanted = path
        self._notes = dict(metadata or {})
        self._mark = {RECORDING: uuid4().hex} if self.limits.several else {}
        self._later: Callable[[], Mapping[str, str]] | None = None
        self._standing = Standing()
        self._before: Iterable[pa.RecordBatch] | None = before
        self._number = max(series(path), default=0) if self.limits.several else 0
        self._paths: list[Path] = []
        self._closed_bytes = self._bytes_apart = 0
        self._current: Recording | None = self._next()
        self._behind = Behind(self._write, "recording", self._look)

    @property
    def path(self) -> Path:
        """The file that is written now, or was written last."""
        return self._paths[-1]

    @property
    def lost(self) -> int:
        """Rows that should be in a file, and are not."""
        return self._not_taken + self._not_written

    @property
    def bytes(self) -> int:
        """What all files hold."""
        current = self._current
        return self._closed_bytes + (current.bytes if current is not None else 0)

    def put(self, batch: pa.RecordBatch, *, wait: bool = False) -> None:
        """Record rows with the numbers that they have; when the disk is too slow, `wait`, or lose them."""
        if self.failure is not None or (self._behind.full and not wait):
            self._not_taken += batch.num_rows
        else:
            self._behind.put(batch, wait=wait)

    def note(self, later: Callable[[], Mapping[str, str]]) -> None:
        """What is to be kept with the rows has changed: it is asked for in the thread that writes, once a second."""
        self._later = later

    def close(self) -> None:
        """Write what waits, and finish the file; `failure` tells when that was not possible."""
        self._behind.close()
        self._end()

    # In the thread

    def _write(self, batches: list[pa.RecordBatch]) -> None:
        before = self.rows
        if self.failure is None:
            try:
                self._roll()
                self._record(batches)
            except FileError as error:
                self.failure = error
        self._not_written += sum(batch.num_rows for batch in batches) - (self.rows - before)

    def _record(self, batches: list[pa.RecordBatch]) -> None:
        if self._current is None:
            self._current = self._next()
            self._stand(self._current)
        elif self._before is not None:
            self._standing.consume(self._before)
            self._stand(self._current)
        self._before = None
        before = self._current.rows
        try:
            self._current.append(*batches)
        finally:
            self.rows += self._current.rows - before
            if self._current.rows > before and self.limits.most_files is not None:
                self._forget_oldest(self.limits.most_files)
        if self.limits.several:
            self._standing.consume(batches)

    def _stand(self, current: Recording) -> None:
        """Begin a file with what holds of open connections. Raises DiskError."""
        self._bytes_apart = 0
        rows = self._standing.rows()
        if rows is not None:
            begun = current.bytes
            current.note({NOTE: as_text(rows)})
            self._bytes_apart = current.bytes - begun

    def _look(self) -> None:
        """Once a second when nothing comes."""
        if self.failure is not None:
            self._miss()
            return
        try:
            if self._current is not None:
                self._current.require_own()
            self._roll()
        except FileError as error:
            self.failure = error

    def _roll(self) -> None:
        """End a file that is large or old enough; the next begins with the next rows. Raises FileError."""
        current, limits = self._current, self.limits
        if current is None:
            return
        if time.monotonic() - self._noted_at >= NOTED_EVERY_S:
            self._note(current)
        if not current.rows:
            return
        large = limits.bytes is not None and current.bytes - self._bytes_apart >= limits.bytes
        if large or (limits.seconds is not None and time.monotonic() - self._began >= limits.seconds):
            self._note(current)
            current.finish()  # where the disk refuses even this, the file is still ours, and is told what it lacks
            current.close()
            self._current = None
            self._closed_bytes += current.bytes

    def _note(self, current: Recording) -> None:
        """Raises DiskError."""
        if self._newest_notes():
            self._noted_at = time.monotonic()
            current.note(self._notes)

    def _newest_notes(self) -> bool:
        """Ask for the notes; returns whether they may have changed."""
        later, self._later = self._later, None
        if later is not None:
            self._notes = dict(later())
        return later is not None

    def _next(self) -> Recording:
        """Raises FileError."""
        path = self._wanted
        if self.limits.several:
            self._number += 1
            path = path.with_name(f"{path.stem}-{self._number:04d}{path.suffix}")
        self._newest_notes()
        recording = Recording(path, self._notes | self._mark)
        self._began = self._noted_at = time.monotonic()
        self._paths.append(path)
        return recording

    def _forget_oldest(self, most: int) -> None:
        for path in self._paths[:-most]:
            with suppress(OSError):
                path.unlink()
        del self._paths[:-most]

    def _miss(self) -> None:
        lost = self.lost
        if self._current is not None and lost != self._missed:
            self._missed = lost
            self._current.miss(lost)

    def _end(self) -> None:
        current = self._current
        if current is None:
            return
        try:
            if self.failure is None:
                self._note(current)
            self._miss()
            current.close()
        except FileError as error:
            self.failure = self.failure or error
        self._current = None
        self._closed_bytes += current.bytes


def series(path: Path) -> dict[int, Path]:
    """The files of a rotation of that name that are there, by their numbers, in order."""
    pattern = re.compile(rf"{re.escape(path.stem)}-(\d{{4,9}}){re.escape(path.suffix)}")
    try:
        found = [(pattern.fullmatch(each.name), each) for each in path.parent.iterdir()]
    except OSError:
        return {}
    return dict(sorted((int(match[1]), each) for match, each in found if match))
