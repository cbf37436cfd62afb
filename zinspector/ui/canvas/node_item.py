"""A node on the canvas: the picture of its face, and over it the sparkline and rate of now.

The picture is kept (see `face`); only the live figures are painted each time, and only where they can be read.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from zinspector.topology.document import AnyNode
from zinspector.ui.canvas import words
from zinspector.ui.canvas.face import Face, picture
from zinspector.ui.canvas.metrics import FULL_SCALE, metrics
from zinspector.ui.theme import theme

HEADROOM = 1.3  # so that a steady rate is a line in the picture and not its upper edge
DIMMED = 0.32  # the opacity of what a wire can't go to


class NodeItem(QGraphicsItem):
    """One node, known by the id of what it shows. Its origin is the card's top left corner."""

    def __init__(self, node: AnyNode, face: Face) -> None:
        super().__init__()
        self.node = node
        self.face = face
        self.rate = ""
        self.dimmed = False
        self._spark: list[QPointF] = []
        self._history: tuple[float, ...] = ()
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
        if text == self.rate and history == self._history:
            return False
        self.rate, self._history, self._spark = text, history, []
        self.update()
        return True

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
        outer = metrics().outer
        # Whole device pixels: a picture between pixels would be a blurred one.
        at = world.map(outer.topLeft())
        painter.resetTransform()
        painter.drawPixmap(
            QPointF(round(at.x() * ratio) / ratio, round(at.y() * ratio) / ratio), picture(self.face, scale, ratio)
        )
        painter.setWorldTransform(world)
        if scale >= FULL_SCALE and self.rate:
            self._paint_live(painter)

    def _paint_live(self, painter: QPainter) -> None:
        sizes, colours = metrics(), theme()
        if len(self._history) > 1:
            accent = colours.pattern(self.face.mark)
            if not self._spark:
                self._spark = sparkline(self._history, sizes.spark)
            below = QColor(accent)
            below.setAlpha(34)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(below)
            base = sizes.spark.bottom()
            first, last = self._spark[0], self._spark[-1]
            painter.drawPolygon(QPolygonF([QPointF(first.x(), base), *self._spark, QPointF(last.x(), base)]))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(accent, 1.2))
            painter.drawPolyline(QPolygonF(self._spark))
        painter.setFont(sizes.mono)
        painter.setPen(colours.colour("muted" if self.rate == "0 /s" else "text"))
        painter.drawText(sizes.rate, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), self.rate)


def sparkline(values: tuple[float, ...], rect: QRectF) -> list[QPointF]:
    """The values from left to right in `rect`, from 0 at the bottom to a little more than their highest."""
    top = max(values) * HEADROOM or 1.0
    left, step = rect.left(), rect.width() / (len(values) - 1)
    base, unit = rect.bottom() - 1, (rect.height() - 2) / top
    return [QPointF(left + i * step, base - value * unit) for i, value in enumerate(values)]
