"""Charts on their way out of the window: one sheet with a title, the charts and a legend, as PNG or as SVG.

The sheet is painted from charts of its own in one fixed size, so it looks the same however the window is laid out,
and nothing on screen moves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QBuffer, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator

from zinspector.tasks import in_thread
from zinspector.ui.plots.chart import Chart
from zinspector.ui.plots.data import Line, Shown
from zinspector.ui.plots.pens import SWATCH, Pen
from zinspector.ui.plots.spec import Spec
from zinspector.ui.theme import switch, theme, ui_font

WIDTH = 1400
CHART_HEIGHT = 340
HEAD = 56
LEGEND_COLUMNS = 4
LEGEND_LINE = 24
MARGIN = 16
WRITING = QBuffer.OpenModeFlag.WriteOnly  # looked up here: what is of Qt's is made when it is looked up first


@dataclass(frozen=True)
class Part:
    """One chart of the sheet as it is on screen."""

    spec: Spec
    lines: Sequence[Line]
    view: Any


@dataclass(frozen=True)
class Sheet:
    """What to put out."""

    title: str
    subtitle: str
    parts: Sequence[Part]
    links: Sequence[Shown]

    @property
    def size(self) -> QSize:
        """The size of the sheet, in pixels at 100 %."""
        rows = -(-len(self.parts) // self._columns)
        legend = -(-len(self.links) // LEGEND_COLUMNS) * LEGEND_LINE
        return QSize(WIDTH, HEAD + rows * CHART_HEIGHT + legend + 2 * MARGIN)

    @property
    def _columns(self) -> int:
        return 1 if len(self.parts) == 1 else 2

    async def png(self) -> bytes:
        """An image, at twice the pixels."""
        image = QImage(self.size * 2, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(2)
        with QPainter(image) as painter:  # ends when the window is closed meanwhile, too: else the process would
            await self._paint(painter)
        return await in_thread(_encoded, image)

    async def svg(self) -> bytes:
        """Vectors."""
        buffer = _buffer()
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        # pyqtgraph keeps its axes as pictures, which are scaled by the ratio of resolutions.
        screen = QGuiApplication.primaryScreen()
        generator.setResolution(round(screen.logicalDotsPerInch()) if screen is not None else 96)
        generator.setSize(self.size)
        generator.setViewBox(QRect(0, 0, self.size.width(), self.size.height()))
        generator.setTitle(self.title)
        generator.setDescription(self.subtitle)
        with QPainter(generator) as painter:
            await self._paint(painter)
        return bytes(buffer.data().data())

    async def _paint(self, painter: QPainter) -> None:
        """Paint all of it, one chart in each turn of the loop: the sockets live on it too."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(0, 0, self.size.width(), self.size.height()), theme().colour("panel"))
        painter.setPen(theme().colour("text"))
        painter.setFont(ui_font(14, bold=True))
        painter.drawText(QPointF(MARGIN, 28), self.title)
        painter.setPen(theme().colour("muted"))
        painter.setFont(ui_font(9))
        painter.drawText(QPointF(MARGIN, 47), self.subtitle)
        width = (WIDTH - 2 * MARGIN) // self._columns
        for place, part in enumerate(self.parts):
            await asyncio.sleep(0)
            left, top = MARGIN + place % self._columns * width, HEAD + place // self._columns * CHART_HEIGHT
            _paint_chart(painter, part, QRect(left, top, width - 8, CHART_HEIGHT - 8))
        self._paint_legend(painter)

    def _paint_legend(self, painter: QPainter) -> None:
        rows = -(-len(self.parts) // self._columns)
        top = HEAD + rows * CHART_HEIGHT + MARGIN // 2
        width = (WIDTH - 2 * MARGIN) // LEGEND_COLUMNS
        painter.setFont(ui_font(9))
        for place, shown in enumerate(self.links):
            left = MARGIN + place % LEGEND_COLUMNS * width
            middle = top + place // LEGEND_COLUMNS * LEGEND_LINE + LEGEND_LINE / 2
            Pen(shown.number).paint(painter, QPointF(left, middle), SWATCH.width())
            room = width - SWATCH.width() - 16
            name = painter.fontMetrics().elidedText(shown.name, Qt.TextElideMode.ElideMiddle, room)
            painter.setPen(theme().colour("text"))
            painter.drawText(QPointF(left + SWATCH.width() + 8, middle + 4), name)


def _encoded(image: QImage) -> bytes:
    """As PNG, in a thread: it holds all that it needs itself, since who asked may give up and let go."""
    buffer = _buffer()
    QImageWriter(buffer, b"png").write(image)
    return bytes(buffer.data().data())


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(WRITING)
    return buffer


def _paint_chart(painter: QPainter, part: Part, target: QRect) -> None:
    chart = Chart(part.spec)
    try:
        chart.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        chart.resize(target.size())
        chart.show()
        chart.show_lines(part.lines, None)
        if part.lines:
            chart.set_view_range(part.view)
        chart.render(painter, QRectF(target), chart.viewport().rect(), Qt.AspectRatioMode.IgnoreAspectRatio)
    finally:
        switch().changed.disconnect(chart.restyle)  # it may live for another turn of the loop
        chart.close()
        chart.deleteLater()
