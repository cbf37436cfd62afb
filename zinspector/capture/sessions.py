"""What a window captures, in a folder of its own, so that the next window finds what a killed one leaves behind.

Each session has a lock that ends with its process. A folder whose lock is free was left behind: it is offered
(`left_behind`), opened or discarded. A session that ends well removes its folder; one that lives is left alone, and
so is one that another window offers at the moment.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from zinspector.capture.arrow_file import ArrowFile
from zinspector.capture.locking import Lock, try_lock
from zinspector.capture.spill import Notes, Spill
from zinspector.capture.store import Store
from zinspector.errors import FileError

LOCK = "lock"
MAKING = ".making-"


class Session:
    """The folder of this process; `spill` writes to it."""

    def __init__(self, root: Path, notes: Notes = dict) -> None:
        """Make a folder in `root`. `notes` are kept with the rows. Raises FileError."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(prefix=MAKING, dir=root))
            lock = try_lock(made / LOCK)
            assert lock is not None, "the folder is new"
            self.folder = root / f"{time.strftime('%Y%m%d-%H%M%S')}{made.name.removeprefix(MAKING[:-1])}"
            made.rename(self.folder)
        except OSError as error:
            text = f"what is captured can't be kept on the disk: {error.strerror}"
            raise FileError(text, where=str(root), remedy="it stays in memory, and is lost with the window") from None
        self._lock: Lock = lock
        self.spill = Spill(self.folder, notes)

    def close(self) -> None:
        """End well: nothing is left."""
        self.spill.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()


class Left:
    """A session that was left behind, ours until it is released. Raises FileError where nothing can be read."""

    def __init__(self, folder: Path, lock: Lock) -> None:
        self.folder = folder
        self._lock = lock
        self.notes: Mapping[str, str] = {}
        self.bytes = 0
        self.began_s = self.ended_s = folder.stat().st_mtime
        """Wall time, in seconds since 1970."""
        self._files: list[ArrowFile] = []
        end = 0
        for path in sorted(folder.glob("*.arrow")):
            with suppress(FileError):  # begun, but nothing written
                file = ArrowFile(path)
                if file.pieces and file.first_n >= end:  # else its rows are in the one before, too
                    end = file.first_n + file.rows
                    self._add(file)
        if self._files:
            self.began_s = self._files[0].pieces[0].rows.column("time_ns")[0].as_py() / 1e9

    def _add(self, file: ArrowFile) -> None:
        self._files.append(file)
        self.notes = file.notes
        state = file.path.stat()
        self.bytes += state.st_size
        self.ended_s = state.st_mtime

    @property
    def rows(self) -> int:
        """How many rows were saved."""
        return sum(file.rows for file in self._files)

    def load(self) -> Store:
        """The rows, which stay in their files: these must be there as long as the rows are shown."""
        store = Store()
        for file in self._files:
            store.take_over(file)
        store.remarks = ["recovered: the last second before the end may be missing"]
        return store

    def discard(self) -> None:
        """Delete it."""
        self._files.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()

    def release(self) -> None:
        """Leave it for the next window."""
        self._lock.release()


def left_behind(root: Path) -> list[Left]:
    """The sessions of processes that ended unexpectedly, newest first; folders without rows are removed."""
    found = []
    for folder in sorted(root.glob("*/"), reverse=True):
        with suppress(OSError):  # another window may be removing it
            lock = try_lock(folder / LOCK) if (folder / LOCK).is_file() else None
            if lock is None:
                continue
            left = Left(folder, lock)
            if left.rows:
                found.append(left)
            else:
                left.discard()
    return found
