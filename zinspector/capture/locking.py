"""Whose file it is: an advisory lock that ends with its process, however that ends.

A file is never written over: a new one takes its name, so whoever has mapped the old one goes on reading it (a mapped
file that is cut short kills its reader). The lock is on the new file before it has the name.
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
        self._file = file

    def holds(self, path: Path) -> bool:
        """Whether the file of that name is still this one."""
        try:
            return os.path.samestat(path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def truncate(self, size: int) -> None:
        """Cut the file. Raises OSError."""
        self._file.truncate(size)

    def release(self) -> None:
        """Let others write it."""
        self._file.close()


def locked(path: Path) -> Lock:
    """A new empty file of that name, which is ours. Raises FileError."""
    path = path.resolve()
    try:
        _require_free(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        file = os.fdopen(handle, "wb")
        try:
            _lock(file)
            Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
            Path(name).replace(path)
        except BaseException:
            file.close()
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileError(f"can't be written: {error.strerror}", where=str(path)) from None
    return Lock(file)


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
