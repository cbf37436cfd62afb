"""Adding, copying, renaming, deleting, and the menus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from zinspector.topology.document import SocketNode, UnknownNode
from zinspector.ui.canvas.chip import mime_of
from zinspector.ui.canvas.kinds import kinds
from zinspector.ui.canvas.menus import menu_for
from zinspector.ui.canvas.view import CanvasView

from .conftest import Mouse, body

CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def drop(view: CanvasView, data: QMimeData, spot: QPoint) -> bool:
    """Drag `data` in over what is there and let it go; whether it was taken."""
    there = view.childAt(spot)
    assert there is not None
    at = there.mapFrom(view, spot)
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(there, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(there, event)
    return event.isAccepted()


def test_a_drop_from_the_palette_places_a_node_under_the_pointer(empty: CanvasView) -> None:
    spot = QPoint(400, 300)
    assert drop(empty, mime_of(kinds()["PUB"]), spot)
    (node,) = empty.workspace.document.nodes
    assert isinstance(node, SocketNode)
    assert node.type == "PUB"
    assert empty.canvas.nodes[node.id].card.contains(empty.mapToScene(spot))
    assert empty.workspace.selection == {node.id}
    assert not empty.overlays.empty.isVisible()
    empty.workspace.undo()
    assert not empty.canvas.nodes
    assert empty.overlays.empty.isVisible()


def test_a_drag_that_leaves_again_is_no_reason_for_a_warning(empty: CanvasView) -> None:
    QApplication.sendEvent(empty.viewport(), QDragLeaveEvent())
    assert not empty.workspace.document.nodes


def test_other_drops_are_left_to_the_window(empty: CanvasView) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/tmp/x.zin.json")])
    assert not drop(empty, data, QPoint(10, 10))
    assert not empty.workspace.document.nodes


def test_every_kind_can_be_placed(empty: CanvasView) -> None:
    for key in kinds():
        empty.adder.add(key)
    nodes = empty.workspace.document.nodes
    assert len(nodes) == len(kinds()) == len(empty.canvas.nodes)
    assert not any(isinstance(node, UnknownNode) for node in nodes)
    cards = [item.card for item in empty.canvas.nodes.values()]
    assert not any(a.intersects(b) for i, a in enumerate(cards) for b in cards[:i])


def test_tab_searches_and_enter_adds_at_the_place(empty: CanvasView, qtbot: QtBot) -> None:
    qtbot.keyClick(empty, Qt.Key.Key_Tab)
    popup = empty.adder.popup
    assert popup.isVisible()
    qtbot.keyClicks(popup.line, "subsc")
    assert popup.list.item(0).text() in ("SUB", "XSUB", "PUB", "Spy", "XPUB")
    popup.line.clear()
    qtbot.keyClicks(popup.line, "rep")
    assert popup.list.currentItem().text() == "REP"
    qtbot.keyClick(popup.line, Qt.Key.Key_Return)
    assert not popup.isVisible()
    (node,) = empty.workspace.document.nodes
    assert node.id == "rep"


@pytest.mark.parametrize("enter", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_the_canvas_keeps_the_keyboard_after_adding(empty: CanvasView, qtbot: QtBot, enter: Qt.Key) -> None:
    asked = QSignalSpy(empty.editRequested)
    popup = empty.adder.popup
    for name in ("rep", "req"):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        qtbot.keyClicks(popup.line, name)
        qtbot.keyClick(popup.line, enter)
        assert QApplication.focusWidget() is empty
    assert asked.count() == 0, "Enter was for the list"
    assert [node.id for node in empty.workspace.document.nodes] == ["rep", "req"]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Z, CTRL)
    assert [node.id for node in empty.workspace.document.nodes] == ["rep"]


def test_search_keys(empty: CanvasView, qtbot: QtBot) -> None:
    qtbot.keyClick(empty, Qt.Key.Key_Tab)
    popup = empty.adder.popup
    first = popup.list.currentRow()
    qtbot.keyClick(popup.line, Qt.Key.Key_Down)
    assert popup.list.currentRow() == first + 1
    qtbot.keyClick(popup.line, Qt.Key.Key_Up)
    qtbot.keyClick(popup.line, Qt.Key.Key_Up)
    assert popup.list.currentRow() == popup.list.count() - 1
    qtbot.keyClicks(popup.line, "no such thing")
    assert popup.nothing.isVisible()
    qtbot.keyClick(popup.line, Qt.Key.Key_Return)
    assert popup.isVisible()
    qtbot.keyClick(popup.line, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert not empty.workspace.document.nodes


def test_a_double_click_on_nothing_searches_there(view: CanvasView, qtbot: QtBot, mouse: Mouse) -> None:
    place = QPointF(-60, 300)
    qtbot.mouseDClick(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, mouse.spot(place))
    qtbot.keyClicks(view.adder.popup.line, "pair")
    qtbot.keyClick(view.adder.popup.line, Qt.Key.Key_Return)
    assert view.workspace.document.node("pair").position == (-60, 300)


def test_a_double_click_on_a_node_asks_for_its_properties(view: CanvasView, qtbot: QtBot, mouse: Mouse) -> None:
    asked = QSignalSpy(view.editRequested)
    qtbot.mouseDClick(view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, mouse.spot(body(view, "sub")))
    assert asked.at(0)[0] == "sub"
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert asked.count() == 2


def test_delete_takes_links_along_and_undo_brings_both_back(view: CanvasView, qtbot: QtBot) -> None:
    view.workspace.select(["pub"])
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert set(view.canvas.nodes) == {"sub", "push", "pull"}
    assert not view.canvas.links
    qtbot.keyClick(view, Qt.Key.Key_Z, CTRL)
    assert set(view.canvas.links) == {"l"}
    assert len(view.canvas.items()) == 5


def test_select_all_duplicate_and_undo(view: CanvasView, qtbot: QtBot) -> None:
    qtbot.keyClick(view, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(view, Qt.Key.Key_D, CTRL)
    document = view.workspace.document
    assert len(document.nodes) == 8
    assert len(document.links) == 2
    assert view.workspace.selection == {"pub-2", "sub-2", "push-2", "pull-2"}
    qtbot.keyClick(view, Qt.Key.Key_Z, CTRL)
    assert len(view.canvas.nodes) == 4


def test_copy_and_paste_are_json_text(view: CanvasView, qtbot: QtBot) -> None:
    view.workspace.select(["pub", "sub"])
    qtbot.keyClick(view, Qt.Key.Key_C, CTRL)
    assert '"zinspector-topology"' in QGuiApplication.clipboard().text()
    qtbot.keyClick(view, Qt.Key.Key_V, CTRL)
    document = view.workspace.document
    assert document.node("pub-2") is not None
    assert ("pub-2", "sub-2") in {(link.source, link.target) for link in document.links}


def test_cut_and_paste_keep_the_names(view: CanvasView, qtbot: QtBot) -> None:
    view.workspace.select(["pub"])
    qtbot.keyClick(view, Qt.Key.Key_X, CTRL)
    assert view.workspace.document.node("pub") is None
    qtbot.keyClick(view, Qt.Key.Key_V, CTRL)
    assert view.workspace.document.node("pub") is not None


def test_pasting_something_else_says_so(view: CanvasView, qtbot: QtBot) -> None:
    told = QSignalSpy(view.workspace.message)
    QGuiApplication.clipboard().setText("<b>hello</b>")
    qtbot.keyClick(view, Qt.Key.Key_V, CTRL)
    assert "no nodes" in told.at(0)[0]
    assert len(view.workspace.document.nodes) == 4


def test_f2_renames_in_place(view: CanvasView, qtbot: QtBot) -> None:
    view.workspace.select(["pub"])
    qtbot.keyClick(view, Qt.Key.Key_F2)
    line = view.rename_line
    assert line.isVisible()
    qtbot.keyClicks(line, "weather station")
    asked = QSignalSpy(view.editRequested)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert not line.isVisible()
    assert QApplication.focusWidget() is view
    assert asked.count() == 0, "Enter was for the name"
    assert view.workspace.document.node("pub").label == "weather station"
    assert view.canvas.nodes["pub"].face.title == "weather station"
    qtbot.keyClick(view, Qt.Key.Key_F2)
    qtbot.keyClicks(line, "x")
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert view.workspace.document.node("pub").label == "weather station"


def test_ctrl_tab_goes_through_the_nodes(view: CanvasView, qtbot: QtBot) -> None:
    seen = []
    for _ in range(5):
        qtbot.keyClick(view, Qt.Key.Key_Tab, CTRL)
        seen += view.workspace.selection
    assert seen == ["pub", "push", "sub", "pull", "pub"]


def act(menu: QMenu, *path: str) -> None:
    """Trigger the action whose text begins so, in the submenu named before it."""
    for title in path[:-1]:
        menu = next(action.menu() for action in menu.actions() if action.text() == title)
    next(action for action in menu.actions() if action.text().startswith(path[-1])).trigger()


def test_a_links_menu_chooses_transport_and_who_binds(view: CanvasView) -> None:
    act(menu_for(view, "l", QPointF()), "Transport", "inproc")
    assert view.workspace.document.link("l").transport == "inproc"
    assert view.canvas.links["l"].label == "inproc"
    assert view.canvas.nodes["sub"].face.address == "inproc"
    assert view.canvas.nodes["pub"].face.address.startswith("bind inproc")
    act(menu_for(view, "l", QPointF()), "Who binds", "sub")
    assert view.workspace.document.link("l").binds == "to"
    assert view.canvas.nodes["sub"].face.address.startswith("bind inproc")
    act(menu_for(view, "l", QPointF()), "Delete")
    assert not view.canvas.links


def test_a_nodes_menu(view: CanvasView) -> None:
    asked = QSignalSpy(view.messagesRequested)
    act(menu_for(view, "sub", QPointF()), "Show its messages")
    assert asked.at(0)[0] == "sub"
    act(menu_for(view, "sub", QPointF()), "Select connected")
    assert view.workspace.selection == {"pub", "sub", "l"}


def test_a_finding_can_be_silenced_and_reported_again(view: CanvasView) -> None:
    codes = {finding.code for finding in view.canvas.findings["pull"]}
    assert codes
    assert view.canvas.nodes["pull"].face.badge
    for code in codes:
        act(menu_for(view, "pull", QPointF()), f"Silence {code}")
    assert not view.canvas.nodes["pull"].face.badge
    act(menu_for(view, "pull", QPointF()), "Report ")
    assert view.canvas.nodes["pull"].face.badge


@pytest.mark.parametrize("place", [QPointF(-80, 300)])
def test_the_papers_menu(view: CanvasView, place: QPointF) -> None:
    act(menu_for(view, None, place), "Add a node here")
    assert view.adder.popup.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support")  # offscreen popups can't grab the keyboard
def test_the_right_button_opens_the_menu_of_what_is_there(view: CanvasView, mouse: Mouse) -> None:
    spot = mouse.spot(body(view, "pub"))
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, view.viewport().mapToGlobal(spot))
    QApplication.sendEvent(view.viewport(), event)
    menu = next(one for one in view.findChildren(QMenu) if one.isVisible())
    assert view.workspace.selection == {"pub"}
    assert any(action.text().startswith("Rename") for action in menu.actions())
    menu.close()
