"""Running a coroutine on qasync's loop, the loop of the window, from a plain test."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import qasync
from PySide6.QtWidgets import QApplication

T = TypeVar("T")


def run_on_qt(app: QApplication, work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end on a fresh qasync loop, which closing the last window must not end."""
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        return runner.run(work)
