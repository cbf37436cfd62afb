"""Composition root of the window.

Start-up: Qt's application and theme; then qasync's loop, on which sockets and widgets live together; then the
workspace and the window; then the files of the command line. What draws charts is loaded when the window is there.
Garbage that survived all that is frozen, so that collections while traffic flows look only at what is new.

Shutdown: the window asks about unsaved work and says `closed`; the session closes its sockets (linger 0); settings
are written; a recording is finished, the folder of the session removed; the loop ends by itself. Nothing calls
`app.quit()`: clean-up that is still awaited would be cut off.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType

import qasync
from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from zinspector import __version__, settings, tasks
from zinspector.capture.sessions import Session
from zinspector.capture.store import Store
from zinspector.errors import UserError
from zinspector.runtime.memory import settle_garbage, share_heaps
from zinspector.shipped import shipped
from zinspector.tasks import in_thread, spawn
from zinspector.ui import theme
from zinspector.ui.demo import leave_evidence
from zinspector.ui.garbage import collected_here
from zinspector.ui.window import MainWindow
from zinspector.ui.work import cancel_all
from zinspector.ui.workspace import Workspace

log = logging.getLogger(__name__)
QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
PAINTED_S = 0.1
FAILED = 1
BAD_INPUT = 2


def open_window(
    files: list[Path],
    *,
    demo: bool = False,
    run: bool = False,
    for_s: float | None = None,
    output: Path | None = None,
    startup_times: bool = False,
    keep_bytes: int | None = None,
) -> int:
    """Show the window until it is closed; returns the exit code.

    `demo` shows the demo topology instead of files; `run` presses Run at once. `for_s` closes the window by itself
    after so many seconds; with `output` it first leaves a screenshot, the capture and charts there. `startup_times`
    prints what start-up took and ends. `keep_bytes` of what is captured are kept instead of the preference.
    """
    share_heaps()
    app = _application()
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        return runner.run(_live(app, Start(files, demo, run or demo, for_s, output, startup_times, keep_bytes)))


@dataclass(frozen=True)
class Start:
    """What the command line asked of the window; the fields are `open_window`'s arguments."""

    files: list[Path]
    demo: bool
    run: bool
    for_s: float | None
    output: Path | None
    startup_times: bool
    keep_bytes: int | None


async def _live(app: QApplication, start: Start) -> int:
    remembered = settings.load()
    theme.apply(app, remembered.theme)
    session, trouble = _session()
    retention = start.keep_bytes or remembered.retention_mb << 20
    store = Store(retention, session.spill) if session is not None else Store()
    workspace = Workspace(store=store)
    if session is not None:
        session.spill.notes = workspace.notes
        workspace.folder = session.folder
    window = MainWindow(workspace, remembered)
    closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    window.closed.connect(lambda: None if closed.done() else closed.set_result(0))
    with collected_here(window), _crashes_in(window), _signals_to(window):
        if start.output is not None:
            window.layout_.forget()
        window.show()
        _open_all(window, start)
        if start.startup_times:
            app.processEvents()
            sys.stdout.write(f"first paint {process_age_s():.3f} s after the process began\n")
            window.close_without_asking()
        else:
            spawn(_load_charts(), "load charts")
        settle_garbage()
        if start.run:
            workspace.start()
        if start.for_s is not None:
            spawn(_end_after(window, start.for_s, start.output, closed), "end after")
        if trouble is not None:
            window.show_error(trouble)
        spawn(window.keeping.recovery.look(settings.sessions_folder()), "look for sessions")
        code = await closed
        workspace.stop()
        await workspace.live.closed()
        await window.keeping.closed()
        cancel_all()  # again: rows that came until now may have been looked at
    if session is not None:
        await in_thread(session.close)
    return code


async def _load_charts() -> None:
    """A third of a second right after the first paint, which nobody sees; else it comes when Plots is opened first.

    Not in a thread: a class of Qt's that is made there moves the table in which Qt looks one up here, without a lock.
    """
    await asyncio.sleep(PAINTED_S)
    import_module("zinspector.ui.plots.export")
    settle_garbage()


def _session() -> tuple[Session | None, UserError | None]:
    """Where what is captured is kept while the window is open, or why it can't be."""
    try:
        return Session(settings.sessions_folder()), None
    except UserError as error:
        return None, error


def _open_all(window: MainWindow, start: Start) -> None:
    for path in [shipped("resources/samples/demo.zin.json")] if start.demo else start.files:
        if start.demo:
            window.filing.open_sample(path)
        else:
            window.filing.open_path(path)
    window.canvas.fit()


async def _end_after(window: MainWindow, for_s: float, output: Path | None, closed: asyncio.Future[int]) -> None:
    await asyncio.sleep(for_s)
    code = FAILED
    try:
        if output is not None:
            lines = await leave_evidence(window, output)
            sys.stdout.write("\n".join([*lines, ""]))
        code = 0
    except UserError as error:
        sys.stderr.write(f"zinspector: {error}\n")
        code = BAD_INPUT
    finally:
        if not closed.done():
            closed.set_result(code)
        window.close_without_asking()


def _application() -> QApplication:
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setApplicationName("zinspector")
    QApplication.setApplicationDisplayName("zinspector")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("zinspector")
    qInstallMessageHandler(_told_by_qt)
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    return app


def _told_by_qt(kind: QtMsgType, _: object, text: str) -> None:
    level = logging.DEBUG if "does not support propagateSizeHints" in text else QT_LEVELS[kind]
    log.log(level, "Qt: %s", text)


class _signals_to:  # noqa: N801  # reads as a phrase where it is used
    """While it holds, Ctrl-C and SIGTERM close the window in good order."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._window.close_without_asking)

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


class _crashes_in:  # noqa: N801  # reads as a phrase where it is used
    """While it holds, an exception that nobody caught is a bug: it is logged, and told in one line."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._former = sys.excepthook

    def __enter__(self) -> None:
        sys.excepthook = self._caught
        tasks.on_failure.add(self._tell)

    def __exit__(self, *_: object) -> None:
        tasks.on_failure.discard(self._tell)
        sys.excepthook = self._former

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("unexpected error", exc_info=(kind, error, trace))
        self._tell(error)
        traceback.clear_frames(trace)  # Python keeps it: a painter in it that outlives its widget ends the process

    def _tell(self, error: BaseException) -> None:
        self._window.show_message(f"Unexpected error, please report it: {type(error).__name__}: {error}", "error")


def process_age_s() -> float:
    """Seconds since the operating system started this process."""
    if sys.platform == "linux":
        started = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")
    return time.process_time()
