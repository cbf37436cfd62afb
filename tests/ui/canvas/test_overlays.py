"""What lies over the canvas: the words while it is empty, and the map."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.capture.store import Store
from zinspector.topology.document import SocketNode
from zinspector.ui.canvas.metrics import metrics
from zinspector.ui.canvas.view import CanvasView

LEFT = Qt.MouseButton.LeftButton


def test_an_empty_canvas_teaches(empty: CanvasView, qtbot: QtBot) -> None:
    assert empty.overlays.empty.isVisible()
    assert not empty.overlays.minimap.isVisible()
    asked = QSignalSpy(empty.sampleRequested)
    qtbot.mouseClick(empty.overlays.empty.sample, LEFT)
    assert isinstance(asked.at(0)[0], Path)
    qtbot.mouseClick(empty.overlays.empty.add, LEFT)
    assert empty.adder.popup.isVisible()


def test_a_capture_without_a_drawing_says_so(empty: CanvasView) -> None:
    workspace, capture = empty.workspace, Store()
    Feed(capture).many(3, b"t", b"x")

    def said() -> list[str]:
        card = empty.overlays.empty
        return [line.text() for line in card.findChildren(QLabel) if line.isVisibleTo(card)]

    assert said()[0] == "Draw your first topology"
    workspace.store.adopt(capture)
    workspace.ticked.emit()
    assert said()[0] == "This capture came without a drawing"
    assert "first topology" not in " ".join(said())
    workspace.live.clear()
    assert said()[0] == "Draw your first topology"


def test_the_first_words_stay_in_the_middle(empty: CanvasView, qtbot: QtBot) -> None:
    middle = empty.overlays.empty.geometry()
    empty.scroll_by(80, 40)
    assert empty.overlays.empty.geometry() == middle
    empty.zoom_in()
    assert empty.overlays.empty.geometry() == middle
    qtbot.mouseClick(empty.overlays.empty.add, LEFT)
    assert empty.adder.popup.isVisible()


def test_a_click_on_the_minimap_goes_there(view: CanvasView, qtbot: QtBot) -> None:
    view.workspace.edit(
        "Far", view.workspace.document.with_node(SocketNode(id="far", type="PAIR", position=(4000, 3000)))
    )
    view.zoom_reset()
    minimap = view.overlays.minimap
    assert minimap.isVisible()
    far = view.canvas.nodes["far"].card.center()
    assert not view.visible_scene().contains(far)
    qtbot.mouseClick(minimap, Qt.MouseButton.LeftButton, pos=minimap.from_scene(far).toPoint())
    assert view.visible_scene().contains(far)


def test_the_map_is_never_over_a_drawing_that_is_in_view(view: CanvasView) -> None:
    view.fit()
    assert view.overlays.minimap.isVisible()
    view.resize(300, 200)  # too little room for it
    assert not view.overlays.minimap.isVisible()
    view.resize(900, 600)
    middle, card = view.mapToScene(view.overlays.minimap.geometry().center()), metrics()
    under = SocketNode(id="under", type="PAIR", position=(middle.x() - card.width, middle.y() - card.height))
    view.workspace.edit("Under", view.workspace.document.with_node(under))
    assert view.visible_scene().contains(view.canvas.content())
    assert not view.overlays.minimap.isVisible()
