"""The whole window on a loop of its own."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.helpers.qtloop import run_on_qt
from zinspector.settings import Settings
from zinspector.ui import theme
from zinspector.ui.window import MainWindow
from zinspector.ui.workspace import Workspace

Scene = Callable[[MainWindow], Awaitable[None]]


@pytest.fixture
def play(qapp: QApplication) -> Callable[[Scene], None]:
    """Runs a coroutine with a shown window on the window's own loop, and closes both in good order."""

    def run(scene: Scene) -> None:
        async def main() -> None:
            theme.apply(qapp, "dark")
            window = MainWindow(Workspace(), Settings())
            window.show()
            try:
                await scene(window)
            finally:
                window.close_without_asking()
                window.workspace.stop()
                await window.workspace.live.closed()
                window.deleteLater()
                window.workspace.deleteLater()
                QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
                del window
                gc.collect()  # pyqtgraph's items are cycles that own widgets

        run_on_qt(qapp, main())

    return run
