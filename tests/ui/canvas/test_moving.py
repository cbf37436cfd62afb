"""Selecting, moving and arranging nodes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from zinspector.ui.canvas.metrics import GRID
from zinspector.ui.canvas.view import CanvasView

from .conftest import Mouse, body


def place(view: CanvasView, node_id: str) -> tuple[float, float]:
    node = view.workspace.document.node(node_id)
    assert node is not None
    return node.position


def test_a_click_selects_and_a_click_on_nothing_does_not(view: CanvasView, mouse: Mouse) -> None:
    mouse.click(body(view, "pub"))
    assert view.workspace.selection == {"pub"}
    assert view.canvas.nodes["pub"].face.selected
    mouse.click(body(view, "sub"), Qt.KeyboardModifier.ControlModifier)
    assert view.workspace.selection == {"pub", "sub"}
    mouse.click(QPointF(280, 120))
    assert not view.workspace.selection


def test_a_click_on_the_curve_selects_the_link(view: CanvasView, mouse: Mouse) -> None:
    mouse.click(view.canvas.links["l"].middle)
    assert view.workspace.selection == {"l"}
    assert view.canvas.links["l"].selected


def test_a_drag_moves_to_the_grid_as_one_step(view: CanvasView, mouse: Mouse) -> None:
    start = body(view, "push")
    mouse.drag(start, start + QPointF(85, 155))
    x, y = place(view, "push")
    assert (x % GRID, y % GRID) == (0, 0)
    assert (x, y) == (84, 336)
    assert view.canvas.nodes["push"].pos() == QPointF(x, y)
    assert view.workspace.history.undo_label == "Move"
    view.workspace.undo()
    assert place(view, "push") == (0, 180)
    assert view.canvas.nodes["push"].pos() == QPointF(0, 180)
    assert not view.workspace.history.can_undo


def test_a_drag_takes_the_selection_and_its_links_along(view: CanvasView, mouse: Mouse) -> None:
    view.workspace.select(["pub", "sub"])
    mouse.drag(body(view, "pub"), body(view, "pub") + QPointF(0, 340))
    assert place(view, "sub")[1] - place(view, "pub")[1] == 0
    assert place(view, "pub")[1] > 300
    link, sub = view.canvas.links["l"], view.canvas.nodes["sub"]
    assert link.path.pointAtPercent(1) == sub.inlet


def test_a_node_near_a_neighbours_row_comes_to_rest_in_it(view: CanvasView, mouse: Mouse) -> None:
    view.workspace.edit("Off", view.workspace.document.with_node(_moved(view, "pull", (363, 185))))
    start = body(view, "push")
    mouse.press(start)
    mouse.move(start + QPointF(30, 4))
    mouse.move(start + QPointF(50, 4))
    assert view.canvas.nodes["push"].pos().y() == 185
    mouse.release(start + QPointF(50, 4))
    assert place(view, "push")[1] == 185


def test_escape_puts_dragged_nodes_back(view: CanvasView, mouse: Mouse, qtbot: QtBot) -> None:
    start = body(view, "push")
    mouse.press(start)
    mouse.move(start + QPointF(90, 90))
    assert view.canvas.nodes["push"].pos() != QPointF(0, 180)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.canvas.nodes["push"].pos() == QPointF(0, 180)
    mouse.release(start)
    assert not view.workspace.history.can_undo


@pytest.mark.parametrize("others", [frozenset(), frozenset({"sub"})])
def test_a_drag_ends_when_its_node_goes(view: CanvasView, mouse: Mouse, others: frozenset[str]) -> None:
    start = body(view, "pub")
    view.workspace.select({"pub", *others})
    mouse.press(start)
    view.workspace.edit("Delete", view.workspace.document.without({"pub"}))
    mouse.move(start + QPointF(60, 60))
    mouse.move(start + QPointF(90, 90))
    mouse.release(start + QPointF(90, 90))
    assert view.hand.gesture is None
    assert place(view, "sub") == (360, 0)


def test_a_drag_puts_the_others_back_when_one_goes(view: CanvasView, mouse: Mouse) -> None:
    start = body(view, "pub")
    view.workspace.select({"pub", "sub"})
    mouse.press(start)
    mouse.move(start + QPointF(60, 60))
    view.workspace.edit("Delete", view.workspace.document.without({"sub"}))
    mouse.release(start + QPointF(60, 60))
    assert view.hand.gesture is None
    assert view.canvas.nodes["pub"].pos() == QPointF(0, 0)
    assert view.workspace.history.undo_label == "Delete"


def test_a_tremor_is_a_click(view: CanvasView, mouse: Mouse) -> None:
    start = body(view, "push")
    mouse.drag(start, start + QPointF(2, 1))
    assert place(view, "push") == (0, 180)


def test_the_rubber_band_selects_what_it_touches(view: CanvasView, mouse: Mouse) -> None:
    mouse.drag(QPointF(-30, -40), QPointF(40, 300))
    assert view.workspace.selection == {"pub", "push"}
    mouse.drag(QPointF(340, 300), QPointF(400, 170), Qt.KeyboardModifier.ShiftModifier)
    assert view.workspace.selection == {"pub", "push", "pull"}


def test_arrows_nudge_and_nudges_are_one_step(view: CanvasView, qtbot: QtBot) -> None:
    view.workspace.select(["push"])
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert place(view, "push") == (3 * GRID, 181)
    view.workspace.undo()
    assert place(view, "push") == (0, 180)


def test_arrows_without_a_selection_scroll(view: CanvasView, qtbot: QtBot) -> None:
    before = view.visible_scene()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.visible_scene().left() > before.left()


@pytest.mark.parametrize(
    ("side", "axis", "value"), [("left", 0, 0), ("right", 0, 360), ("top", 1, 0), ("bottom", 1, 180)]
)
def test_align(view: CanvasView, side, axis: int, value: float) -> None:
    view.workspace.select(["pub", "pull"])
    view.verbs.align(side)
    assert [place(view, one)[axis] for one in ("pub", "pull")] == [value, value]


def test_distribute(view: CanvasView) -> None:
    view.workspace.edit("Off", view.workspace.document.with_node(_moved(view, "push", (50, 180))))
    view.workspace.select(["pub", "push", "pull"])
    view.verbs.distribute("horizontal")
    assert place(view, "push")[0] == 180


def test_auto_layout_puts_receivers_right_of_senders(view: CanvasView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert place(view, "sub")[0] > place(view, "pub")[0]
    assert len({place(view, one) for one in ("pub", "sub", "push", "pull")}) == 4


def test_snapping_can_be_switched_off(view: CanvasView, mouse: Mouse) -> None:
    view.toggle_snap()
    start = body(view, "push")
    mouse.drag(start, start + QPointF(85, 155))
    assert place(view, "push") == (85, 335)


def _moved(view: CanvasView, node_id: str, position: tuple[float, float]):
    from dataclasses import replace

    return replace(view.workspace.document.node(node_id), position=position)


def test_a_drag_to_the_edge_scrolls_along(view: CanvasView, mouse: Mouse, qtbot: QtBot) -> None:
    before = view.visible_scene()
    mouse.press(body(view, "push"))
    corner = view.viewport().rect().bottomRight() - QPoint(5, 5)
    qtbot.mouseMove(view.viewport(), corner)
    qtbot.waitUntil(lambda: view.visible_scene().left() > before.left() + 100)
    assert view.canvas.nodes["push"].card.contains(view.mapToScene(corner))
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.canvas.nodes["push"].pos() == QPointF(0, 180)
