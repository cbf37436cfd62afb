"""Where nodes hand on what they receive: a dotted line from a node that forwards to the one that it sends through.

It is no link, for no socket connects there; it can't be selected, and it lies beneath everything else.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

from zinspector.topology.document import AnyNode, SocketNode
from zinspector.ui.canvas.link_item import ARROW
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.canvas.route import route
from zinspector.ui.theme import theme


class ForwardItem(QGraphicsItem):
    """One dotted line."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self.setZValue(-1)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def set_ends(self, start: QPointF, end: QPointF) -> None:
        """Draw it between these places."""
        self.prepareGeometryChange()
        self._path = route(start, end)

    def boundingRect(self) -> QRectF:
        """The curve and its arrow."""
        return self._path.boundingRect().adjusted(-ARROW, -ARROW, ARROW, ARROW)

    def shape(self) -> QPainterPath:
        """Nothing that could be hit."""
        return QPainterPath()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Dots, and an arrow where they end."""
        pen = QPen(theme().colour("muted"), 1.6, Qt.PenStyle.DotLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        tip = self._path.pointAtPercent(1)
        pen.setStyle(Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.drawLine(tip, tip + QPointF(-ARROW, -ARROW))
        painter.drawLine(tip, tip + QPointF(-ARROW, ARROW))


class Forwards:
    """The dotted lines of a scene, by the node that forwards."""

    def __init__(self, scene: QGraphicsScene) -> None:
        self._scene = scene
        self.items: dict[str, ForwardItem] = {}

    def follow(self, nodes: Mapping[str, NodeItem]) -> None:
        """Be where the nodes are now, for those that forward now."""
        wanted = {one: target for one, item in nodes.items() if (target := target_of(item.node)) in nodes and target}
        for gone in self.items.keys() - wanted.keys():
            self._scene.removeItem(self.items.pop(gone))
        for one, target in wanted.items():
            if one not in self.items:
                self.items[one] = ForwardItem()
                self._scene.addItem(self.items[one])
            self.items[one].set_ends(nodes[one].outlet, nodes[target].inlet)


def target_of(node: AnyNode) -> str | None:
    """The node that a node sends through, if that is another one."""
    if isinstance(node, SocketNode) and node.behaviour.kind in ("forward", "script") and node.behaviour.to != node.id:
        return node.behaviour.to
    return None
