"""The figures of now on a node: its sparkline and its rate, painted once for each change and kept until the next.

Between two changes a canvas that is panned only copies them. What is painted is chosen for Qt's quick ways: a line of
one pixel, and below it a tint whose own edge nobody sees, because the line covers it.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from zinspector.ui.canvas.metrics import metrics
from zinspector.ui.theme import theme

HEADROOM = 1.3  # so that a steady rate is a line in the picture and not its upper edge
TINT = 34  # the opacity, of 255, of what is below the line


class Figures:
    """Rate and recent course of one node."""

    def __init__(self) -> None:
        self.rate = ""
        self.history: tuple[float, ...] = ()
        self._picture = QPixmap()
        self._painted_for: tuple[str, float, float, str] | None = None

    def show(self, rate: str, history: tuple[float, ...]) -> bool:
        """Be these; whether that changes the picture."""
        if (rate, history) == (self.rate, self.history):
            return False
        self.rate, self.history = rate, history
        self._painted_for = None
        return True

    def picture(self, mark: str, scale: float, ratio: float) -> QPixmap:
        """What to lay on `metrics().figures` of a node with this mark, at a scale and device pixels a pixel."""
        wanted = (mark, scale, ratio, theme().name)
        if wanted != self._painted_for:
            self._painted_for = wanted
            self._picture = self._paint(mark, scale * ratio, ratio)
        return self._picture

    def _paint(self, mark: str, factor: float, ratio: float) -> QPixmap:
        sizes, colours = metrics(), theme()
        room = sizes.figures
        pixmap = QPixmap(max(1, round(room.width() * factor)), max(1, round(room.height() * factor)))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(factor, factor)
        painter.translate(-room.topLeft())
        if len(self.history) > 1:
            _paint_course(painter, sparkline(self.history, sizes.spark), sizes.spark.bottom(), colours.pattern(mark))
        painter.setFont(sizes.mono)
        painter.setPen(colours.colour("muted" if self.rate == "0 /s" else "text"))
        painter.drawText(sizes.rate, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), self.rate)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


def sparkline(values: tuple[float, ...], rect: QRectF) -> list[QPointF]:
    """The values from left to right in `rect`, from 0 at the bottom to a little more than their highest."""
    top = max(values) * HEADROOM or 1.0
    left, step = rect.left(), rect.width() / (len(values) - 1)
    base, unit = rect.bottom() - 1, (rect.height() - 2) / top
    return [QPointF(left + i * step, base - value * unit) for i, value in enumerate(values)]


def _paint_course(painter: QPainter, line: list[QPointF], base: float, colour: QColor) -> None:
    below = QColor(colour)
    below.setAlpha(TINT)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(below)
    painter.drawPolygon(QPolygonF([QPointF(line[0].x(), base), *line, QPointF(line[-1].x(), base)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, 1)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF(line))
