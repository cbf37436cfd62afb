"""The bar above the charts: which charts and percentiles, how far back, pause, export."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QWidget

from zinspector.ui.plots.data import PERCENTILES
from zinspector.ui.theme import icon, switch

RANGES = {"last 60 s": 60.0, "last 5 min": 300.0, "all": None}
CHIPS = {"messages": "Messages", "bytes": "Bytes", "latency": "Latency", "histogram": "Histogram", "cdf": "CDF"}
AT_FIRST = frozenset({"messages", "bytes", "latency", "cdf"})
FORMATS = {"png": "Image (PNG)…", "svg": "Vectors (SVG)…", "csv": "Data (CSV)…"}


class PlotsBar(QWidget):
    """Chips and buttons; `tips` are the titles of the charts by key.

    Signals:
        chartsChanged(), percentilesChanged(), rangeChanged(): the user chose something else.
        pauseToggled(bool): hold the charts still, or go on.
        exportRequested(str): png, svg or csv.
    """

    chartsChanged = Signal()
    percentilesChanged = Signal()
    rangeChanged = Signal()
    pauseToggled = Signal(bool)
    exportRequested = Signal(str)

    def __init__(self, tips: Mapping[str, str]) -> None:
        super().__init__()
        self.chips = {key: _chip(text, tips[key]) for key, text in CHIPS.items()}
        self.percentiles = {name: _chip(name, f"Show {name} in the latency chart") for name in PERCENTILES}
        self.range = QComboBox()
        self.range.addItems(list(RANGES))
        self.range.setAccessibleName("Time range")
        self.pause = _chip("Pause", "Hold the charts still; what runs goes on")
        self.export = QPushButton("Export")
        menu = QMenu(self.export)
        for suffix, text in FORMATS.items():
            menu.addAction(text).triggered.connect(lambda _=False, s=suffix: self.exportRequested.emit(s))
        self.export.setMenu(menu)
        self._lay_out()
        for key, chip in self.chips.items():
            chip.setChecked(key in AT_FIRST)
            chip.toggled.connect(self._choose)
        for chip in self.percentiles.values():
            chip.setChecked(True)
            chip.toggled.connect(self.percentilesChanged)
        self.range.activated.connect(lambda _: self.rangeChanged.emit())
        self.pause.toggled.connect(self._pause)
        switch().changed.connect(self._retint)
        self._retint()

    @property
    def seconds(self) -> float | None:
        """How far back to show; None: everything."""
        return RANGES[self.range.currentText()]

    def chosen_charts(self) -> list[str]:
        """The keys of the charts to show."""
        return [key for key, chip in self.chips.items() if chip.isChecked()]

    def chosen_percentiles(self) -> list[str]:
        """The percentiles to show."""
        return [name for name, chip in self.percentiles.items() if chip.isChecked()]

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 2)
        row.setSpacing(5)
        for chip in self.chips.values():
            row.addWidget(chip)
        row.addSpacing(14)
        for chip in self.percentiles.values():
            row.addWidget(chip)
        row.addStretch(1)
        for widget in (self.range, self.pause, self.export):
            row.addWidget(widget)

    def _choose(self) -> None:
        for chip in self.percentiles.values():
            chip.setVisible(self.chips["latency"].isChecked())
        self.chartsChanged.emit()

    def _pause(self, paused: bool) -> None:
        self.pause.setText("Resume" if paused else "Pause")
        self._retint()
        self.pauseToggled.emit(paused)

    def _retint(self) -> None:
        self.pause.setIcon(icon("play" if self.pause.isChecked() else "pause"))
        self.export.setIcon(icon("export"))


def _chip(text: str, tip: str) -> QPushButton:
    chip = QPushButton(text)
    chip.setCheckable(True)
    chip.setToolTip(tip)
    chip.setAccessibleName(text)
    chip.setProperty("role", "chip")
    return chip
