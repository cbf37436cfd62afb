"""The bar above the charts: which charts and percentiles, how far back, pause, export."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from zinspector.ui.chip import Chip
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
        self.chips = {key: Chip(text, tips[key]) for key, text in CHIPS.items()}
        self.percentiles = {name: Chip(name, f"Show {name} in the latency chart") for name in PERCENTILES}
        self.range = QComboBox()
        self.range.addItems(list(RANGES))
        self.range.setAccessibleName("Time range")
        self.pause = WordsIfRoom("Pause")
        self.pause.setCheckable(True)
        self.pause.setToolTip("Hold the charts still; what runs goes on")
        self.pause.setProperty("role", "chip")
        self.export = WordsIfRoom("Export")
        self.export.setToolTip("Export what the charts show")
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
        self.pause.say("Resume" if paused else "Pause")
        self._retint()
        self.pauseToggled.emit(paused)

    def _retint(self) -> None:
        self.pause.setIcon(icon("play" if self.pause.isChecked() else "pause"))
        self.export.setIcon(icon("export"))


class WordsIfRoom(QPushButton):
    """A button with an icon, whose words are left out where there is no room for them."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.say(words)

    def say(self, words: str) -> None:
        """Have other words."""
        self._words = words
        self.setText(words)
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        """With its words."""
        return self._size_with(self._words)

    def minimumSizeHint(self) -> QSize:
        """Without them."""
        return self._size_with("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say them, or not."""
        super().resizeEvent(event)
        self.setText(self._words if event.size().width() >= self.sizeHint().width() else "")

    def _size_with(self, words: str) -> QSize:
        measure, now = self.fontMetrics(), super().sizeHint()
        return QSize(
            now.width() - measure.horizontalAdvance(self.text()) + measure.horizontalAdvance(words), now.height()
        )
