"""Programs that a relay sees, on the canvas: beside it, with live links, and no part of the drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.waiting import PATIENCE_S, wait_here_until
from tests.helpers.wired import Wire
from zinspector.capture.store import Store
from zinspector.topology.document import Document, ExternalNode, RelayNode, SocketNode
from zinspector.topology.edits import move_to
from zinspector.ui import theme
from zinspector.ui.canvas import menus
from zinspector.ui.canvas.paper import READABLE
from zinspector.ui.canvas.seen import SAMPLES, SeenNode
from zinspector.ui.canvas.view import CanvasView
from zinspector.ui.taps import programs

RELAY = RelayNode(
    id="t1", label="tap :6556", position=(0, 0), listen="tcp://127.0.0.1:6556", target="tcp://127.0.0.1:5556"
)
PATIENCE_MS = int(PATIENCE_S * 1000)


@pytest.fixture
def view(open_view: Callable[[Document], CanvasView]) -> CanvasView:
    """A relay with a subscriber and a publisher."""
    made = open_view(Document(nodes=(RELAY,)))
    made.workspace.live.running = True
    wire = Wire(made.workspace.store, 1)
    wire.opened(
        {"address": "127.0.0.1:40001", "process": "<b>display</b>", "pid": 12},
        {"address": "127.0.0.1:5556", "process": "station", "pid": 7},
    )
    wire.shaken()
    wire.messages([b"weather", b"x"])
    wait_here_until(lambda: looked_again(made) == {"SUB", "PUB"})
    return made


def looked_again(view: CanvasView) -> set[str]:
    """The socket types of the programs that are seen now: rows are read for some milliseconds a tick."""
    view.workspace.ticked.emit()
    view.refresh()
    return {item.face.mark for item in view.canvas.seen.nodes.values()}


def seen(view: CanvasView) -> dict[str, SeenNode]:
    return {item.program.title: item for item in view.canvas.seen.nodes.values()}


@contextmanager
def stopped(view: CanvasView) -> Iterator[None]:
    """Nothing really runs here: an edit must not reach for a session."""
    view.workspace.live.running = False
    yield
    view.workspace.live.running = True
    view.refresh()


def test_they_stand_beside_the_relay(view: CanvasView, qapp: QApplication) -> None:
    found = seen(view)
    assert set(found) == {"<b>display</b> 12", "station 7"}
    display, station = found["<b>display</b> 12"], found["station 7"]
    relay = view.canvas.nodes["t1"]
    assert station.card.right() < relay.card.left()
    assert display.card.left() > relay.card.right()
    assert (display.face.mark, display.face.address, display.face.dashed, display.face.seen) == (
        "SUB", "connects", True, True,
    )  # fmt: skip
    chords = [link.chord for link in view.canvas.seen.links.values()]
    assert sorted((chord.p1().x(), chord.p2().x()) for chord in chords) == [
        (station.outlet.x(), relay.inlet.x()), (relay.outlet.x(), display.inlet.x()),
    ]  # fmt: skip
    assert [node.id for node in view.workspace.document.nodes] == ["t1"]
    assert not view.workspace.modified
    assert view.canvas.content().contains(display.card)
    for name in ("light", "dark"):
        theme.apply(qapp, name)
        view.viewport().grab()
    view.zoom_to(0.1)
    view.viewport().grab()  # from afar


def test_a_program_that_comes_back_goes_on_counting(
    view: CanvasView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "LINGER_S", -PATIENCE_S)  # who has no connection is gone at once
    name, first = "<b>display</b> 12", Wire(view.workspace.store, 1)
    first.messages(*[[b"weather", b"x"]] * 1000)
    other = Wire(view.workspace.store, 2)
    other.opened({"address": "127.0.0.1:40002", "process": "alerts", "pid": 13})
    wait_here_until(lambda: looked_again(view) and "alerts 13" in seen(view))
    for _ in range(SAMPLES):
        view.canvas.seen.refresh(view.canvas.nodes, now=True)
    first.event("CLOSED", "closed")
    wait_here_until(lambda: looked_again(view) and name not in seen(view))
    again = Wire(view.workspace.store, 3)
    again.opened({"address": "127.0.0.1:40003", "process": "<b>display</b>", "pid": 12})
    again.shaken()
    again.messages([b"weather", b"x"])
    wait_here_until(lambda: looked_again(view) and name in seen(view) and seen(view)[name].face.mark == "SUB")
    assert "-" not in seen(view)[name].rate
    qtbot.waitUntil(lambda: not view.workspace.preparing.busy)


def test_of_a_capture_that_is_opened_they_are_shown_without_rates(
    open_view: Callable[[Document], CanvasView], qtbot: QtBot
) -> None:
    view, capture = open_view(Document(nodes=(RELAY,))), Store()
    wire = Wire(capture)
    wire.opened()
    wire.shaken()
    wire.event("CLOSED", "closed")
    view.workspace.store.adopt(capture)
    assert not seen(view)
    view.workspace.ticked.emit()  # once: nothing runs
    qtbot.waitUntil(lambda: len(seen(view)) == 2, timeout=PATIENCE_MS)
    assert {item.rate for item in seen(view).values()} == {""}
    view.workspace.live.clear()
    qtbot.waitUntil(lambda: not seen(view), timeout=PATIENCE_MS)


def test_they_follow_their_relay(view: CanvasView) -> None:
    before = seen(view)["station 7"].pos()
    with stopped(view):
        view.workspace.edit("Move", move_to(view.workspace.document, {"t1": (120.0, 60.0)}))
    assert seen(view)["station 7"].pos() == before + QPointF(120, 60)


def test_they_leave_room_for_what_is_drawn(view: CanvasView) -> None:
    place = seen(view)["<b>display</b> 12"].pos()
    with stopped(view):
        view.refresh()
        assert not seen(view)
        node = SocketNode(id="sub", type="SUB", position=(place.x(), place.y()))
        view.workspace.edit("Draw", view.workspace.document.with_node(node))
    assert not seen(view)["<b>display</b> 12"].card.intersects(view.canvas.nodes["sub"].card)


def test_they_can_be_looked_at_but_not_moved(view: CanvasView, qtbot: QtBot) -> None:
    item = seen(view)["<b>display</b> 12"]
    spot = view.mapFromScene(item.card.center())
    assert view.canvas.at(item.card.center()) is None
    assert view.canvas.port_at(item.inlet, 9) is None
    help_event = QHelpEvent(QHelpEvent.Type.ToolTip, spot, view.viewport().mapToGlobal(spot))
    QApplication.sendEvent(view.viewport(), help_event)
    assert view.hint.textFormat() == Qt.TextFormat.PlainText
    assert "<b>display</b> 12 · seen by the tap, not drawn" in view.hint.text()
    assert "connection 1: ● open" in view.hint.text()
    view.hint.hide()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert view.hint.isVisible(), "a click is answered at once"
    assert "seen by the tap, not drawn" in view.hint.text()
    with qtbot.waitSignal(view.connectionRequested) as asked:
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert asked.args[0].id == 1
    assert not view.hint.isVisible()


def test_drawing_one_for_good(view: CanvasView) -> None:
    item = seen(view)["station 7"]
    actions = {action.text(): action for action in menus.seen_menu(view, item).actions()}
    with stopped(view):
        actions["Draw it"].trigger()
    drawn = view.workspace.document.nodes[-1]
    assert isinstance(drawn, ExternalNode)
    assert (drawn.label, drawn.type, drawn.bind) == ("station 7", "PUB", ("tcp://127.0.0.1:5556",))
    assert drawn.position == (item.pos().x(), item.pos().y())
    assert set(seen(view)) == {"<b>display</b> 12"}
    with stopped(view):
        view.workspace.undo()
    assert set(seen(view)) == {"<b>display</b> 12", "station 7"}


def crowd(view: CanvasView, first: int) -> None:
    """Seven more programs connect."""
    for number in range(first, first + 7):
        wire = Wire(view.workspace.store, number)
        wire.opened({"address": "127.0.0.1:1", "process": f"reader{number}", "pid": number})
        wire.shaken()
    wait_here_until(lambda: looked_again(view) and len(seen(view)) == 10)


def test_programs_that_come_leave_the_text_readable(view: CanvasView) -> None:
    view.resize(700, 300)
    view.fit()
    crowd(view, 10)
    assert view.zoom == pytest.approx(READABLE)
    assert view.visible_scene().contains(view.canvas.nodes["t1"].card)
    view.resize(690, 300)
    assert view.zoom == pytest.approx(READABLE)
    view.fit()  # who asks for everything gets everything
    assert view.zoom < READABLE
    assert view.visible_scene().contains(view.canvas.content())


def test_programs_that_come_leave_the_view_where_the_user_wants_it(view: CanvasView) -> None:
    view.resize(700, 300)
    view.fit()
    view.zoom_in()
    view.scroll_by(15, 25)
    before = view.zoom, view.scroll_position()
    crowd(view, 10)
    assert (view.zoom, view.scroll_position()) == before
    with stopped(view):
        node = SocketNode(id="far", type="PUB", position=(2000, 2000))
        view.workspace.edit("Add", view.workspace.document.with_node(node))
    view.welcome("far")
    assert view.zoom == before[0]
    assert view.visible_scene().contains(view.canvas.nodes["far"].card)
