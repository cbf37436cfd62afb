"""Taking over a live ipc path: its socket gets another name, a relay listens in its place, and in the end all is back.

Rules:
- The live socket file is renamed within its folder; programs that are connected already stay connected. Where the
  relay listens now, clients notice nothing.
- A note beside the path says what was renamed, and is locked while its relay lives. The kernel frees the lock of a
  process that was killed, so whoever finds a note that is not locked puts the path back: the next relay on that path,
  and every worker that starts (`restore_forgotten`, which knows the paths from a list of this user).
- The program may start again meanwhile: libzmq then binds the path anew (and takes it from us without a word). That is
  noticed within half a second, and its new socket is taken over again.
- Putting back renames the socket file over ours; if its program has gone, there is nothing to put back and our file is
  removed. A path that others have bound meanwhile is left to them.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from zinspector.errors import SocketError
from zinspector.runtime.transports import AddressInUseError, served
from zinspector.topology.endpoints import IPC_PATH_MAX

STEP_S = 0.25
NOTE = ".zinspector"


class Takeover:
    """One path. `moved` is where its live socket is now."""

    def __init__(self, path: Path, rebind: Callable[[], None]) -> None:
        """`rebind` is called when the relay has to listen at the path again. Raises SocketError."""
        self.path = path
        self.moved = _beside(path, "taken")
        self._rebind = rebind
        self._note: int | None = None
        self._ours: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Move the live socket away. Raises SocketError where there is none, or where it can't be moved."""
        note = _note_of(self.path)
        where = f"ipc://{self.path}"
        try:
            free = restore(note)
        except FileNotFoundError:
            free = True
        except OSError as error:  # another user's, for instance
            text = f"can't be taken over: its note {note.name} can't be read: {error.strerror}"
            raise SocketError(text, where=where, remedy="remove the note, if its zinspector has gone") from None
        if not free:
            raise AddressInUseError("another zinspector relays this path already", where=where)
        if not self.path.is_socket() or not served(str(self.path)):
            remedy = "start its program first, or listen on another path"
            raise SocketError("nobody serves this path, so it can't be taken over", where=where, remedy=remedy)
        try:
            self._note = os.open(note, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._note, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(self._note, json.dumps({"path": str(self.path), "moved": str(self.moved)}).encode())
            os.fsync(self._note)
            _remember(note)
            self.path.rename(self.moved)
        except OSError as error:
            self.end()
            raise SocketError(f"can't be taken over: {error.strerror}", where=where) from None

    def listening(self) -> None:
        """The relay listens at the path now: notice when somebody else does."""
        self._ours = self.path.stat().st_ino
        self._timer = asyncio.get_running_loop().call_later(STEP_S, self._look)

    def end(self) -> None:
        """Put everything back; to be called before the relay closes its socket."""
        if self._timer is not None:
            self._timer.cancel()
        if self._note is None:
            return
        _put_back(self.path, self.moved, self._ours)
        note = _note_of(self.path)
        note.unlink(missing_ok=True)
        _forget(note)
        os.close(self._note)
        self._note = None

    def _look(self) -> None:
        try:
            stolen = self.path.stat().st_ino != self._ours and served(str(self.path))
        except OSError:  # its program has closed, and removed what it takes for its own
            stolen = False
        if stolen:
            self.path.rename(self.moved)
            self._rebind()
            self.listening()
        else:
            self._timer = asyncio.get_running_loop().call_later(STEP_S, self._look)


def restore(note: Path) -> bool:
    """Put back what a killed relay left; False where it lives. Raises FileNotFoundError without a note."""
    handle = os.open(note, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        with suppress(ValueError, KeyError, TypeError):  # else killed while it wrote: nothing was renamed yet
            record = json.loads(os.read(handle, 4096))
            path, moved = Path(record["path"]), Path(record["moved"])
            if _note_of(path) == note and moved.parent == path.parent:
                _put_back(path, moved, None)
        note.unlink(missing_ok=True)
        _forget(note)
        return True
    finally:
        os.close(handle)


def restore_forgotten() -> None:
    """Put back what killed relays of this user left, wherever it is."""
    for reminder in _list_folder().glob("*"):
        with suppress(OSError):
            note = Path(reminder.read_text())
            try:
                restore(note)
            except FileNotFoundError:
                reminder.unlink(missing_ok=True)


def _put_back(path: Path, moved: Path, ours: int | None) -> None:
    """`ours` is the inode of our socket file at the path; None where its process is gone."""
    try:
        inode = path.stat().st_ino
        foreign = inode != ours if ours is not None else served(str(path))
    except OSError:
        foreign = False
    alive = moved.is_socket() and served(str(moved))
    if alive and not foreign:
        moved.rename(path)
        return
    moved.unlink(missing_ok=True)
    if not foreign:
        path.unlink(missing_ok=True)


def _note_of(path: Path) -> Path:
    return path.with_name(f".{path.name}{NOTE}")


def _beside(path: Path, what: str) -> Path:
    """A name in the same folder that still fits a socket address. Raises SocketError."""
    for name in (f"{path.name}.{what}", f".z{hashlib.sha256(path.name.encode()).hexdigest()[:6]}"):
        found = path.with_name(name)
        if len(os.fsencode(found)) <= IPC_PATH_MAX:
            return found
    raise SocketError("its path is too long for a second name beside it", where=f"ipc://{path}")


def _list_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"zinspector-{os.getuid()}"


def _reminder(note: Path) -> Path:
    return _list_folder() / hashlib.sha256(os.fsencode(note)).hexdigest()[:16]


def _remember(note: Path) -> None:
    folder = _list_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid == os.getuid():
        _reminder(note).write_text(str(note))


def _forget(note: Path) -> None:
    with suppress(OSError):
        _reminder(note).unlink(missing_ok=True)
        _list_folder().rmdir()  # when it was the last one
