"""One chart: lines in the colours of the theme, engineering units, a cursor that reads values, an empty state.

The legend is outside: the table of links on screen, a strip in exports. The view follows the data until the user
zooms or pans; `follow()` takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QTextOption

from zinspector.measure.charts import Series
from zinspector.ui.plots.axes import AgoAxis, UnitAxis, x_axis
from zinspector.ui.plots.data import Floats, Line
from zinspector.ui.plots.spec import Spec
from zinspector.ui.plots.units import ago, engineering
from zinspector.ui.theme import mono_font, switch, theme, ui_font

HEADROOM = 1.08
NICE = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
STEPS = 4  # a logarithmic axis grows by quarters of a decade
TITLE_HEIGHT = 18
AFTER_NOW = 0.03  # of the time shown; room for the word at the end of the axis
READ_LINES = 4
NAME_CHARS = 28
FEW_POINTS = 120
GAP_S = 1.5

pg.setConfigOptions(antialias=True)


class Chart(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A plot of `Line`s, redrawn in place.

    Signals:
        zoomed(): the user zoomed or moved the view.
        resetRequested(): the user double-clicked, to see everything again.
        pointed(object): the mouse is over this point of the view, or None: it left.
    """

    zoomed = Signal()
    resetRequested = Signal()
    pointed = Signal(object)

    def __init__(self, spec: Spec) -> None:
        bottom = (
            x_axis(spec.x, spec.words) if spec.x else AgoAxis("bottom") if spec.over_time else UnitAxis("bottom", "s")
        )
        super().__init__(enableMenu=False, axisItems={"bottom": bottom, "left": UnitAxis("left", spec.unit)})
        self.spec = spec
        self.lines: list[Line] = []
        self.following = True
        self._items: dict[str, pg.PlotDataItem] = {}
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._reading = pg.TextItem()
        self._empty = pg.TextItem(anchor=(0.5, 0.5))
        item = self.getPlotItem()
        item.setLogMode(x=spec.log_x, y=spec.log_y)
        item.showGrid(x=True, y=True, alpha=0.12)
        item.ctrlMenu.setParent(self, item.ctrlMenu.windowFlags())  # made without an owner, nobody would delete it
        item.hideButtons()
        item.getAxis("left").setWidth(54)
        item.getAxis("bottom").setHeight(18)
        item.titleLabel.setMaximumHeight(TITLE_HEIGHT)
        item.layout.setRowFixedHeight(0, TITLE_HEIGHT)
        centred = QTextOption(Qt.AlignmentFlag.AlignCenter)
        self._empty.textItem.document().setDefaultTextOption(centred)
        self.addItem(self._cursor, ignoreBounds=True)
        box = item.getViewBox()
        box.disableAutoRange()
        box.setDefaultPadding(0.0)
        for text in (self._reading, self._empty):
            text.setParentItem(box)
        box.sigRangeChangedManually.connect(self._zoomed)
        box.sigResized.connect(self._place_empty)
        self.scene().sigMouseMoved.connect(self._mouse_moved)
        self.scene().sigMouseClicked.connect(self._clicked)
        switch().changed.connect(self.restyle)
        self.restyle()
        self.point(None)

    def show_lines(self, lines: Sequence[Line], seconds: float | None) -> None:
        """Show these lines; time goes from `seconds` ago (None: as far as there is data) until now."""
        self.lines = list(lines)
        names = {line.series.name for line in lines}
        for name in [name for name in self._items if name not in names]:
            self.removeItem(self._items.pop(name))
        for line in lines:
            if line.series.name not in self._items:
                self._items[line.series.name] = self._new_item()
            self._items[line.series.name].setPen(line.pen.qt())
            points = broken(line.series) if self.spec.gaps else (line.series.x, line.series.y)
            self._items[line.series.name].setData(*points, connect="finite" if self.spec.gaps else "all")
            if self.spec.x in ("number", "time"):
                self._mark_points(self._items[line.series.name], line)
        self._empty.setVisible(not lines)
        self._place_empty()
        for side in ("bottom", "left"):
            self.getPlotItem().getAxis(side).setStyle(showValues=bool(lines))
        if lines and self.following:
            self._show_all(seconds)

    def follow(self) -> None:
        """Show everything again, and what comes."""
        self.following = True

    def view_range(self) -> Any:
        """The visible x and y ranges (exponents where logarithmic)."""
        return self.getPlotItem().getViewBox().viewRange()

    def set_view_range(self, ranges: Any) -> None:
        """Show these ranges."""
        self.getPlotItem().getViewBox().setRange(xRange=ranges[0], yRange=ranges[1], padding=0)

    def point(self, x: float | None, y: float | None = None) -> None:
        """Put the cursor at an x, or take it away; with a y, read the values of the lines that are nearest to it."""
        there = x is not None and bool(self.lines)
        self._cursor.setVisible(there)
        self._reading.setVisible(there and y is not None)
        if x is None or not there:
            return
        self._cursor.setPos(x)
        if y is None:
            return
        self._reading.setPlainText(self.reading(x, y))
        (left, right), _ = self.view_range()
        box = self.getPlotItem().getViewBox().rect()
        place = (x - left) / max(right - left, 1e-12) * box.width()
        on_the_right = place < box.width() / 2
        self._reading.setAnchor((0, 0) if on_the_right else (1, 0))
        self._reading.setPos(place + (8 if on_the_right else -8), 2)

    def reading(self, x: float, y: float) -> str:
        """Where the cursor is, and the values there of the lines nearest to `y`, the largest first."""
        found: list[tuple[float, float, str]] = []
        at = 10.0**x if self.spec.log_x else x
        for line in self.lines:
            xs, ys = line.series.x, line.series.y
            if len(xs):
                value = float(ys[min(len(xs) - 1, int(np.searchsorted(xs, at)))])
                height = float(np.log10(value)) if self.spec.log_y else value
                found.append((abs(height - y), value, line.series.name))
        nearest = sorted(found)[:READ_LINES]
        head = f"≤ {engineering(at, 's')}" if self.spec.log_x else self._x_text(at)
        rows = [
            f"{engineering(value, self.spec.unit):>8}  {_short(name)}"
            for _, value, name in sorted(nearest, key=lambda each: -each[1])
        ]
        return "\n".join([head, *rows])

    def _x_text(self, x: float) -> str:
        if not self.spec.x:
            return ago(x, 1)
        return self.getPlotItem().getAxis("bottom").text(x)  # type: ignore[no-any-return]  # pyqtgraph has no types

    def restyle(self) -> None:
        """Take the colours of the present theme."""
        colours = theme()
        self.setBackground(colours.colour("panel"))
        item = self.getPlotItem()
        item.setTitle(self.spec.title, color=colours.muted, size="8.5pt", justify="left")
        for side in ("bottom", "left"):
            axis = item.getAxis(side)
            axis.setPen(colours.colour("line"))
            axis.setTextPen(colours.colour("muted"))
            axis.setTickFont(ui_font(8))
        self._empty.setColor(colours.colour("muted"))
        self._empty.setFont(ui_font(9))
        self._reading.setColor(colours.colour("text"))
        self._reading.setFont(mono_font(8))
        ground = QColor(colours.colour("raised"))
        ground.setAlpha(235)
        self._reading.fill = pg.mkBrush(ground)
        self._reading.border = pg.mkPen(colours.colour("line"))
        self._cursor.setPen(colours.colour("muted"))
        for line in self.lines:
            self._items[line.series.name].setPen(line.pen.qt())

    def leaveEvent(self, event: object) -> None:
        """The cursor goes with the mouse."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    # Inside

    def _new_item(self) -> pg.PlotDataItem:
        item = self.plot()
        if self.spec.over_time and not self.spec.gaps:  # what thins points out doesn't know of missing ones
            item.setDownsampling(auto=True, method="peak")
            item.opts["autoDownsampleFactor"] = 1.0  # points per pixel; pyqtgraph's own 5 paint far more than is seen
            item.setClipToView(True)
        return item

    def _mark_points(self, item: pg.PlotDataItem, line: Line) -> None:
        """Few points are seen as such, and one alone is seen at all."""
        colour = line.pen.qt().color()
        item.setSymbol("o" if len(line.series.x) <= FEW_POINTS else None)
        item.setSymbolSize(4)
        item.setSymbolBrush(colour)
        item.setSymbolPen(colour)

    def _show_all(self, seconds: float | None) -> None:
        xs = [line.series.x for line in self.lines if len(line.series.x)]
        top = max((float(line.series.y.max()) for line in self.lines if len(line.series.y)), default=0.0)
        if not xs:
            return
        if self.spec.x:
            x_range = _widened(min(float(x[0]) for x in xs), max(float(x[-1]) for x in xs))
        elif self.spec.over_time:
            span = seconds if seconds is not None else nice_above(max(1.0, -min(float(x[0]) for x in xs)))
            x_range = (-span, AFTER_NOW * span)
        else:
            x_range = (np.log10(min(float(x[0]) for x in xs)) - 0.05, np.log10(max(float(x[-1]) for x in xs)) + 0.05)
        y_range: tuple[float, float] = (0.0, nice_above(max(top, 1e-9) * HEADROOM))
        if self.spec.log_y:
            bottom = min(float(line.series.y.min()) for line in self.lines if len(line.series.y))
            y_range = (np.floor(np.log10(bottom) * STEPS - 0.3) / STEPS, np.ceil(np.log10(top) * STEPS + 0.3) / STEPS)
        elif self.spec.x:
            bottom = min(0.0, *(float(line.series.y.min()) for line in self.lines if len(line.series.y)))
            y_range = (bottom * HEADROOM, nice_above(top * HEADROOM) if top > 0 else 0.0 if bottom < 0 else 1.0)
        elif self.spec.key == "cdf":
            y_range = (0.0, 104.0)
        self.set_view_range((x_range, y_range))

    def _zoomed(self) -> None:
        self.following = False
        self.zoomed.emit()

    def _clicked(self, event: Any) -> None:
        if event.double():
            self.resetRequested.emit()

    def _mouse_moved(self, where: QPointF) -> None:
        box = self.getPlotItem().getViewBox()
        inside = bool(self.lines) and box.sceneBoundingRect().contains(where)
        self.pointed.emit(box.mapSceneToView(where) if inside else None)

    def _place_empty(self) -> None:
        text = self._empty.textItem
        text.setTextWidth(-1)
        self._empty.setPlainText(self.spec.empty if not self.lines else "")
        text.setTextWidth(text.document().idealWidth())  # lines are centred within a width
        self._empty.updateTextPos()
        self._empty.setPos(self.getPlotItem().getViewBox().rect().center())


def _widened(left: float, right: float) -> tuple[float, float]:
    """A little more than a range, so that what stands at its ends is seen."""
    room = (right - left) * 0.02 or 0.5
    return left - room, right + room


def nice_above(value: float) -> float:
    """The next round number above a positive one, so that an axis keeps still while values tremble."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step for step in NICE if step * power >= value * (1 - 1e-9)) * power)


def _short(name: str) -> str:
    return name if len(name) <= NAME_CHARS else f"{name[: NAME_CHARS // 2]}…{name[-NAME_CHARS // 2 :]}"


def broken(series: Series) -> tuple[Floats, Floats]:
    """The points of seconds, with nothing between those that do not follow each other; a lone one is a short line."""
    begins = np.flatnonzero(np.diff(series.x, prepend=-np.inf) > GAP_S)
    places = np.repeat(begins, 2)
    lead = np.column_stack((np.full(len(begins), np.nan), series.x[begins] - 1)).ravel()
    level = np.column_stack((np.full(len(begins), np.nan), series.y[begins])).ravel()
    return np.insert(series.x, places, lead), np.insert(series.y, places, level)
