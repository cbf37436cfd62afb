"""One chart in the colours of the theme: lines with engineering units, and a cursor that reads values. The legend is
outside: the list of links on screen, a strip below the charts in exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap

from zinspector.measure.charts import Series
from zinspector.ui.theme import mono_font, switch, theme, ui_font

STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
ROLES = ("pubsub", "pipeline", "reqrep", "routing", "tap", "exclusive")
LINE_WIDTH = 1.6
SWATCH = QSize(22, 12)


@dataclass(frozen=True)
class Pen:
    """How a line looks: the colour and dash of the n-th link; `thin` for a second line of the same link."""

    number: int
    thin: bool = False

    def qt(self) -> QPen:
        """The pen in the colours of the theme. Colours repeat with another dash: colour is never the only sign."""
        colour = theme().colour(ROLES[self.number % len(ROLES)])
        if self.thin:
            colour.setAlpha(150)
        pen = QPen(colour, LINE_WIDTH / 2 if self.thin else LINE_WIDTH)
        pen.setStyle(STYLES[self.number // len(ROLES) % len(STYLES)])
        pen.setCosmetic(True)
        return pen

    def swatch(self) -> QIcon:
        """A piece of the line, as its legend."""
        pixmap = QPixmap(SWATCH)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        pen = self.qt()
        pen.setWidthF(2 * LINE_WIDTH)
        painter.setPen(pen)
        painter.drawLine(0, SWATCH.height() // 2, SWATCH.width(), SWATCH.height() // 2)
        painter.end()
        return QIcon(pixmap)


class Chart(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A plot of `Series`, redrawn in place."""

    def __init__(self, title: str, x_label: str, y_label: str, *, log_x: bool = False, log_y: bool = False) -> None:
        super().__init__()
        self.title = title
        self.series: list[Series] = []
        self._pens: list[Pen] = []
        self._labels = (x_label, y_label)
        self._lines: dict[str, pg.PlotDataItem] = {}
        self._empty = pg.TextItem(anchor=(0.5, 0.5))
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._reading = pg.TextItem(anchor=(0, 0))
        item = self.getPlotItem()
        item.setLogMode(x=log_x, y=log_y)
        item.showGrid(x=True, y=True, alpha=0.15)
        item.setMenuEnabled(False)
        item.hideButtons()
        if not log_y:
            self.setLimits(yMin=0)
        self.addItem(self._cursor, ignoreBounds=True)
        self._reading.setParentItem(item.getViewBox())
        self._empty.setParentItem(item.getViewBox())
        self._log_x = log_x
        self.scene().sigMouseMoved.connect(self._moved)
        switch().changed.connect(self.restyle)
        self.restyle()
        self._hide_cursor()

    def show_series(self, series: Sequence[Series], pens: Sequence[Pen], empty: str) -> None:
        """Show these lines with the pens of these numbers, or the text when there are none."""
        self.series, self._pens = list(series), list(pens)
        names = [line.name for line in series]
        for name in [name for name in self._lines if name not in names]:
            self.removeItem(self._lines.pop(name))
        for line, pen in zip(series, pens, strict=True):
            if line.name not in self._lines:
                self._lines[line.name] = self.plot(name=line.name, pen=pen.qt())
            self._lines[line.name].setData(line.x, line.y)
        self._empty.setVisible(not series)
        if not series:
            self._empty.setPlainText(empty)
            self._empty.setPos(self.getPlotItem().getViewBox().rect().center())

    def restyle(self) -> None:
        """Take the colours of the present theme."""
        colours = theme()
        self.setBackground(colours.colour("panel"))
        item = self.getPlotItem()
        item.setTitle(self.title, color=colours.muted, size="9pt")
        for side, label in (("bottom", self._labels[0]), ("left", self._labels[1])):
            axis = item.getAxis(side)
            axis.setPen(colours.colour("line"))
            axis.setTextPen(colours.colour("muted"))
            axis.setTickFont(ui_font(8))
            name, _, unit = label.partition("|")
            axis.setLabel(name, units=unit or None, color=colours.muted, **{"font-size": "8pt"})
            axis.enableAutoSIPrefix(bool(unit))
        item.getAxis("left").setWidth(62)
        self._empty.setColor(colours.colour("muted"))
        self._reading.setColor(colours.colour("text"))
        self._reading.setFont(mono_font(8))
        self._cursor.setPen(colours.colour("muted"))
        for line, pen in zip(self.series, self._pens, strict=True):
            self._lines[line.name].setPen(pen.qt())

    def reading(self, x: float) -> str:
        """The value of every line nearest to `x`."""
        texts = []
        for line in self.series:
            if len(line.x):
                nearest = int(np.argmin(np.abs(line.x - x)))
                texts.append(f"{line.name}: {pg.siFormat(line.y[nearest], suffix=line.y_unit)}")
        return "\n".join(texts)

    def leaveEvent(self, event: object) -> None:
        """The cursor goes with the mouse."""
        super().leaveEvent(event)
        self._hide_cursor()

    def _moved(self, where: QPointF) -> None:
        box = self.getPlotItem().getViewBox()
        if not self.series or not box.sceneBoundingRect().contains(where):
            self._hide_cursor()
            return
        x = box.mapSceneToView(where).x()
        self._cursor.setPos(x)
        self._cursor.show()
        self._reading.setPlainText(self.reading(10**x if self._log_x else x))
        self._reading.setPos(8, 8)
        self._reading.show()

    def _hide_cursor(self) -> None:
        self._cursor.hide()
        self._reading.hide()
