"""Sizes on the canvas, in scene pixels at 100 %; all of them grow with the interface font."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from zinspector.ui.theme import mono_font, ui_font

GRID = 12.0  # what dragged nodes snap to; every second line shows as dots

# Below these scales a node is painted with less in it.
FULL_SCALE = 0.62
FAR_SCALE = 0.26


@dataclass(frozen=True)
class Metrics:
    """The measures of a node and of the things that hang on it."""

    width: float
    height: float
    header: float
    padding: float
    radius: float
    port: float
    title: QFont
    kind: QFont
    small: QFont
    mono: QFont

    @cached_property
    def rect(self) -> QRectF:
        """The node's card, its top left corner at (0, 0)."""
        return QRectF(0, 0, self.width, self.height)

    @cached_property
    def outer(self) -> QRectF:
        """The card with everything that reaches over its edge: ports, badge, shadow, outline."""
        return self.rect.adjusted(-11, -11, 11, 13)

    @cached_property
    def inlet(self) -> QPointF:
        """Where links arrive: the middle of the left edge."""
        return QPointF(0, self.height / 2)

    @cached_property
    def outlet(self) -> QPointF:
        """Where links leave: the middle of the right edge."""
        return QPointF(self.width, self.height / 2)

    @cached_property
    def spark(self) -> QRectF:
        """Where the sparkline goes."""
        top = self.height - self.padding * 0.85 - self._line
        return QRectF(self.padding + 1, top, self.width * 0.46, self._line)

    @cached_property
    def rate(self) -> QRectF:
        """Where the rate stands, right-aligned."""
        spark = self.spark
        left = spark.right() + 4
        return QRectF(left, spark.top(), self.width - self.padding - left, spark.height())

    @cached_property
    def figures(self) -> QRectF:
        """Where sparkline and rate are, together."""
        return self.spark.united(self.rate)

    @cached_property
    def _line(self) -> float:
        return QFontMetricsF(self.mono).height()


@cache
def metrics() -> Metrics:
    """The measures for the font in force; they are taken once."""
    title = ui_font(bold=True)
    points = title.pointSizeF()
    kind, small, mono = ui_font(points * 0.9, bold=True), ui_font(points * 0.86), mono_font(points * 0.88)
    line, small_line = QFontMetricsF(title).height(), QFontMetricsF(mono).height()
    header = round(QFontMetricsF(kind).height() + 10)
    return Metrics(
        width=max(184.0, _to_grid(line * 11.6)),
        height=_to_grid(header + line + 2 * small_line + 28),
        header=header,
        padding=round(line * 0.72),
        radius=8,
        port=5.5,
        title=title,
        kind=kind,
        small=small,
        mono=mono,
    )


def _to_grid(size: float) -> float:
    """An even multiple of the grid, so that ports and edges of snapped nodes align."""
    return round(size / GRID) * GRID
