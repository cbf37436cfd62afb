"""The plot of a result: three boxes to choose columns with, a chart as in the Plots tab, a legend, the same exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
from PySide6.QtCore import QPointF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from zinspector.tasks import in_thread
from zinspector.ui.plots.data import Shown
from zinspector.ui.plots.pens import SWATCH
from zinspector.ui.plots.spec import Spec
from zinspector.ui.query.cells import cell_text, values_of
from zinspector.ui.query.drawn import Drawn, Kind, draw, drawable, kind_of
from zinspector.ui.theme import switch, theme

if TYPE_CHECKING:  # they bring pyqtgraph: imported when there is something to draw
    from zinspector.ui.plots.chart import Chart
    from zinspector.ui.plots.export import Sheet

LOOK_AT = 1000
NOTHING = "(none)"
NO_ROWS = "The answer has no rows"
NO_NUMBERS = "The answer has no column of numbers to draw"
NO_POINTS = "No row has a value in both columns"
LEGEND_WIDTH = 220


class ResultPlot(QWidget):
    """Columns of a result, drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.x_box, self.y_box, self.series_box = QComboBox(), QComboBox(), QComboBox()
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self.legend = QListWidget()
        self.legend.setIconSize(SWATCH)
        self.legend.setFixedWidth(LEGEND_WIDTH)
        self.legend.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.legend.setAccessibleName("Series")
        self.chart: Chart | None = None
        self.drawn = Drawn((), "number")
        self._table: pa.Table = pa.table({})
        self._lay_out()
        for box in (self.x_box, self.y_box, self.series_box):
            box.currentIndexChanged.connect(self.redraw)
        switch().changed.connect(self._retint)

    def show_table(self, table: pa.Table, wanted: Sequence[str] = ()) -> None:
        """Draw another result: columns that it has in common with the last one stay chosen, or those `wanted` are."""
        self._table = table
        names = list(dict.fromkeys(table.column_names))
        before = wanted or (self.x_box.currentText(), self.y_box.currentText(), self.series_box.currentText())
        numbers = [name for name in dict.fromkeys(drawable(table)) if table.column_names.count(name) == 1]
        unique = [name for name in names if table.column_names.count(name) == 1]
        x, y, series = _suggested(table, unique, numbers)
        if before[0] in unique and before[1] in numbers and before[2] in (*unique, "", NOTHING):
            x, y, series = before[0], before[1], before[2] or NOTHING
        _fill(self.x_box, unique, x)
        _fill(self.y_box, numbers, y)
        _fill(self.series_box, [NOTHING, *unique], series)
        if self.isVisible():
            self.redraw()

    def redraw(self) -> None:
        """Draw the chosen columns."""
        x, y, series = self.x_box.currentText(), self.y_box.currentText(), self.series_box.currentText()
        there = bool(x and y and self._table.num_rows)
        self.drawn = draw(self._table, x, y, "" if series == NOTHING else series) if there else Drawn((), "number")
        empty = NO_POINTS if there else NO_NUMBERS if self._table.num_rows else NO_ROWS
        self._replace_chart(Spec("query", y, "", empty, over_time=False, x=self.drawn.kind, words=self.drawn.words))
        self.note.setText(self.drawn.left_out)
        self._retint()

    def emptiness(self) -> str:
        """Why nothing is drawn; empty where something is."""
        self.redraw()
        return "" if self.drawn.lines or self.chart is None else self.chart.spec.empty

    def sheet(self, title: str) -> Sheet:
        """What goes out as PNG or SVG."""
        from zinspector.ui.plots.export import Part, Sheet

        moment = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
        assert self.chart is not None
        part = Part(self.chart.spec, self.drawn.lines, self.chart.view_range())
        links = [Shown(place, "", line.series.name) for place, line in enumerate(self.drawn.lines)]
        return Sheet(title, f"{self.y_box.currentText()} by {self.x_box.currentText()} · {moment}", [part], links)

    async def export(self, suffix: str, title: str) -> bytes:
        """The plot as png, svg or csv."""
        if suffix == "csv":
            return await in_thread(self.drawn.csv, self.x_box.currentText(), self.y_box.currentText())
        return await (self.sheet(title).png() if suffix == "png" else self.sheet(title).svg())

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        self.redraw()

    def _replace_chart(self, spec: Spec) -> None:
        from zinspector.ui.plots.chart import Chart

        if self.chart is None or self.chart.spec != spec:
            if self.chart is not None:
                switch().changed.disconnect(self.chart.restyle)
                self._row.removeWidget(self.chart)
                self.chart.close()
                self.chart.deleteLater()
            self.chart = Chart(spec)
            self.chart.pointed.connect(self._point)
            self.chart.resetRequested.connect(self._reset)
            self._row.insertWidget(0, self.chart, 1)
        self.chart.follow()
        self.chart.show_lines(self.drawn.lines, None)

    def _reset(self) -> None:
        if self.chart is not None:
            self.chart.follow()
            self.chart.show_lines(self.drawn.lines, None)

    def _point(self, where: QPointF | None) -> None:
        if self.chart is not None and where is not None:
            self.chart.point(where.x(), where.y())
        elif self.chart is not None:
            self.chart.point(None)

    def _retint(self) -> None:
        self.legend.clear()
        for line in self.drawn.lines:
            item = QListWidgetItem(line.pen.swatch(), line.series.name)
            item.setToolTip(line.series.name)
            self.legend.addItem(item)
            item.setSizeHint(QSize(0, self.legend.sizeHintForRow(0)))  # as wide as the list: a long name is elided
        self.legend.setVisible(len(self.drawn.lines) > 1)
        self.legend.setStyleSheet(f"background: {theme().panel}")

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        for text, box, tip in (
            ("&x", self.x_box, "The column along the bottom: numbers, moments, or words"),
            ("&y", self.y_box, "The column of numbers that is drawn"),
            ("&series", self.series_box, "A line for every value of this column"),
        ):
            label = QLabel(text)
            label.setBuddy(box)
            box.setToolTip(tip)
            box.setAccessibleName(tip)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            bar.addWidget(label)
            bar.addWidget(box)
        bar.addWidget(self.note)
        bar.addStretch(1)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(4, 0, 4, 4)
        self._row.addWidget(self.legend)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(bar)
        layout.addLayout(self._row, 1)


def _fill(box: QComboBox, choices: Sequence[str], chosen: str) -> None:
    with QSignalBlocker(box):
        box.clear()
        box.addItems(choices)
        box.setCurrentText(chosen)


def _suggested(table: pa.Table, names: Sequence[str], numbers: Sequence[str]) -> tuple[str, str, str]:
    """Columns that are likely meant: the last numbers as y; a moment along x, or words, or a number.

    Words that come more than once would stand over each other, so they tell series apart instead. Where there are no
    words but several values at one x, whole numbers that come again do (`connection`).
    """
    y = numbers[-1] if numbers else ""
    others: dict[Kind, list[str]] = {"time": [], "word": [], "number": []}
    for name in names:
        if name != y:
            others[kind_of(table.column(name))].append(name)
    unique = [name for name in others["word"] if not _repeats(table.column(name))]
    x = next(iter((*others["time"], *unique, *others["number"], *others["word"])), "")
    apart = [name for name in others["word"] if name != x]
    if not apart and x and _repeats(table.column(x)):
        apart = [name for name in others["number"] if name != x and _tells_apart(table.column(name))]
    return x, y, apart[0] if apart and x not in unique else NOTHING


def _tells_apart(column: pa.ChunkedArray) -> bool:
    return pa.types.is_integer(column.type) and _repeats(column)


def _repeats(column: pa.ChunkedArray) -> bool:
    """Whether a value comes more than once among the first rows."""
    first = [cell_text(value) for value in values_of(column.slice(0, LOOK_AT))]
    return len(set(first)) < len(first)
