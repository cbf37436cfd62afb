"""Whose file it is: an advisory lock that ends with its process, however that ends.

A file is never written over: a new one takes its name, so whoever has mapped the old one goes on reading it (a mapped
file that is cut short kills its reader). It takes the name when it has begun well: until then the old one is there.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from zinspector.errors import FileError

try:
    import fcntl
except ImportError:  # Windows refuses a second writer by itself
    fcntl = None  # type: ignore[assignment]


class Lock:
    """A file that nobody else may write while this is held."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def holds(self, path: Path) -> bool:
        """Whether the file of that name is still this one."""
        try:
            return os.path.samestat(path.stat(), os.fstat(self.file.fileno()))
        except OSError:
            return False

    def truncate(self, size: int) -> None:
        """Cut the file. Raises OSError."""
        self.file.truncate(size)

    def overwrite(self, place: int, data: bytes) -> None:
        """Write over bytes that are there. Raises OSError."""
        self.file.seek(place)
        self.file.write(data)

    def release(self) -> None:
        """Let others write it."""
        self.file.close()


class NewFile(Lock):
    """An empty file that is ours, beside the one whose name it will take."""

    def __init__(self, file: BinaryIO, temporary: Path, path: Path) -> None:
        super().__init__(file)
        self.temporary = temporary
        self._path = path

    def take_name(self) -> None:
        """Stand in the place of the old file, with its permissions. Raises OSError."""
        self.temporary.chmod(self._path.stat().st_mode & 0o777 if self._path.exists() else 0o644)
        self.temporary.replace(self._path)

    def give_up(self) -> None:
        """Vanish; the old file stays."""
        self.release()
        self.temporary.unlink(missing_ok=True)


def new_file(path: Path) -> NewFile:
    """A file that may take this name, which nobody else writes. Raises FileError."""
    path = path.resolve()
    try:
        _require_free(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        made = NewFile(os.fdopen(handle, "wb", buffering=0), Path(name), path)
        try:
            _lock(made.file)
        except OSError:
            made.give_up()
            raise
    except OSError as error:
        raise FileError(f"can't be written: {error.strerror}", where=str(path)) from None
    return made


def taken(path: Path) -> bool:
    """Whether another process, or another part of this one, writes this file."""
    if fcntl is None:
        return False
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def try_lock(path: Path) -> Lock | None:
    """The lock of a file that stays as it is (made when missing), or None when another has it. Raises OSError."""
    file = path.open("ab")
    try:
        _lock(file)
    except BlockingIOError:
        file.close()
        return None
    return Lock(file)


def _require_free(path: Path) -> None:
    if not path.exists():
        return
    if not path.is_file():
        raise FileError("not a file", where=str(path), remedy="choose another place")
    with path.open("ab"):  # what may not be written may not be replaced
        pass
    if taken(path):
        raise FileError("another zinspector records into this file", where=str(path))


def _lock(file: BinaryIO) -> None:
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
