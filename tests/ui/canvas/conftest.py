"""A canvas on a small drawing, and a mouse for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from zinspector.topology import files
from zinspector.topology.document import Behaviour, Document, Link, SocketNode
from zinspector.ui.canvas.view import CanvasView
from zinspector.ui.workspace import Workspace

NO_KEY = Qt.KeyboardModifier.NoModifier


class Mouse:
    """A real mouse on a real view; places are in the scene."""

    def __init__(self, qtbot: QtBot, view: CanvasView) -> None:
        self.qtbot = qtbot
        self.view = view

    def spot(self, place: QPointF) -> QPoint:
        return self.view.mapFromScene(place)

    def press(self, place: QPointF, button: Qt.MouseButton = Qt.MouseButton.LeftButton, keys=NO_KEY) -> None:
        self.qtbot.mousePress(self.view.viewport(), button, keys, self.spot(place))

    def move(self, place: QPointF) -> None:
        self.qtbot.mouseMove(self.view.viewport(), self.spot(place))

    def release(self, place: QPointF, button: Qt.MouseButton = Qt.MouseButton.LeftButton, keys=NO_KEY) -> None:
        self.qtbot.mouseRelease(self.view.viewport(), button, keys, self.spot(place))

    def click(self, place: QPointF, keys=NO_KEY) -> None:
        self.press(place, keys=keys)
        self.release(place, keys=keys)

    def drag(self, start: QPointF, end: QPointF, keys=NO_KEY) -> None:
        self.press(start, keys=keys)
        self.move(start + (end - start) * 0.5)
        self.move(end)
        self.release(end, keys=keys)


def body(view: CanvasView, node_id: str) -> QPointF:
    """A place on a node, away from its ports."""
    return view.canvas.nodes[node_id].card.center()


@pytest.fixture
def workspace(qapp: QApplication) -> Workspace:
    return Workspace()


@pytest.fixture
def drawing() -> Document:
    """PUB -> SUB, and a PULL that is linked to nothing."""
    return Document(
        nodes=(
            SocketNode(id="pub", type="PUB", position=(0, 0), behaviour=Behaviour("generate", rate=100)),
            SocketNode(id="sub", type="SUB", position=(360, 0), subscriptions=("",)),
            SocketNode(id="push", type="PUSH", position=(0, 180)),
            SocketNode(id="pull", type="PULL", position=(360, 180)),
        ),
        links=(Link(id="l", source="pub", target="sub"),),
    )


@pytest.fixture
def open_view(qtbot: QtBot, workspace: Workspace, tmp_path: Path) -> Callable[[Document], CanvasView]:
    """Show a document on a canvas of 900 x 600, at 100 %."""

    def show(document: Document) -> CanvasView:
        view = CanvasView(workspace)
        qtbot.addWidget(view)
        view.resize(900, 600)
        view.show()
        qtbot.waitExposed(view)
        if document.nodes:
            path = tmp_path / "drawing.zin.json"
            files.save(document, path)
            workspace.open(path)
            view.zoom_reset()
        view.setFocus()
        return view

    return show


@pytest.fixture
def view(open_view: Callable[[Document], CanvasView], drawing: Document) -> CanvasView:
    return open_view(drawing)


@pytest.fixture
def empty(open_view: Callable[[Document], CanvasView]) -> CanvasView:
    return open_view(Document())


@pytest.fixture
def mouse(qtbot: QtBot, view: CanvasView) -> Mouse:
    return Mouse(qtbot, view)
