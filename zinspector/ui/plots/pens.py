"""How the lines of the charts look: every link has a colour and a dash of its own, so colour is never the only sign.

Percentiles of one link differ in width or strength, and they never cross: p50 is the strongest and lowest.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from zinspector.ui.theme import theme

ROLES = ("pubsub", "pipeline", "reqrep", "routing", "tap", "exclusive")
DASHES: tuple[tuple[float, ...], ...] = ((), (6, 3), (2, 2), (8, 2, 2, 2))
DISTINCT = 12  # after so many links colour and dash repeat together
WIDTHS = {"": 1.7, "p50": 1.9, "p99": 1.2, "p99.9": 0.8}
FAINT = {"p99.9": 190}
FAINT_THIN = {"": 255, "p50": 255, "p99": 175, "p99.9": 115}
SWATCH = QSize(30, 12)
SWATCH_SCALE = 1.4  # a short piece must be thicker than a line to be as clear
FINE = 2  # pixels of a swatch a pixel, for fine screens


@dataclass(frozen=True)
class Pen:
    """The pen of the n-th link, of its whole traffic or of one percentile.

    Among many lines one is `thin`: it reads better, and Qt paints lines of one pixel four times as fast.
    """

    number: int
    percentile: str = ""
    thin: bool = False

    def qt(self, scale: float = 1.0) -> QPen:
        """The pen in the colours of the theme."""
        colour = QColor(theme().colour(ROLES[self.number % len(ROLES)]))
        colour.setAlpha(FAINT_THIN[self.percentile] if self.thin else FAINT.get(self.percentile, 255))
        pen = QPen(colour, (1.0 if self.thin else WIDTHS[self.percentile]) * scale)
        dash = DASHES[self.number % len(DASHES)]
        if dash:
            pen.setDashPattern(dash)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setCosmetic(True)
        return pen

    def swatch(self) -> QIcon:
        """A piece of the line, for the legend."""
        pixmap = QPixmap(SWATCH * FINE)
        pixmap.setDevicePixelRatio(FINE)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        # a cosmetic pen counts the pixmap's pixels
        self.paint(painter, QPointF(0, SWATCH.height() / 2), SWATCH.width(), SWATCH_SCALE * FINE)
        painter.end()
        return QIcon(pixmap)

    def paint(self, painter: QPainter, start: QPointF, length: float, scale: float = SWATCH_SCALE) -> None:
        """Paint a piece of the line."""
        painter.setPen(self.qt(scale))
        painter.drawLine(start, start + QPointF(length, 0))
