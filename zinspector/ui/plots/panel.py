"""The Plots tab: throughput and latency of the links, with a table of links that is legend and read-out at once.

Rules:
- The links to plot are those that the user ticked; what is selected on the canvas is ticked for as long as it is
  selected, so a click on a node shows its links.
- Charts are redrawn at most seven times a second, only while they can be seen, and not while paused. Zooming or
  panning pauses; Resume, or a double click, shows everything again.
- Exports hold what is visible: the charts that are shown, of the links that are ticked.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.measure.charts import to_csv
from zinspector.storage import write_bytes
from zinspector.ui.plots.axes import engineering
from zinspector.ui.plots.board import ChartBoard
from zinspector.ui.plots.chart import Spec
from zinspector.ui.plots.data import PERCENTILES, Shown, collect
from zinspector.ui.plots.export import Part, Sheet
from zinspector.ui.plots.link_table import LinkTable
from zinspector.ui.plots.pens import DISTINCT
from zinspector.ui.theme import icon, switch
from zinspector.ui.workspace import Workspace

REDRAW_S = 0.15
RANGES = {"last 60 s": 60.0, "last 5 min": 300.0, "all": None}
NO_TRAFFIC = "Press Run (Ctrl+E):\nthe traffic of every link appears here"
NO_LATENCY = (
    "A link's latency appears\nwhen its generator stamps its messages\n(Properties ▸ Stamp), or on request/reply"
)
SPECS = (
    Spec("messages", "Messages per second", "", NO_TRAFFIC),
    Spec("bytes", "Bytes per second", "B", NO_TRAFFIC),
    Spec("latency", "Latency p50 · p99 · p99.9", "s", NO_LATENCY, log_y=True),
    Spec("histogram", "Latency histogram: share of messages", "%", NO_LATENCY, over_time=False),
    Spec("cdf", "Latency CDF: share of messages up to", "%", NO_LATENCY, over_time=False),
)
CHIPS = {"messages": "Messages", "bytes": "Bytes", "latency": "Latency", "histogram": "Histogram", "cdf": "CDF"}
AT_FIRST = frozenset({"messages", "bytes", "latency", "cdf"})
FORMATS = {"png": "Image (PNG)…", "svg": "Vectors (SVG)…", "csv": "Data (CSV)…"}


class PlotsPanel(QWidget):
    """Charts over the links that are ticked in the table."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.paused = False
        self.links = LinkTable()
        self.board = ChartBoard(SPECS)
        self.chips: dict[str, QPushButton] = {}
        self.percentiles: dict[str, QPushButton] = {}
        self.range = QComboBox()
        self.range.addItems(list(RANGES))
        self.range.setAccessibleName("Time range")
        self.pause = _chip("Pause", "Hold the charts still; what runs goes on")
        self.export = QPushButton("Export")
        self._hidden: set[str] = set()  # links that the user unticked
        self._next = 0.0
        self._lay_out()
        workspace.documentChanged.connect(lambda: self._list_links())
        workspace.selectionChanged.connect(lambda: self._follow_selection())
        workspace.ticked.connect(self._tick)
        workspace.runningChanged.connect(self._run_changed)
        self.links.ticked.connect(self._ticked)
        self.links.linkActivated.connect(lambda link: workspace.select([link]))
        self.range.activated.connect(lambda _: self.resume())
        self.pause.toggled.connect(self._set_paused)
        switch().changed.connect(self._retint)
        self._retint()
        self._list_links()

    def redraw(self) -> None:
        """Draw what is known now."""
        seconds = self._seconds()
        wanted = [name for name, chip in self.percentiles.items() if chip.isChecked()]
        self.board.show_lines(collect(self.workspace, self.shown(), seconds, wanted), seconds)
        self._show_figures(None)

    def shown(self) -> list[Shown]:
        """The links that are plotted."""
        chosen = self.links.chosen()
        return [shown for shown in self._every_link() if shown.link in chosen]

    def resume(self) -> None:
        """Show everything again, and what comes."""
        self.board.follow()
        self.pause.setChecked(False)
        self.redraw()

    # Export

    def ask_export(self, suffix: str) -> None:
        """Ask where to write the charts as png, svg or csv."""
        dialog = QFileDialog(self, f"Export plots as {suffix.upper()}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.setNameFilter(f"{suffix.upper()} (*.{suffix})")
        dialog.selectFile(f"{self.workspace.document.name} charts.{suffix}".replace("/", "-"))
        dialog.fileSelected.connect(lambda text: self._export(Path(text), suffix))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_png(self, path: Path) -> None:
        """Write the visible charts with their legend as an image. Raises FileError."""
        self._sheet().write_png(path)

    def export_svg(self, path: Path) -> None:
        """Write the visible charts with their legend as vectors. Raises FileError."""
        self._sheet().write_svg(path)

    def export_csv(self, path: Path) -> None:
        """Write the points of all visible lines. Raises FileError."""
        self._bring_up_to_date()
        series = [
            replace(line.series, name=f"{CHIPS[chart.spec.key]}: {line.series.name}")
            for chart in self.board.shown
            for line in chart.lines
        ]
        write_bytes(path, to_csv(series).encode())

    def _sheet(self) -> Sheet:
        self._bring_up_to_date()
        moment = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
        parts = [Part(chart.spec, chart.lines, chart.view_range()) for chart in self.board.shown]
        name = visible(self.workspace.document.name)
        return Sheet(f"{name}: throughput and latency", f"{self.range.currentText()} · {moment}", parts, self.shown())

    def _export(self, path: Path, suffix: str) -> None:
        write = {"png": self.export_png, "svg": self.export_svg, "csv": self.export_csv}[suffix]
        try:
            write(path)
        except UserError as error:
            self.workspace.message.emit(str(error), "error")
        else:
            self.workspace.message.emit(f"Exported {path.name}", "info")

    def _bring_up_to_date(self) -> None:
        if not self.paused:
            self.redraw()

    # Inside

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 2)
        bar.setSpacing(5)
        for key, text in CHIPS.items():
            self.chips[key] = chip = _chip(text, self.board.charts[key].spec.title)
            chip.setChecked(key in AT_FIRST)
            chip.toggled.connect(self._choose_charts)
            bar.addWidget(chip)
        bar.addSpacing(14)
        for name in PERCENTILES:
            self.percentiles[name] = chip = _chip(name, f"Show {name} in the latency chart")
            chip.setChecked(True)
            chip.toggled.connect(self.redraw)
            bar.addWidget(chip)
        bar.addStretch(1)
        for widget in (self.range, self.pause, self.export):
            bar.addWidget(widget)
        menu = QMenu(self.export)
        for suffix, text in FORMATS.items():
            menu.addAction(text).triggered.connect(lambda _=False, s=suffix: self.ask_export(s))
        self.export.setMenu(menu)
        self.board.zoomed.connect(lambda: self.pause.setChecked(True))
        self.board.resetRequested.connect(self.resume)
        self.board.pointed.connect(self._show_figures)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.board, 1)
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.links)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([470, 930])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        self._choose_charts()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while nobody looked."""
        super().showEvent(event)
        if not self.paused:
            self.redraw()

    def _choose_charts(self) -> None:
        self.board.choose(key for key, chip in self.chips.items() if chip.isChecked())
        for chip in self.percentiles.values():
            chip.setVisible(self.chips["latency"].isChecked())
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
        """The links to tick: those of the selection, or else those that the user did not untick."""
        links, chosen = self.workspace.document.links, self.workspace.selection
        near = {link.id for link in links if chosen & {link.id, link.source, link.target}}
        return near or {link.id for link in links[:DISTINCT] if link.id not in self._hidden}

    def _follow_selection(self) -> None:
        self.links.tick(self._wanted())
        self._bring_up_to_date()

    def _ticked(self) -> None:
        self._hidden = {link.id for link in self.workspace.document.links} - self.links.chosen()
        self.redraw()

    def _tick(self) -> None:
        now = time.monotonic()
        if self.isVisible() and not self.paused and now >= self._next:
            self._next = now + REDRAW_S
            self.redraw()

    def _run_changed(self, running: bool) -> None:
        if running and self.paused:
            self.resume()
        elif self.isVisible() and not self.paused:
            self.redraw()

    def _set_paused(self, paused: bool) -> None:
        self.paused = paused
        self.pause.setText("Resume" if paused else "Pause")
        if not paused:
            self.board.follow()
            self.redraw()
        self._retint()

    def _show_figures(self, at: float | None) -> None:
        """Put the figures of a time (seconds before now) into the table; None is now."""
        at = 0.0 if at is None else at
        book, figures = self.workspace, {}
        for shown in self.shown():
            ago, messages, volume = book.rates.history(shown.link, self._seconds())
            texts = ["", ""]
            if len(ago):
                row = min(len(ago) - 1, int(np.searchsorted(ago, at)))
                texts = [engineering(messages[row]), engineering(volume[row], "B")]
            seconds, *percentiles = book.latency.history(shown.link)
            if len(seconds):
                row = min(len(seconds) - 1, int(np.searchsorted(seconds, at)))
                texts += [engineering(column[row] / 1e9, "s") for column in percentiles]
            figures[shown.link] = texts
        self.links.show_figures(figures)

    def _seconds(self) -> float | None:
        return RANGES[self.range.currentText()]

    def _retint(self) -> None:
        self.pause.setIcon(icon("play" if self.paused else "pause"))
        self.export.setIcon(icon("export"))


def _chip(text: str, tip: str) -> QPushButton:
    chip = QPushButton(text)
    chip.setCheckable(True)
    chip.setToolTip(tip)
    chip.setAccessibleName(text)
    chip.setProperty("role", "chip")
    return chip
