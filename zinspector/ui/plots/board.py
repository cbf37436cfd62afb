"""The charts side by side: as many columns as read best, one cursor for all that share the time axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from zinspector.ui.plots.chart import Chart
from zinspector.ui.plots.data import Measured, lines_of
from zinspector.ui.plots.spec import Spec

Known = tuple[Sequence[Measured], Sequence[str], float | None]
"""Links, percentiles, and over how many seconds."""

SHAPE = 2.6  # width to height of a chart that reads well


class ChartBoard(QWidget):
    """Charts by key; some of them are shown.

    Signals:
        zoomed(): the user zoomed or moved a chart.
        resetRequested(): the user wants to see everything again.
        pointed(object): the mouse is over this time (seconds before now, negative), or None.
    """

    zoomed = Signal()
    resetRequested = Signal()
    pointed = Signal(object)

    def __init__(self, specs: Sequence[Spec]) -> None:
        super().__init__()
        self.charts = {spec.key: Chart(spec) for spec in specs}
        self._shown: list[Chart] = []
        self._due: list[Chart] = []
        self._known: Known = ([], [], None)
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(4, 2, 8, 4)
        self._grid.setSpacing(6)
        for chart in self.charts.values():
            chart.setParent(self)  # also those that are not laid out
            chart.zoomed.connect(self._zoomed)
            chart.resetRequested.connect(self.resetRequested)
            chart.pointed.connect(self._pointed)

    @property
    def shown(self) -> list[Chart]:
        """The charts that are shown, in order."""
        return list(self._shown)

    def choose(self, keys: Iterable[str]) -> None:
        """Show these charts and no others."""
        wanted = set(keys)
        for chart in self._shown:
            self._grid.removeWidget(chart)
        self._shown = [chart for key, chart in self.charts.items() if key in wanted]
        self._due = []
        for key, chart in self.charts.items():
            chart.setVisible(key in wanted)
        self._columns = 0
        self._arrange()

    def prepare(self, links: Sequence[Measured], percentiles: Sequence[str], seconds: float | None) -> None:
        """Note what is known of these links, for `draw`."""
        self._known = links, percentiles, seconds
        self._due = self._shown[::-1]

    def draw(self) -> None:
        """Draw all charts that are behind."""
        while self.draw_next():
            pass

    def draw_next(self) -> bool:
        """Draw one chart of those that are behind; False where there is none."""
        if not self._due:
            return False
        chart = self._due.pop()
        links, percentiles, seconds = self._known
        chart.show_lines(lines_of(chart.spec.key, links, percentiles), seconds)
        return True

    def follow(self) -> None:
        """Let all charts show everything, and what comes."""
        for chart in self.charts.values():
            chart.follow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the charts out for the new shape."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        count = len(self._shown)
        columns = max(range(1, count + 1), key=self._legibility, default=1)
        if columns == self._columns:
            return
        self._columns = columns
        for place, chart in enumerate(self._shown):
            self._grid.addWidget(chart, place // columns, place % columns)

    def _legibility(self, columns: int) -> float:
        """How large charts of a good shape get in so many columns, less what stays empty."""
        count = len(self._shown)
        rows = -(-count // columns)
        return min(self.width() / columns, SHAPE * self.height() / rows) * count / (rows * columns)

    def _zoomed(self) -> None:
        source = self.sender()
        self.zoomed.emit()
        if isinstance(source, Chart) and source.spec.over_time:
            x_range = source.view_range()[0]
            for chart in self._shown:
                if chart is not source and chart.spec.over_time:
                    chart.following = False
                    chart.set_view_range((x_range, chart.view_range()[1]))

    def _pointed(self, where: QPointF | None) -> None:
        source = self.sender()
        over_time = isinstance(source, Chart) and source.spec.over_time
        x = where.x() if where is not None else None
        for chart in self._shown:
            if chart is source:
                chart.point(x, where.y() if where is not None else None)
            else:
                chart.point(x if over_time and chart.spec.over_time else None)
        self.pointed.emit(x if over_time else None)
