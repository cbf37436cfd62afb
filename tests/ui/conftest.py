"""The whole window on a loop of its own; and for panels alone, a workspace with rows from a feed."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.helpers.captured import Feed
from tests.helpers.qtloop import run_on_qt
from zinspector.settings import Settings
from zinspector.topology.document import Document, Link, SocketNode
from zinspector.ui import theme
from zinspector.ui.window import MainWindow
from zinspector.ui.workspace import Workspace

DRAWING = Document(
    nodes=(
        SocketNode(id="station", type="PUB", label="weather-station"),
        SocketNode(id="display", type="SUB", subscriptions=("",)),
    ),
    links=(Link(id="l1", source="station", target="display"),),
)
Scene = Callable[[MainWindow], Awaitable[None]]


@pytest.fixture
def play(qapp: QApplication) -> Callable[[Scene], None]:
    """Runs a coroutine with a shown window on the window's own loop, and closes both in good order."""

    def run(scene: Scene) -> None:
        async def main() -> None:
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


@pytest.fixture(autouse=True)
def _garbage_waits() -> Iterator[None]:
    """Nothing of Qt may end in a thread of a test's work; what is left is collected between the tests."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done for some milliseconds at a time is done at once: where a piece ends is not up to the machine.

    Nor is how long others then have their turn.
    """
    for place in ("backlog", "topics.panel", "inspect.rows"):
        monkeypatch.setattr(f"zinspector.ui.{place}.BUDGET_S", 60.0)
    monkeypatch.setattr("zinspector.ui.pace.perf_counter", lambda: 0.0)


@pytest.fixture(autouse=True)
def _dark(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")


@pytest.fixture
def workspace(qapp: QApplication) -> Workspace:
    """A publisher and a subscriber, drawn."""
    made = Workspace()
    made.edit("Draw", DRAWING)
    return made


@pytest.fixture
def feed(workspace: Workspace) -> Feed:
    """Puts rows into the store of the workspace."""
    return Feed(workspace.store)
