"""Zoom, scroll, the minimap, the picture from afar, and both themes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from zinspector.topology import edits, files
from zinspector.topology.document import Document, SocketNode
from zinspector.ui import theme
from zinspector.ui.canvas.metrics import FAR_SCALE
from zinspector.ui.canvas.view import CanvasView

from .conftest import Mouse

CTRL = Qt.KeyboardModifier.ControlModifier


def wheel(view: CanvasView, spot: QPoint, steps: int, keys=Qt.KeyboardModifier.NoModifier) -> None:
    event = QWheelEvent(
        QPointF(spot),
        QPointF(view.viewport().mapToGlobal(spot)),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def picture(view: CanvasView) -> QImage:
    return view.viewport().grab().toImage()


def share(image: QImage, colour: QColor) -> float:
    """How much of an image has nearly that colour."""
    near = 0
    for x in range(0, image.width(), 2):
        for y in range(0, image.height(), 2):
            seen = image.pixelColor(x, y)
            near += (
                max(
                    abs(seen.red() - colour.red()), abs(seen.green() - colour.green()), abs(seen.blue() - colour.blue())
                )
                < 12
            )
    return near / (image.width() * image.height() / 4)


def test_ctrl_wheel_zooms_to_the_pointer(view: CanvasView) -> None:
    spot = QPoint(200, 150)
    before = view.mapToScene(spot)
    wheel(view, spot, 3, CTRL)
    assert view.zoom > 1.5
    after = view.mapToScene(spot)
    assert (after - before).manhattanLength() < 2
    wheel(view, spot, -40, CTRL)
    assert view.zoom >= 0.04


def test_the_wheel_scrolls(view: CanvasView) -> None:
    before = view.visible_scene()
    wheel(view, QPoint(100, 100), -1)
    assert view.visible_scene().top() > before.top()
    wheel(view, QPoint(100, 100), -1, Qt.KeyboardModifier.ShiftModifier)
    assert view.visible_scene().left() > before.left()


def test_f_fits_and_ctrl_0_is_actual_size(view: CanvasView, qtbot: QtBot) -> None:
    view.workspace.edit(
        "Far", view.workspace.document.with_node(SocketNode(id="far", type="PAIR", position=(4000, 3000)))
    )
    qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.zoom < 0.3
    assert view.visible_scene().contains(view.canvas.content())
    qtbot.keyClick(view, Qt.Key.Key_0, CTRL)
    assert view.zoom == 1.0


def test_middle_drag_and_space_drag_pan(view: CanvasView, mouse: Mouse, qtbot: QtBot) -> None:
    before = view.visible_scene().topLeft()
    start, end = QPointF(250, 120), QPointF(200, 100)
    spots = mouse.spot(start), mouse.spot(end)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.MiddleButton, pos=spots[0])
    qtbot.mouseMove(view.viewport(), spots[1])
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.MiddleButton, pos=spots[1])
    middle = view.visible_scene().topLeft()
    assert middle - before == QPointF(50, 20)
    qtbot.keyPress(view, Qt.Key.Key_Space)
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=spots[0])
    qtbot.mouseMove(view.viewport(), spots[1])
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=spots[1])
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert view.visible_scene().topLeft() - middle == QPointF(50, 20)
    assert not view.workspace.selection


def test_an_opened_drawing_is_fitted_and_stays_so_while_the_window_grows(
    open_view: Callable[[Document], CanvasView],
) -> None:
    wide = Document(nodes=tuple(SocketNode(id=f"n{i}", type="PAIR", position=(i * 400.0, 0.0)) for i in range(6)))
    view = open_view(wide)
    view.fit()
    assert view.visible_scene().contains(view.canvas.content())
    view.resize(500, 400)
    QApplication.processEvents()
    assert view.visible_scene().contains(view.canvas.content())
    view.zoom_reset()
    view.resize(600, 400)
    assert view.zoom == 1.0


def test_reveal_brings_a_node_into_view(view: CanvasView) -> None:
    view.workspace.edit(
        "Far", view.workspace.document.with_node(SocketNode(id="far", type="PAIR", position=(4000, 3000)))
    )
    view.reveal("far")
    assert view.visible_scene().contains(view.canvas.nodes["far"].card)
    view.reveal("nothing")


def test_from_afar_nodes_are_still_there(view: CanvasView) -> None:
    view.zoom_to(FAR_SCALE * 0.8)
    assert view.far
    assert share(picture(view), theme.theme().colour("pubsub")) > 0.0005
    view.workspace.select(["pub"])
    assert share(picture(view), theme.theme().colour("accent")) > 0.0001


def test_a_theme_switch_repaints_everything(view: CanvasView, qapp: QApplication) -> None:
    assert share(picture(view), theme.theme().colour("window")) > 0.4
    theme.apply(qapp, "light")
    light = theme.theme()
    image = picture(view)
    assert share(image, light.colour("window")) > 0.4
    assert share(image, light.colour("raised")) > 0.03
    theme.apply(qapp, "dark")
    assert share(picture(view), theme.theme().colour("window")) > 0.4


def test_opening_another_drawing_fits_it_even_when_names_repeat(view: CanvasView, tmp_path: Path) -> None:
    view.zoom_to(2.0)
    moved = edits.move(view.workspace.document, ["pub", "sub", "push", "pull"], 9000, 5000)
    files.save(moved, tmp_path / "other.zin.json")
    view.workspace.open(tmp_path / "other.zin.json")
    assert view.visible_scene().contains(view.canvas.content())
    assert view.zoom == 1.0
