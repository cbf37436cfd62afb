"""A node on the canvas: the picture of its face, and over it the sparkline and rate of now.

Both are pictures that are kept (see `face` and `figures`); the live figures are shown only where they can be read.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from zinspector.topology.document import AnyNode
from zinspector.ui.canvas import words
from zinspector.ui.canvas.face import Face, picture
from zinspector.ui.canvas.figures import Figures
from zinspector.ui.canvas.metrics import FULL_SCALE, metrics

DIMMED = 0.32  # the opacity of what a wire can't go to


class NodeItem(QGraphicsItem):
    """One node, known by the id of what it shows. Its origin is the card's top left corner."""

    def __init__(self, node: AnyNode, face: Face) -> None:
        super().__init__()
        self.node = node
        self.face = face
        self.dimmed = False
        self._figures = Figures()
        self.card = self.band = QRectF()
        self.place(QPointF(*node.position))
        self.setZValue(1)

    def set_node(self, node: AnyNode) -> None:
        """Show another version of the node."""
        self.node = node
        self.place(QPointF(*node.position))

    def place(self, position: QPointF) -> None:
        """Stand at another place; `card` and its `band` are where the card is in the scene."""
        self.setPos(position)
        self.card = metrics().rect.translated(position)
        self.band = QRectF(position.x(), position.y(), self.card.width(), self.card.height() / 2)

    def set_face(self, face: Face) -> None:
        """Show another face."""
        if face != self.face:
            self.face = face
            self.setZValue(2 if face.selected else 1)
            self.update()

    def set_dimmed(self, dimmed: bool) -> None:
        """Stand back while a wire is drawn that can't end here."""
        if dimmed != self.dimmed:
            self.dimmed = dimmed
            self.update()

    def set_live(self, messages_per_second: float | None, history: tuple[float, ...]) -> bool:
        """Show this rate and its recent course, or nothing while nothing runs; whether that changed the picture."""
        text = "" if messages_per_second is None else words.rate(messages_per_second)
        changed = self._figures.show(text, history)
        if changed:
            self.update()
        return changed

    @property
    def rate(self) -> str:
        """The rate that is shown; empty while nothing runs."""
        return self._figures.rate

    @property
    def item_id(self) -> str:
        """The id of the node."""
        return self.node.id

    @property
    def inlet(self) -> QPointF:
        """Where links arrive, in the scene."""
        return self.pos() + metrics().inlet

    @property
    def outlet(self) -> QPointF:
        """Where links leave, in the scene."""
        return self.pos() + metrics().outlet

    def boundingRect(self) -> QRectF:
        """The card and what reaches over its edge."""
        return metrics().outer

    def shape(self) -> QPainterPath:
        """The card and its ports: what can be hit."""
        sizes = metrics()
        path = QPainterPath()
        path.addRect(sizes.rect.adjusted(-sizes.port, 0, sizes.port, 0))
        return path

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw the picture that fits the scale, then the figures of now."""
        world = painter.worldTransform()
        scale = world.m11()
        ratio = painter.device().devicePixelRatioF()
        if self.dimmed:
            painter.setOpacity(DIMMED)
        painter.resetTransform()
        _lay(painter, picture(self.face, scale, ratio), world.map(metrics().outer.topLeft()), ratio)
        if scale >= FULL_SCALE and self.rate:
            figures = self._figures.picture(self.face.mark, scale, ratio)
            _lay(painter, figures, world.map(metrics().figures.topLeft()), ratio)
        painter.setWorldTransform(world)


def _lay(painter: QPainter, picture: QPixmap, at: QPointF, ratio: float) -> None:
    """On whole device pixels: a picture between pixels would be a blurred one."""
    painter.drawPixmap(QPointF(round(at.x() * ratio) / ratio, round(at.y() * ratio) / ratio), picture)
