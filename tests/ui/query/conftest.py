"""A workspace with rows from a feed, and the Query panel in a window."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.topology.document import Document, Link, SocketNode
from zinspector.ui import theme
from zinspector.ui.query.panel import QueryPanel
from zinspector.ui.workspace import Workspace

DRAWING = Document(
    nodes=(
        SocketNode(id="station", type="PUB", label="weather-station"),
        SocketNode(id="display", type="SUB", subscriptions=("",)),
    ),
    links=(Link(id="l1", source="station", target="display"),),
)


@pytest.fixture(autouse=True)
def _dark(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")


@pytest.fixture
def workspace(qapp: QApplication) -> Workspace:
    made = Workspace()
    made.edit("Draw", DRAWING)
    return made


@pytest.fixture
def feed(workspace: Workspace) -> Feed:
    return Feed(workspace.store)


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> Iterator[QueryPanel]:
    """In a bare window: the offscreen platform warns about one with size hints."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1400, 500)
    made = QueryPanel(workspace, parent=window)
    made.resize(1400, 500)
    window.show()
    yield made
    made.cancel()
    gc.collect()  # pyqtgraph's items are cycles that own widgets
