"""Opening the window: the only module of the command line that reaches for Qt, and only when a window opens.

Qt aborts the process when it finds no display, so that is looked at first: `QT_QPA_PLATFORM` where it is set, else a
Wayland or X11 server that really answers.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from zinspector.cli import libraries
from zinspector.errors import UserError

WITHOUT_DISPLAY = ("offscreen", "minimal")


def open_window(
    files: list[Path], *, run: bool = False, startup_times: bool = False, keep_bytes: int | None = None
) -> int:
    """Show the window, which keeps up to `keep_bytes`; returns the exit code.

    Raises UserError where there is no display.
    """
    if display() is None:
        if not startup_times and _chosen() is None:
            raise UserError(
                "there is no display to open a window on",
                remedy="run, send and check work without one, and demo leaves a screenshot",
            )
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    libraries.require(display())
    from zinspector import app

    return app.open_window(files, run=run, startup_times=startup_times, keep_bytes=keep_bytes)


def open_demo(for_s: float | None, offscreen_s: float, output: Path) -> int:
    """Show the demo; without a display run it for some seconds and leave what it showed in `output`."""
    on = display()
    if on is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    libraries.require(on)
    if on is None:
        for_s = for_s or offscreen_s
        _make(output)
        print(f"No display: running the demo offscreen for {for_s:g} s", flush=True)
    from zinspector import app

    return app.open_window([], demo=True, for_s=for_s, output=output if on is None else None)


def display() -> str | None:
    """What the window would be shown on: `x11`, `wayland`, another name of Qt's; None for nothing."""
    chosen = _chosen()
    if chosen is not None:
        return None if chosen in WITHOUT_DISPLAY else {"xcb": "x11"}.get(chosen, chosen)
    if not sys.platform.startswith("linux"):
        return "native"
    if _wayland_answers():
        return "wayland"
    return "x11" if os.environ.get("DISPLAY") and _x11_answers() else None


def _chosen() -> str | None:
    """The platform plugin that the user chose."""
    return os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] or None


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY")
    return bool(name) and (Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / str(name)).is_socket()


def _x11_answers() -> bool:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # can't tell; what is missing is told next
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(error.strerror or str(error), where=str(folder), remedy="choose another --output") from None
    if not os.access(folder, os.W_OK):
        raise UserError("can't be written to", where=str(folder), remedy="choose another --output")
