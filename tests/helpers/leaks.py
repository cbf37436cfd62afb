"""What a test may leave behind: nothing. Each look returns lines that say what is there, and where it was made.

Threads, tasks, libzmq's contexts and sockets, top-level widgets, running QTimers, ipc files. Qt is only looked at
where a test made an application. What was found is closed, so that one leak fails one test.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import zmq

from tests.helpers.waiting import PATIENCE_S
from zinspector.tasks import running

ROOT = Path(__file__).resolve().parents[2]
_made_at: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
_ipc_files: dict[Path, str] = {}


def watch_zmq() -> None:
    """Remember where every context and socket is made, and every ipc file."""
    for kind in (zmq.Context, zmq.Socket):
        kind.__init__ = _remembering(kind.__init__)
    bind = zmq.Socket.bind

    def bound(self: Any, address: str) -> Any:
        if address.startswith("ipc://") and address[6:7] not in ("@", "*"):
            _ipc_files[Path(address[6:])] = _caller()
        return bind(self, address)

    zmq.Socket.bind = bound


def _remembering(make: Callable[..., None]) -> Callable[..., None]:
    def made(self: Any, *arguments: Any, **options: Any) -> None:
        make(self, *arguments, **options)
        _made_at[self] = _caller()

    return made


def _caller() -> str:
    """The innermost line of ours that led here."""
    for step in reversed(traceback.extract_stack()):
        path = Path(step.filename)
        if path != Path(__file__) and path.is_relative_to(ROOT) and ".venv" not in path.parts:
            return f"{path.relative_to(ROOT)}:{step.lineno}"
    return "?"


def threads() -> set[threading.Thread]:
    """Those of Python; not those of a library (Arrow's) that called Python once."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("Dummy")}


class Before:
    """What was there before a test; `after()` says what is left of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = threads()
        self._tasks = running()
        self._widgets = set(map(id, _widgets()))
        self._files = set(_sockets_in(folder))

    def after(self) -> list[str]:
        """One line for each thing that the test left behind."""
        return [
            *self._threads_left(),
            *(f"task {task.get_name()}" for task in running() - self._tasks),
            *_zmq_left(),
            *self._widgets_left(),
            *_timers_left(),
            *self._files_left(),
        ]

    def _threads_left(self) -> Iterator[str]:
        end = time.monotonic() + PATIENCE_S
        while (left := self._new_threads()) and time.monotonic() < end:
            time.sleep(0.002)  # they may start others, and can't be joined before they run themselves
        for thread in left:
            yield f"thread {thread.name}, now at {_place_of(thread)}"

    def _new_threads(self) -> set[threading.Thread]:
        return threads() - self._threads

    def _widgets_left(self) -> Iterator[str]:
        for widget in _widgets():
            if id(widget) not in self._widgets and sys.modules["shiboken6"].isValid(widget):
                yield f"top-level widget {type(widget).__name__} {widget.objectName()!r}"
                widget.close()
                widget.deleteLater()

    def _new_widgets(self) -> list[Any]:
        return [widget for widget in _widgets() if id(widget) not in self._widgets]

    def _files_left(self) -> Iterator[str]:
        end = time.monotonic() + PATIENCE_S
        while (left := self._new_files()) and time.monotonic() < end:
            time.sleep(0.01)
        for path in left:
            yield f"socket file {path} made at {_ipc_files.get(path, '?')}"
            path.unlink(missing_ok=True)
        _ipc_files.clear()

    def _new_files(self) -> set[Path]:
        return {*_sockets_in(self._folder), *filter(Path.is_socket, _ipc_files)} - self._files


def _place_of(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "?"


def _zmq_left() -> Iterator[str]:
    if any(not thing.closed for thing in list(_made_at)):
        gc.collect()
    for thing in list(_made_at):
        if not thing.closed:
            kind = "context" if isinstance(thing, zmq.Context) else "socket"
            yield f"zmq {kind} made at {_made_at.pop(thing)}"
            if isinstance(thing, zmq.Context):
                thing.destroy(linger=0)
            else:
                thing.close(0)


def _widgets() -> list[Any]:
    """All top-level widgets of their own (menus and dialogs belong to theirs), once what is to be deleted is gone."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    app = widgets.QApplication.instance() if widgets is not None else None
    if app is None:
        return []
    core = sys.modules["PySide6.QtCore"]
    core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
    return [widget for widget in app.topLevelWidgets() if widget.parent() is None]


def _timers_left() -> Iterator[str]:
    core = sys.modules.get("PySide6.QtCore")
    if core is None or core.QCoreApplication.instance() is None:
        return
    gc.collect()
    shiboken = sys.modules["shiboken6"]
    timers = [thing for thing in gc.get_objects() if isinstance(thing, core.QTimer)]

    def running() -> list[Any]:
        return [timer for timer in timers if shiboken.isValid(timer) and timer.isActive()]

    end = time.monotonic() + PATIENCE_S
    while any(timer.isSingleShot() and not timer.interval() for timer in running()) and time.monotonic() < end:
        core.QCoreApplication.processEvents()  # what goes on at once is ending: a busy machine took its turn away
    for timer in running():
        yield f"QTimer of {type(timer.parent()).__name__} every {timer.interval()} ms"
        timer.stop()


def _sockets_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_socket()]
