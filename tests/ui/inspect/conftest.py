"""A workspace with a small drawing, and a feed of real captured rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.topology.document import Document, Link, SocketNode
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

Panel = TypeVar("Panel", bound=QWidget)

DRAWING = Document(
    nodes=(
        SocketNode(id="station", type="PUB", label="weather-station"),
        SocketNode(id="display", type="SUB", subscriptions=("",)),
        SocketNode(id="broker", type="ROUTER"),
        SocketNode(id="client", type="REQ", label="client-7"),
    ),
    links=(
        Link(id="l1", source="station", target="display"),
        Link(id="l2", source="client", target="broker"),
    ),
)


@pytest.fixture
def workspace(qapp: QApplication) -> Workspace:
    made = Workspace()
    made.edit("Draw", DRAWING)
    return made


@pytest.fixture
def shown(qtbot: QtBot, workspace: Workspace) -> Iterator[Callable[[type[Panel]], Panel]]:
    """Shows a panel of 1400 x 400 pixels, in a bare window: the offscreen platform warns about one with size hints."""

    windows = []

    def show(kind: type[Panel]) -> Panel:
        panel = kind(workspace)
        window = QWidget()
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(1400, 400)
        panel.setParent(window)
        panel.resize(1400, 400)
        window.show()
        return panel

    yield show
    windows.clear()


@pytest.fixture
def panel(shown: Callable[[type[MessagesPanel]], MessagesPanel], feed: Feed, workspace: Workspace) -> MessagesPanel:
    """2,000 messages that are all the same; a module may have a panel of its own."""
    feed.many(2000, b"t", b"x")
    made = shown(MessagesPanel)
    workspace.ticked.emit()
    return made
