"""The Plots tab: throughput and latency of the links, with a table of links that is legend and read-out at once.

Rules:
- The links to plot are those that the user ticked; what is selected on the canvas is ticked for as long as it is
  selected, so a click on a node shows its links.
- Charts are redrawn at most five times a second, only while they can be seen, and not while paused. Zooming or
  panning pauses; Resume, or a double click, shows everything again.
- Exports hold what is visible: the charts that are shown, of the links that are ticked.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.measure.charts import Series, to_csv
from zinspector.storage import write_bytes
from zinspector.tasks import in_thread, spawn
from zinspector.ui.dialogs.choosing import ask_where_to_save, file_name
from zinspector.ui.plots.bar import CHIPS, PlotsBar
from zinspector.ui.plots.data import Measured, Shown, measured
from zinspector.ui.plots.link_table import LinkTable
from zinspector.ui.plots.pens import DISTINCT
from zinspector.ui.plots.spec import Spec
from zinspector.ui.workspace import Workspace

if TYPE_CHECKING:  # they bring pyqtgraph, which takes a quarter of a start-up: imported when somebody looks
    from zinspector.ui.plots.board import ChartBoard
    from zinspector.ui.plots.export import Sheet

REDRAW_S = 0.2
NO_TRAFFIC = (
    "The traffic of drawn links appears here while it runs (Ctrl+E)\n"
    "(that of a tap: select it, or ask Query for a plot)"
)
NO_LATENCY = (
    "A link's latency appears\nwhen its generator stamps its messages\n(Properties ▸ Stamp), or on request/reply"
)
NOTHING_TO_EXPORT = "Nothing to export: the charts show no data (run the drawing, tick a link, choose a chart)"
SPECS = (
    Spec("messages", "Messages per second", "", NO_TRAFFIC),
    Spec("bytes", "Bytes per second", "B", NO_TRAFFIC),
    Spec("latency", "Latency: p50 thick · p99 thin · p99.9 faint", "s", NO_LATENCY, log_y=True, gaps=True),
    Spec("histogram", "Latency histogram: share of messages", "%", NO_LATENCY, over_time=False),
    Spec("cdf", "Latency CDF: share of messages up to", "%", NO_LATENCY, over_time=False),
)


class PlotsPanel(QWidget):
    """Charts over the links that are ticked in the table."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.setAutoFillBackground(True)
        self.paused = False
        self.links = LinkTable()
        self.bar = PlotsBar({spec.key: spec.title for spec in SPECS})
        self._chosen: dict[str, bool] = {}  # links that the user ticked or unticked; all others go by their number
        self._measured: list[Measured] = []
        self._at = 0.0  # the time that the table tells of, in seconds before now
        self._next = 0.0
        self._lay_out()
        workspace.documentChanged.connect(lambda: self._list_links())
        workspace.selectionChanged.connect(lambda: self._follow_selection())
        workspace.ticked.connect(self._tick)
        workspace.runningChanged.connect(self._run_changed)
        self.links.ticked.connect(self._ticked)
        self.links.linkActivated.connect(lambda link: workspace.select([link]))
        self.bar.chartsChanged.connect(self._choose_charts)
        self.bar.percentilesChanged.connect(self.redraw)
        self.bar.rangeChanged.connect(self.resume)
        self.bar.pauseToggled.connect(self._set_paused)
        self.bar.exportRequested.connect(self.ask_export)
        self._list_links()

    @cached_property
    def board(self) -> ChartBoard:
        """The charts; made when they are looked at first."""
        from zinspector.ui.plots.board import ChartBoard

        board = ChartBoard(SPECS)
        board.zoomed.connect(lambda: self.bar.pause.setChecked(True))
        board.resetRequested.connect(self.resume)
        board.pointed.connect(self._point)
        board.choose(self.bar.chosen_charts())
        self._right.addWidget(board, 1)
        return board

    def redraw(self) -> None:
        """Draw what is known now."""
        self._measure()
        self.board.draw()

    def _measure(self) -> None:
        """Look at what is known now, and let the charts be drawn."""
        seconds = self.bar.seconds
        self._measured = measured(self.workspace, self.shown(), seconds)
        self.board.prepare(self._measured, self.bar.chosen_percentiles(), seconds)
        self._show_figures()

    def shown(self) -> list[Shown]:
        """The links that are plotted."""
        chosen = self.links.chosen()
        return [shown for shown in self._every_link() if shown.link in chosen]

    def resume(self) -> None:
        """Show everything again, and what comes."""
        self.board.follow()
        self.bar.pause.setChecked(False)
        self.redraw()

    # Export

    def ask_export(self, suffix: str) -> None:
        """Ask where to write the charts as png, svg or csv; without data there is nothing to ask."""
        if not self.paused:
            self.redraw()
        if not any(chart.lines for chart in self.board.shown):
            self.workspace.message.emit(NOTHING_TO_EXPORT, "warning")
            return
        suggested = file_name(f"{self.workspace.document.name} charts", suffix)
        ask_where_to_save(
            self,
            f"Export plots as {suffix.upper()}",
            suggested,
            suffix,
            f"{suffix.upper()} (*.{suffix})",
            lambda path: spawn(self._export(path, suffix), "export plots"),
        )

    async def export(self, path: Path, suffix: str) -> None:
        """Write what is visible: the charts with their legend as png or svg, or the points of all lines as csv.

        Charts without data are left out. Raises FileError.
        """
        if not self.paused:
            self.redraw()
        if suffix == "csv":
            data = await in_thread(lambda series: to_csv(series).encode(), self._series())
        else:
            data = await (self._sheet().png() if suffix == "png" else self._sheet().svg())
        await in_thread(write_bytes, path, data)

    def _series(self) -> list[Series]:
        return [
            replace(line.series, name=f"{CHIPS[chart.spec.key]}: {line.series.name}")
            for chart in self.board.shown
            for line in chart.lines
        ]

    def _sheet(self) -> Sheet:
        from zinspector.ui.plots.export import Part, Sheet

        moment = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
        parts = [Part(chart.spec, chart.lines, chart.view_range()) for chart in self.board.shown if chart.lines]
        name = visible(self.workspace.document.name)
        return Sheet(
            f"{name}: throughput and latency", f"{self.bar.range.currentText()} · {moment}", parts, self.shown()
        )

    async def _export(self, path: Path, suffix: str) -> None:
        try:
            await self.export(path, suffix)
        except UserError as error:
            self.workspace.message.emit(str(error), "error")
        else:
            self.workspace.message.emit(f"Exported {path}", "info")

    def _bring_up_to_date(self) -> None:
        if not self.paused and "board" in vars(self):
            self.redraw()

    # Inside

    def _lay_out(self) -> None:
        right = QWidget()
        self._right = QVBoxLayout(right)
        self._right.setContentsMargins(0, 0, 0, 0)
        self._right.setSpacing(0)
        self._right.addWidget(self.bar)
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.links)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([510, 890])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while nobody looked."""
        super().showEvent(event)
        if not self.paused:
            self.redraw()

    def _choose_charts(self) -> None:
        self.board.choose(self.bar.chosen_charts())
        self._bring_up_to_date()

    def _every_link(self) -> list[Shown]:
        return [Shown(n, link.id, self._name(link.id)) for n, link in enumerate(self.workspace.document.links)]

    def _name(self, link_id: str) -> str:
        """`station → display`; with the id where two links join the same nodes."""
        document = self.workspace.document
        link = document.link(link_id)
        if link is None:
            return visible(link_id, 60)
        ends = [document.node(end) for end in (link.source, link.target)]
        name = " → ".join(visible(end.title, 30) if end is not None else "?" for end in ends)
        twins = [other for other in document.links if (other.source, other.target) == (link.source, link.target)]
        return f"{name} ({link.transport})" if len(twins) > 1 else name

    def _list_links(self) -> None:
        self.links.fill(self._every_link(), self._wanted())
        self._bring_up_to_date()

    def _wanted(self) -> set[str]:
        """The links to tick: those of the selection, or else those that the user chose, and the first ones."""
        links, chosen = self.workspace.document.links, self.workspace.selection
        near = {link.id for link in links if chosen & {link.id, link.source, link.target}}
        return near or {link.id for n, link in enumerate(links) if self._chosen.get(link.id, n < DISTINCT)}

    def _follow_selection(self) -> None:
        self.links.tick(self._wanted())
        self._bring_up_to_date()

    def _ticked(self, link: str, ticked: bool) -> None:
        self._chosen[link] = ticked
        self.redraw()

    def _tick(self) -> None:
        """Draw one chart: all of them at once would hold the window up."""
        if not self.isVisible() or self.paused or self.board.draw_next():
            return
        now = time.monotonic()
        if now >= self._next:
            self._next = now + REDRAW_S
            self._measure()
            self.board.draw_next()

    def _run_changed(self, running: bool) -> None:
        if running and self.paused:
            self.resume()
        elif self.isVisible() and not self.paused:
            self.redraw()

    def _set_paused(self, paused: bool) -> None:
        self.paused = paused
        if paused:
            self.board.draw()  # so that all tell of the same moment
        else:
            self.board.follow()
            self.redraw()

    def _point(self, at: float | None) -> None:
        self._at = 0.0 if at is None else at
        self._show_figures()

    def _show_figures(self) -> None:
        """Put the figures of now, or of the cursor's time, into the table."""
        self.links.show_figures({link.shown.link: link.figures(self._at) for link in self._measured})
