"""A node that forwards is joined by a dotted line to the one that it sends through."""

from __future__ import annotations

from dataclasses import replace

from tests.helpers.drawn import drawing, sock
from zinspector.topology import edits
from zinspector.topology.document import Behaviour
from zinspector.ui.canvas.view import CanvasView

FORWARD = sock("worker", "PULL", Behaviour("forward", to="result"), position=(0.0, 0.0))
TARGET = sock("result", "PUSH", position=(300.0, 120.0))


def test_a_forward_is_drawn_follows_its_nodes_and_goes(view: CanvasView) -> None:
    workspace, forwards = view.workspace, view.canvas.forwards
    workspace.edit("Draw", drawing(FORWARD, TARGET))
    line = forwards.items["worker"]
    before = line.boundingRect()
    workspace.edit("Move", edits.move_to(workspace.document, {"result": (600.0, 120.0)}))
    assert line.boundingRect().width() > before.width() + 200
    assert view.canvas.at(line.boundingRect().center()) is None
    workspace.edit("Sink", drawing(replace(FORWARD, behaviour=Behaviour("sink")), TARGET))
    assert forwards.items == {}
    assert line.scene() is None


def test_a_forward_to_nowhere_is_not_drawn(view: CanvasView) -> None:
    view.workspace.edit("Draw", drawing(FORWARD))
    assert view.canvas.forwards.items == {}
