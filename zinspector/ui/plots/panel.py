"""The Plots tab: throughput and latency of the links, side by side; export of what is visible."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from zinspector.decode.api import visible
from zinspector.errors import FileError, UserError
from zinspector.measure.charts import Series, to_csv
from zinspector.storage import write_bytes
from zinspector.ui.plots.chart import SWATCH, Chart, Pen
from zinspector.ui.theme import switch, theme, ui_font
from zinspector.ui.workspace import Workspace

REDRAW_EVERY = 4  # ticks of 40 ms
RANGES = {"last 60 s": 60.0, "last 5 min": 300.0, "everything": None}
MOST_LINES = 12
EXPORT_SIZE = QSize(1400, 840)
LEGEND_COLUMNS = 4
LEGEND_LINE = 22
NO_THROUGHPUT = "Press Run (Ctrl+E): messages per second of every link appear here"
NO_LATENCY = "Latency appears for request/reply links,\nand for links whose generator stamps its messages (Properties)"


class PlotsPanel(QWidget):
    """Four charts over the links that are ticked in the list."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.paused = False
        self._ticks = 0
        self.throughput = Chart("Messages", "", "|msg/s")
        self.volume = Chart("Bytes", "", "|B/s")
        self.latency = Chart("Latency: p50, and p99 thin", "", "|s", log_y=True)
        self.distribution = Chart("Latency distribution: share of messages up to", "latency|s", "%", log_x=True)
        self.charts = (self.throughput, self.volume, self.latency, self.distribution)
        for chart in self.charts[:3]:
            chart.getPlotItem().setLabel("bottom", "seconds ago")
        self.links = QListWidget()
        self.links.setIconSize(SWATCH)
        self.links.setAccessibleName("Links to plot")
        self.links.setToolTip("Tick the links to plot; the selection on the canvas wins")
        self.range = QComboBox()
        self.range.addItems(list(RANGES))
        self.pause = QPushButton("Pause")
        self.pause.setCheckable(True)
        self.pause.toggled.connect(self._set_paused)
        self._build()
        workspace.documentChanged.connect(self._fill_links)
        workspace.ticked.connect(self._tick)
        workspace.selectionChanged.connect(self.redraw)
        self.links.itemChanged.connect(self.redraw)
        self.range.currentTextChanged.connect(self.redraw)
        switch().changed.connect(self._fill_links)
        self._fill_links()

    def redraw(self) -> None:
        """Draw what is known now."""
        seconds = RANGES[self.range.currentText()]
        shown = self._shown()
        rates, volumes, latencies, shares = [], [], [], []
        for number, link in shown:
            pen = Pen(number)
            name = self._title(link)
            ago, messages, volume = self.workspace.rates.history(link, seconds)
            if len(ago):
                rates.append((Series(name, ago, messages, "s", "msg/s"), pen))
                volumes.append((Series(name, ago, volume, "s", "B/s"), pen))
            latencies += self._latency(link, name, seconds, number)
            histogram = self.workspace.latency.links().get(link)
            if histogram is not None and histogram.count:
                ends, cdf = histogram.cdf()
                shares.append((Series(name, np.maximum(ends, 1) / 1e9, cdf * 100, "s", "%"), pen))
        for chart, lines, empty in (
            (self.throughput, rates, NO_THROUGHPUT),
            (self.volume, volumes, NO_THROUGHPUT),
            (self.latency, latencies, NO_LATENCY),
            (self.distribution, shares, NO_LATENCY),
        ):
            chart.show_series([series for series, _ in lines], [pen for _, pen in lines], empty)

    # Export

    def ask_export(self, suffix: str) -> None:
        """Ask where to write the charts as png, svg or csv."""
        dialog = QFileDialog(self, f"Export plots as {suffix.upper()}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.setNameFilter(f"{suffix.upper()} (*.{suffix})")
        dialog.selectFile(f"{self.workspace.document.name} charts.{suffix}")
        dialog.fileSelected.connect(lambda text: self._export(Path(text), suffix))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_png(self, path: Path) -> None:
        """Write the charts as an image at twice the size on screen. Raises FileError."""
        self.redraw()
        area = EXPORT_SIZE
        image = QPixmap(area * 2)
        image.setDevicePixelRatio(2)
        image.fill(self.throughput.backgroundBrush().color())
        painter = QPainter(image)
        self._paint(painter, QRect(0, 0, area.width(), area.height()))
        painter.end()
        if not image.save(str(path), "PNG"):
            raise FileError("can't be written", where=str(path), remedy="choose another place")

    def export_svg(self, path: Path) -> None:
        """Write the charts as vectors. Raises FileError."""
        self.redraw()
        area = EXPORT_SIZE
        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setSize(area)
        generator.setViewBox(QRect(0, 0, area.width(), area.height()))
        generator.setTitle(f"{self.workspace.document.name}: throughput and latency")
        painter = QPainter()
        if not painter.begin(generator):
            raise FileError("can't be written", where=str(path), remedy="choose another place")
        painter.fillRect(generator.viewBox(), self.throughput.backgroundBrush())
        self._paint(painter, generator.viewBox())
        painter.end()

    def export_csv(self, path: Path) -> None:
        """Write the points of all visible lines. Raises FileError."""
        self.redraw()
        series = [line for chart in self.charts for line in chart.series]
        write_bytes(path, to_csv(series).encode())

    def _export(self, path: Path, suffix: str) -> None:
        write = {"png": self.export_png, "svg": self.export_svg, "csv": self.export_csv}[suffix]
        try:
            write(path)
        except UserError as error:
            self.workspace.message.emit(str(error), "error")
        else:
            self.workspace.message.emit(f"Exported {path.name}", "info")

    def _paint(self, painter: QPainter, area: QRect) -> None:
        shown = self._shown()
        strip = -(-len(shown) // LEGEND_COLUMNS) * LEGEND_LINE + 12
        width, height = area.width() // 2, (area.height() - strip) // 2
        for index, chart in enumerate(self.charts):
            size = chart.size()
            chart.resize(width - 8, height - 8)
            target = QRect(index % 2 * width + 4, index // 2 * height + 4, width - 8, height - 8)
            chart.render(painter, target, chart.viewport().rect(), Qt.AspectRatioMode.IgnoreAspectRatio)
            chart.resize(size)
        self._paint_legend(painter, QRect(12, 2 * height + 6, area.width() - 24, strip), shown)

    def _paint_legend(self, painter: QPainter, area: QRect, shown: list[tuple[int, str]]) -> None:
        painter.setFont(ui_font(9))
        width = area.width() // LEGEND_COLUMNS
        for place, (number, link) in enumerate(shown):
            left = area.left() + place % LEGEND_COLUMNS * width
            middle = area.top() + place // LEGEND_COLUMNS * LEGEND_LINE + LEGEND_LINE // 2
            painter.setPen(Pen(number).qt())
            painter.drawLine(left, middle, left + SWATCH.width(), middle)
            painter.setPen(theme().colour("text"))
            room = QRect(left + SWATCH.width() + 8, middle - LEGEND_LINE // 2, width - SWATCH.width() - 16, LEGEND_LINE)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, self._title(link))

    # Inside

    def _build(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(10, 8, 4, 8)
        heading = QLabel("LINKS")
        heading.setProperty("role", "heading")
        column.addWidget(heading)
        column.addWidget(self.links, 1)
        row = QHBoxLayout()
        row.addWidget(self.range, 1)
        row.addWidget(self.pause)
        column.addLayout(row)
        exports = QHBoxLayout()
        for suffix in ("png", "svg", "csv"):
            button = QPushButton(suffix.upper())
            button.setToolTip(f"Export the charts as {suffix.upper()}")
            button.clicked.connect(lambda _=False, s=suffix: self.ask_export(s))
            exports.addWidget(button)
        column.addLayout(exports)
        self._area = QWidget()
        grid = QGridLayout(self._area)
        grid.setContentsMargins(0, 4, 8, 4)
        for index, chart in enumerate(self.charts):
            grid.addWidget(chart, index // 2, index % 2)
        splitter = QSplitter()
        splitter.addWidget(side)
        splitter.addWidget(self._area)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([240, 1000])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _fill_links(self) -> None:
        unticked = {
            self.links.item(row).data(Qt.ItemDataRole.UserRole)
            for row in range(self.links.count())
            if self.links.item(row).checkState() == Qt.CheckState.Unchecked
        }
        self.links.blockSignals(True)
        self.links.clear()
        for number, link in enumerate(self.workspace.document.links):
            item = QListWidgetItem(self._title(link.id), self.links)
            item.setData(Qt.ItemDataRole.UserRole, link.id)
            item.setIcon(Pen(number).swatch())
            ticked = link.id not in unticked and number < MOST_LINES
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.links.blockSignals(False)
        self.redraw()

    def _shown(self) -> list[tuple[int, str]]:
        """(pen number, link id) of the links to draw: those selected on the canvas, or else those ticked."""
        every = [(n, link) for n, link in enumerate(self.workspace.document.links)]
        chosen = self.workspace.selection
        near = [(n, link.id) for n, link in every if chosen & {link.id, link.source, link.target}]
        if near:
            return near[:MOST_LINES]
        ticked = [
            self.links.item(row).data(Qt.ItemDataRole.UserRole)
            for row in range(self.links.count())
            if self.links.item(row).checkState() == Qt.CheckState.Checked
        ]
        return [(n, link.id) for n, link in every if link.id in ticked]

    def _latency(self, link: str, name: str, seconds: float | None, number: int) -> list[tuple[Series, Pen]]:
        ago, p50, p99, _ = self.workspace.latency.history(link)
        recent = ago >= -seconds if seconds is not None else np.ones(len(ago), np.bool_)
        if not len(ago):
            return []
        return [
            (Series(f"{name} {percent}", ago[recent], values[recent] / 1e9, "s", "s"), Pen(number, thin))
            for percent, values, thin in (("p50", p50, False), ("p99", p99, True))
        ]

    def _title(self, link_id: str) -> str:
        document = self.workspace.document
        link = document.link(link_id)
        if link is None:
            return link_id
        ends = [document.node(end) for end in (link.source, link.target)]
        return " → ".join(visible(end.title, 30) if end is not None else "?" for end in ends)

    def _set_paused(self, paused: bool) -> None:
        self.paused = paused
        self.pause.setText("Paused" if paused else "Pause")

    def _tick(self) -> None:
        self._ticks += 1
        if self.isVisible() and not self.paused and self._ticks % REDRAW_EVERY == 0:
            self.redraw()
