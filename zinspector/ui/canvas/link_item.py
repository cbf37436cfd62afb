"""A link on the canvas: a curve whose width is its rate, an arrow the way it was drawn, a label with the figure.

Nothing flashes: width and label follow the one-second rate, in steps. The curve is kept as a path and as a polyline;
the polyline is what is hit, and what is painted from afar.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from zinspector.topology.document import Link
from zinspector.ui.canvas import words
from zinspector.ui.canvas.face import SEVERITY_ROLES
from zinspector.ui.canvas.metrics import FULL_SCALE, metrics
from zinspector.ui.canvas.route import route
from zinspector.ui.theme import theme

HIT_WIDTH = 12.0
ARROW = 5.0
ARROWS = (0.8, 0.2)  # where on the path: along the drawn direction, and back
ARROWS_BACKWARDS = (0.66, 0.34)  # on the lane, clear of its turns


class LinkItem(QGraphicsItem):
    """One link, known by the id of what it shows."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self.mark = ""
        self.both_ways = False
        self.label = self._idle_label()
        self.width = 1.5
        self.live = False
        self.badge = ""
        self.selected = False
        self.hovered = False
        self.path = QPainterPath()
        self.middle = QPointF()
        self._line = QPolygonF()
        self.bounds = QRectF()
        self.chord = QLineF()
        self._arrows = ARROWS
        self._shape: QPainterPath | None = None
        self.setZValue(0)

    def set_ends(self, start: QPointF, end: QPointF) -> None:
        """Draw the curve between these places."""
        self.prepareGeometryChange()
        self.path = route(start, end)
        self._line = self.path.toSubpathPolygons()[0]
        self.chord = QLineF(start, end)
        self._arrows = ARROWS if start.x() <= end.x() else ARROWS_BACKWARDS
        self.middle = self.path.pointAtPercent(0.5)
        label = QRectF(self.middle.x() - 44, self.middle.y() - 14, 88, 28)
        self.bounds = self.path.boundingRect().adjusted(-8, -8, 8, 8).united(label)
        self._shape = None

    def set_link(self, link: Link) -> None:
        """Show another version of the link."""
        if link is not self.link:
            self.link = link
            if not self.live:
                self.label = self._idle_label()
            self.update()

    def set_look(self, mark: str, both_ways: bool, badge: str) -> None:
        """What it carries (a socket type gives the colour), whether answers come back, and its worst finding."""
        if (mark, both_ways, badge) != (self.mark, self.both_ways, self.badge):
            self.mark, self.both_ways, self.badge = mark, both_ways, badge
            self.update()

    def set_marked(self, *, selected: bool, hovered: bool) -> None:
        """Selected, or under the pointer."""
        if (selected, hovered) != (self.selected, self.hovered):
            self.selected, self.hovered = selected, hovered
            self.setZValue(0.5 if selected or hovered else 0)
            self.update()

    def set_rate(self, messages_per_second: float | None) -> bool:
        """Show this rate, or none while nothing runs; whether that changed the picture."""
        live = messages_per_second is not None
        text = words.rate(messages_per_second) if messages_per_second is not None else self._idle_label()
        width = width_of(messages_per_second or 0.0)
        if (text, width, live) == (self.label, self.width, self.live):
            return False
        self.label, self.width, self.live = text, width, live
        self.update()
        return True

    def _idle_label(self) -> str:
        return "" if self.link.transport == "tcp" else self.link.transport

    @property
    def item_id(self) -> str:
        """The id of the link."""
        return self.link.id

    def boundingRect(self) -> QRectF:
        """The curve and its label."""
        return self.bounds

    def shape(self) -> QPainterPath:
        """A band around the curve that is wide enough to be hit, and the label."""
        if self._shape is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(HIT_WIDTH)
            band = QPainterPath()
            band.addPolygon(self._line)
            self._shape = stroker.createStroke(band)
        if self.label:
            shape = QPainterPath(self._shape)
            shape.addRect(self._label_rect())
            return shape
        return self._shape

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw the curve, and what there is room for at this scale."""
        scale = painter.worldTransform().m11()
        colour = self._colour()
        marked = self.selected or self.hovered
        pen = QPen(colour, max(self.width + (1.2 if marked else 0), 1 / scale))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if scale < FULL_SCALE:
            painter.setPen(pen)
            painter.drawPolyline(self._line)
            return
        if self.selected:
            halo = QColor(theme().colour("accent"))
            halo.setAlpha(70)
            painter.setPen(QPen(halo, self.width + 7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPath(self.path)
        painter.setPen(pen)
        painter.drawPath(self.path)
        self._paint_arrow(painter, colour, self._arrows[0])
        if self.both_ways:
            self._paint_arrow(painter, colour, self._arrows[1])
        if self.label or self.badge:
            self._paint_label(painter, colour)

    def _colour(self) -> QColor:
        colours = theme()
        colour = QColor(colours.pattern(self.mark))
        if self.badge == "error":
            colour = QColor(colours.colour("error"))
        if not self.live and not self.selected:
            colour.setAlpha(190)
        return colour

    def _paint_arrow(self, painter: QPainter, colour: QColor, place: float) -> None:
        """A small head on the curve; the one near the end points along the drawn direction, the other back."""
        tip = self.path.pointAtPercent(place)
        angle = math.radians(-self.path.angleAtPercent(place))
        if place < 0.5:
            angle += math.pi
        size = ARROW + self.width * 0.6
        wings = [
            QPointF(tip.x() + size * math.cos(angle + turn), tip.y() + size * math.sin(angle + turn))
            for turn in (0.0, 2.5, -2.5)
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF(wings))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _label_text(self) -> str:
        sign = {"error": "✕", "warning": "▲", "info": "i"}.get(self.badge, "")
        return f"{sign} {self.label}".strip()

    def _label_rect(self) -> QRectF:
        measure = QFontMetricsF(metrics().mono)
        width, height = measure.horizontalAdvance(self._label_text()) + 14, measure.height() + 4
        return QRectF(self.middle.x() - width / 2, self.middle.y() - height / 2, width, height)

    def _paint_label(self, painter: QPainter, colour: QColor) -> None:
        colours = theme()
        rect = self._label_rect()
        border = QColor(colours.colour(SEVERITY_ROLES[self.badge])) if self.badge else QColor(colour)
        border.setAlpha(220 if self.badge or self.selected else 130)
        painter.setPen(QPen(border, 1))
        painter.setBrush(colours.colour("panel"))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setFont(metrics().mono)
        quiet = not self.live or self.label == "0 /s"
        painter.setPen(colours.colour("muted" if quiet else "text"))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self._label_text())


def width_of(messages_per_second: float) -> float:
    """1.5 pixels for silence, about 4 at 100,000 messages a second; in quarter steps, so that it keeps still."""
    return round((1.5 + 0.52 * math.log10(1 + messages_per_second)) * 4) / 4
