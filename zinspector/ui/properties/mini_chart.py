"""A small chart for the side panel: some lines over the last minute, each with a name at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from zinspector.ui.theme import theme, ui_font

SECONDS = 60.0
HEIGHT = 64
WRAP = Qt.TextFlag.TextWordWrap
EDGE = 5.0
TOP = 17.0  # below the largest value in words
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """One line: seconds before now (negative), values, the role of its colour, how it is dashed, its name."""

    ago: Floats
    values: Floats
    role: str
    name: str = ""
    dash: Qt.PenStyle = Qt.PenStyle.SolidLine
    filled: bool = False


class MiniChart(QWidget):
    """Paints what `read` gives. `log` spreads values over decades; `say` puts the largest one into words."""

    def __init__(
        self,
        name: str,
        read: Callable[[], Sequence[Curve]],
        say: Callable[[float], str],
        empty: str,
        *,
        log: bool = False,
    ) -> None:
        super().__init__()
        self._read, self._say, self.empty, self._log = read, say, empty, log
        self._room = 0.0  # pixels for the lines, left of their names
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(200, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lines over a quiet ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("field"))
        painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setFont(ui_font(7.5))
        curves = [curve for curve in self._read() if len(curve.ago) > 1]
        if not curves:
            painter.setPen(theme().colour("muted"))
            painter.drawText(self.rect().adjusted(8, 0, -8, 0), Qt.AlignmentFlag.AlignCenter | WRAP, self.empty)
            return
        low, high = self._span(curves)
        names = max(self.fontMetrics().horizontalAdvance(curve.name) for curve in curves)
        self._room = self.width() - 2 * EDGE - names
        ends = [self._paint_curve(painter, curve, low, high) for curve in curves]
        self._paint_names(painter, curves, ends)
        top = float(max(curve.values.max() for curve in curves))
        painter.setPen(theme().colour("muted"))
        painter.drawText(QRectF(6, 2, self.width() - 12, 14), Qt.AlignmentFlag.AlignLeft, f"max {self._say(top)}")

    def _span(self, curves: Sequence[Curve]) -> tuple[float, float]:
        values = np.concatenate([curve.values for curve in curves])
        if not self._log:
            return 0.0, max(float(values.max()), 1e-9)
        logs = np.log10(np.maximum(values, 1.0))
        return float(logs.min()) - 0.15, float(logs.max()) + 0.05

    def _paint_curve(self, painter: QPainter, curve: Curve, low: float, high: float) -> QPointF:
        values = np.log10(np.maximum(curve.values, 1.0)) if self._log else curve.values
        width, height = self._room, self.height() - TOP - EDGE
        xs = EDGE + np.clip(1 + curve.ago / SECONDS, 0, 1) * width
        ys = TOP + (1 - (values - low) / max(high - low, 1e-9)) * height
        line = QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
        colour = theme().colour(curve.role)
        if curve.filled:
            area = QPolygonF(line)
            area.append(QPointF(float(xs[-1]), self.height() - EDGE))
            area.append(QPointF(float(xs[0]), self.height() - EDGE))
            shade = QColor(colour)
            shade.setAlpha(36)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            painter.drawPolygon(area)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.4, curve.dash))
        painter.drawPolyline(line)
        return line.at(line.size() - 1)

    def _paint_names(self, painter: QPainter, curves: Sequence[Curve], ends: Sequence[QPointF]) -> None:
        """Names beside the ends of their lines, pushed apart where the lines meet."""
        step = painter.fontMetrics().height() - 2.0
        named = [
            (end.y(), -place, curve) for place, (curve, end) in enumerate(zip(curves, ends, strict=True)) if curve.name
        ]
        lowest = self.height() - 3.0 - step * (len(named) - 1)
        base = 0.0
        for y, _, curve in sorted(named, key=lambda each: each[:2]):
            base = min(max(y + step / 2 - 2, base + step), lowest)
            lowest += step
            painter.setPen(theme().colour(curve.role))
            painter.drawText(QPointF(EDGE + self._room + 5, base), curve.name)
