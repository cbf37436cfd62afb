"""Items in step with the document, the findings and what runs."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication

from zinspector.topology.document import (
    Document,
    ExternalNode,
    ImportNode,
    Link,
    ProxyNode,
    ProxySide,
    RelayNode,
    SocketNode,
    SpyNode,
    UnknownNode,
)
from zinspector.topology.edits import rename
from zinspector.ui.canvas.tips import describe
from zinspector.ui.canvas.view import CanvasView

from .conftest import body


def test_an_edit_touches_only_what_differs(view: CanvasView) -> None:
    items = dict(view.canvas.nodes)
    link = view.canvas.links["l"]
    view.workspace.edit("Rename", rename(view.workspace.document, "pub", "station"))
    assert dict(view.canvas.nodes) == items
    assert view.canvas.links["l"] is link
    assert items["pub"].face.title == "station"


def test_links_to_nowhere_are_not_drawn_and_do_no_harm(view: CanvasView) -> None:
    document = view.workspace.document
    view.workspace.edit("Odd", replace(document, links=(*document.links, Link(id="x", source="pub", target="ghost"))))
    assert set(view.canvas.links) == {"l"}


def test_every_kind_of_node_has_a_face(view: CanvasView) -> None:
    odd = (
        ProxyNode(id="a", frontend=ProxySide("ROUTER"), backend=ProxySide("DEALER")),
        ExternalNode(id="b", bind=("tcp://10.0.0.1:5000",)),
        RelayNode(id="c", listen="tcp://*:1", target="ipc:///tmp/x"),
        SpyNode(id="d", connect=("tcp://h:1",)),
        ImportNode(id="e", file="seen/capture.arrow"),
        UnknownNode(id="f", record={}, problem="behaviour.rate must be a number"),
    )
    view.workspace.edit("Open", Document(nodes=odd))
    faces = {one: item.face for one, item in view.canvas.nodes.items()}
    assert faces["a"].mark == "PROXY"
    assert faces["a"].subtitle == "ROUTER ⇄ DEALER"
    assert faces["b"].address == "external · bind :5000"
    assert faces["c"].subtitle == "relay, byte for byte"
    assert faces["c"].address == ":1 → ipc x"
    assert faces["e"].address == "capture.arrow"
    assert faces["f"].subtitle_role == "error"
    view.viewport().grab()


def test_a_sub_without_a_subscription_shows_it(view: CanvasView) -> None:
    node = view.workspace.document.node("sub")
    assert isinstance(node, SocketNode)
    assert view.canvas.nodes["sub"].face.subtitle == "all topics"
    view.workspace.edit("x", view.workspace.document.with_node(replace(node, subscriptions=())))
    face = view.canvas.nodes["sub"].face
    assert (face.subtitle, face.subtitle_role) == ("no subscription", "warn")
    assert face.badge


def test_rates_show_while_it_runs_and_go_with_it(view: CanvasView) -> None:
    workspace = view.workspace
    for i in range(12):
        workspace.live.rates.update(i * 125_000_000, {"pub": (i * 1000, 0), "sub": (i * 1000, 0), "l": (i * 1000, 0)})
    workspace.live.running = True
    view.refresh()
    assert view.canvas.links["l"].label == "8.0 k/s"
    assert view.canvas.links["l"].width > 3
    assert view.canvas.nodes["pub"].rate == "8.0 k/s"
    assert view.canvas.nodes["pull"].rate == "0 /s"
    view.viewport().grab()
    workspace.live.running = False
    view.refresh()
    assert view.canvas.links["l"].label == ""
    assert view.canvas.nodes["pub"].rate == ""


def test_names_are_never_markup(view: CanvasView) -> None:
    label = "<img src=x> & <b>bold</b>"
    view.workspace.edit("Rename", rename(view.workspace.document, "pub", label))
    spot = view.mapFromScene(body(view, "pub"))
    help_event = QHelpEvent(QHelpEvent.Type.ToolTip, spot, view.viewport().mapToGlobal(spot))
    QApplication.sendEvent(view.viewport(), help_event)
    assert view.hint.isVisible()
    assert label in view.hint.text()
    assert view.hint.textFormat() == Qt.TextFormat.PlainText


def test_the_tip_of_a_node_and_of_a_link_say_all(view: CanvasView) -> None:
    node = describe(view.canvas, view.canvas.nodes["sub"])
    assert "subscribes to all topics" in node
    assert "connects tcp://127.0.0.1:*" in node
    link = describe(view.canvas, view.canvas.links["l"])
    assert "pub → sub" in link
    assert "pub binds tcp://127.0.0.1:*" in link
    lonely = describe(view.canvas, view.canvas.nodes["pull"])
    assert "Z1" in lonely


def test_hovering_marks_and_leaving_unmarks(view: CanvasView, qtbot) -> None:
    qtbot.mouseMove(view.viewport(), view.mapFromScene(body(view, "pub")))
    assert view.canvas.nodes["pub"].face.hovered
    qtbot.mouseMove(view.viewport(), view.mapFromScene(QPointF(280, 130)) + QPoint(0, 10))
    assert not view.canvas.nodes["pub"].face.hovered
