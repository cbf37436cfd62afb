"""Drawing wires with the mouse and with the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from zinspector.ui.canvas.view import CanvasView

from .conftest import Mouse, body


def links(view: CanvasView) -> set[tuple[str, str]]:
    return {(link.source, link.target) for link in view.workspace.document.links}


def test_a_drag_from_port_to_port_links(view: CanvasView, mouse: Mouse) -> None:
    mouse.drag(view.canvas.nodes["push"].outlet, view.canvas.nodes["pull"].inlet)
    assert links(view) == {("pub", "sub"), ("push", "pull")}
    assert len(view.canvas.links) == 2
    assert view.workspace.selection == {view.workspace.document.links[-1].id}
    view.workspace.undo()
    assert links(view) == {("pub", "sub")}
    assert set(view.canvas.links) == {"l"}


def test_a_wire_drawn_backwards_still_runs_from_sender_to_receiver(view: CanvasView, mouse: Mouse) -> None:
    mouse.drag(view.canvas.nodes["pull"].inlet, body(view, "push"))
    assert ("push", "pull") in links(view)


def test_legal_ports_light_up_and_the_rest_steps_back(view: CanvasView, mouse: Mouse) -> None:
    start = view.canvas.nodes["push"].outlet
    mouse.press(start)
    mouse.move(start + QPointF(60, 30))
    nodes = view.canvas.nodes
    assert nodes["pull"].face.inlet == "lit"
    assert not nodes["pull"].dimmed
    assert nodes["sub"].dimmed
    assert nodes["pub"].dimmed
    mouse.release(start + QPointF(60, 60))
    assert nodes["pull"].face.inlet == "open"
    assert not nodes["sub"].dimmed


def test_an_illegal_wire_is_explained_while_hovering_and_not_made(view: CanvasView, mouse: Mouse, workspace) -> None:
    told = QSignalSpy(workspace.message)
    mouse.press(view.canvas.nodes["pub"].outlet)
    mouse.move(QPointF(280, 120))
    mouse.move(body(view, "pull"))
    assert view.hint.isVisible()
    assert "PUB can't be wired to PULL" in view.hint.text()
    assert "PUB talks to SUB or XSUB" in view.hint.text()
    mouse.release(body(view, "pull"))
    assert not view.hint.isVisible()
    assert links(view) == {("pub", "sub")}
    assert "PULL" in told.at(0)[0]


def test_a_second_wire_between_two_nodes_is_refused(view: CanvasView, mouse: Mouse) -> None:
    mouse.press(view.canvas.nodes["pub"].outlet)
    mouse.move(QPointF(300, 60))
    mouse.move(body(view, "sub"))
    assert "already linked" in view.hint.text()
    mouse.release(body(view, "sub"))
    assert len(links(view)) == 1


def test_escape_cancels_a_wire(view: CanvasView, mouse: Mouse, qtbot: QtBot) -> None:
    mouse.press(view.canvas.nodes["push"].outlet)
    mouse.move(body(view, "pull"))
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    mouse.release(body(view, "pull"))
    assert links(view) == {("pub", "sub")}
    assert view.canvas.nodes["pull"].face.inlet == "open"


def test_dropping_a_wire_on_nothing_offers_what_fits_and_adds_it_linked(
    view: CanvasView, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.drag(view.canvas.nodes["push"].outlet, QPointF(300, 330))
    popup = view.adder.popup
    assert popup.isVisible()
    offered = [popup.list.item(row).text() for row in range(popup.list.count())]
    assert "PULL" in offered
    assert "Streamer" in offered
    assert "SUB" not in offered
    qtbot.keyClicks(popup.line, "pull")
    qtbot.keyClick(popup.line, Qt.Key.Key_Return)
    document = view.workspace.document
    assert ("push", "pull-2") in links(view)
    assert document.node("pull-2") is not None
    view.workspace.undo()
    assert view.workspace.document.node("pull-2") is None
    assert len(links(view)) == 1


def test_w_wires_two_selected_nodes(view: CanvasView, qtbot: QtBot, workspace) -> None:
    workspace.select(["pull", "push"])
    qtbot.keyClick(view, Qt.Key.Key_W)
    assert ("push", "pull") in links(view)


def test_w_asks_what_to_wire_one_node_to(view: CanvasView, qtbot: QtBot, workspace) -> None:
    workspace.select(["push"])
    qtbot.keyClick(view, Qt.Key.Key_W)
    popup = view.adder.popup
    assert [popup.list.item(row).text() for row in range(popup.list.count())] == ["pull"]
    qtbot.keyClick(popup.line, Qt.Key.Key_Return)
    assert ("push", "pull") in links(view)


def test_w_says_why_two_nodes_do_not_fit(view: CanvasView, qtbot: QtBot, workspace) -> None:
    told = QSignalSpy(workspace.message)
    workspace.select(["pub", "pull"])
    qtbot.keyClick(view, Qt.Key.Key_W)
    assert "can't be wired" in told.at(0)[0]
    assert len(links(view)) == 1
