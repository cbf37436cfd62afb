"""Drawing a wire from a port: where it may go lights up, where it may not is explained as one hovers.

Dropped on nothing, it offers the kinds of nodes that would fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from zinspector.ui.canvas.gestures import Gesture, Pointer
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.canvas.route import route
from zinspector.ui.canvas.wires import Port, Proposal, linked, propose
from zinspector.ui.theme import theme

if TYPE_CHECKING:
    from zinspector.ui.canvas.view import CanvasView


class DrawWire(Gesture):
    """From `port` of `item` to wherever it is let go."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, start: Pointer, item: NodeItem, port: Port) -> None:
        super().__init__(view, start)
        self.item = item
        self.port = port
        self._to = start.scene
        self._target: NodeItem | None = None
        self._proposal: Proposal | None = None
        self._already: frozenset[str] = frozenset()

    @property
    def gone(self) -> bool:
        """Whether the node at its beginning is."""
        return self.item.node.id not in self.view.canvas.nodes

    def press(self) -> None:
        """Select the node, so that a click on a port is a click on its node."""
        self.view.workspace.select((self.item.node.id,))

    def _begin(self) -> None:
        document, start = self.view.workspace.document, self.item.node
        self._already = linked(document, start.id)
        lit: dict[str, frozenset[str]] = {start.id: frozenset({self.port})}
        for node in document.nodes:
            proposal = propose(start, self.port, node, self._already)
            if not proposal.problem:
                port = "inlet" if proposal.target == node.id else "outlet"
                lit[node.id] = frozenset({port})
        self.view.canvas.light(lit)

    def drag(self, to: Pointer) -> None:
        """Follow the pointer; say what would happen here."""
        if self.view.canvas.marks.lit is None:
            self._begin()
        self._to = to.scene
        found = self.view.canvas.at(to.scene)
        self._target = found if isinstance(found, NodeItem) and found is not self.item else None
        if self._target is None:
            self._proposal = None
            self.view.hint.say("Drop on a lit port, or on nothing to add a node there", to.view)
        else:
            self._judge(self._target, to)
        self.view.viewport().update()

    def _judge(self, target: NodeItem, to: Pointer) -> None:
        self._proposal = propose(self.item.node, self.port, target.node, self._already)
        if self._proposal.problem:
            self.view.hint.say(f"✕ {self._proposal.problem}", to.view, "error")
        else:
            titles = {self.item.node.id: self.item.node.title, target.node.id: target.node.title}
            text = f"✓ {titles[self._proposal.source]} → {titles[self._proposal.target]}"
            self.view.hint.say(text, to.view, "ok")
            inward = self._proposal.target == target.node.id
            self._to = target.inlet if inward else target.outlet

    def release(self, at: Pointer) -> None:
        """Wire, explain, or offer nodes that fit."""
        self._end()
        if not self.began:
            return
        if self._proposal is None:
            if self._target is None and self.view.canvas.at(at.scene) is None:
                self.view.adder.ask_end(at.scene, self.item.node, self.port)
        elif self._proposal.problem:
            self.view.workspace.message.emit(self._proposal.problem, "warning")
        else:
            self.view.verbs.link(self._proposal.source, self._proposal.target)

    def cancel(self) -> None:
        """No wire."""
        self._end()

    def _end(self) -> None:
        self.view.hint.hide()
        self.view.canvas.light(None)
        self.view.viewport().update()

    def paint(self, painter: QPainter) -> None:
        """The wire so far: dashed until it may be dropped."""
        if not self.began:
            return
        legal = self._proposal is not None and not self._proposal.problem
        refused = self._proposal is not None and not legal
        colour = theme().colour("error") if refused else theme().pattern(self.item.face.mark)
        pen = QPen(colour, 2.2, Qt.PenStyle.SolidLine if legal else Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        here = self.item.outlet if self.port == "outlet" else self.item.inlet
        ends: tuple[QPointF, QPointF] = (here, self._to) if self.port == "outlet" else (self._to, here)
        painter.drawPath(route(*ends))
