"""The line between a statement and its answer: run, cancel, history, what came of it, table or plot, copy, save.

What came of it stands between the buttons, or below them where it is longer than that: an error wants to be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QWidget

from zinspector.ui.chip import Chip
from zinspector.ui.theme import icon, switch

TEXT_CHARS = 80
SAVES = {
    "rows": "The rows as CSV…",
    "png": "The plot as PNG…",
    "svg": "The plot as SVG…",
    "csv": "The plot's points as CSV…",
}


class QueryBar(QWidget):
    """Buttons and a line of text.

    Signals:
        runRequested(), cancelRequested(), copyRequested(): what they say.
        recentWanted(): the menu of statements is about to show.
        chosen(str): the user wants this statement.
        viewChanged(str): `table` or `plot`.
        saveRequested(str): one of `SAVES`.
    """

    runRequested = Signal()
    cancelRequested = Signal()
    copyRequested = Signal()
    recentWanted = Signal()
    chosen = Signal(str)
    viewChanged = Signal(str)
    saveRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.run = _button("Run", "Run the statement, or what is selected of it (Ctrl+Enter)", self.runRequested)
        self.stop = _button("Cancel", "Stop the statement, or what is being copied", self.cancelRequested)
        self.recent = QPushButton("History")
        self.recent.setToolTip("What was asked before, and examples (Alt+Up and Alt+Down in the editor)")
        self.recent_menu = QMenu(self.recent)
        self.recent_menu.aboutToShow.connect(self.recentWanted)
        self.recent.setMenu(self.recent_menu)
        self.outcome = QLabel()
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.outcome.setAccessibleName("What came of the query")
        self.views = {name: self._chip(name) for name in ("table", "plot")}
        self.copy = _button(
            "Copy", "Copy the selected rows, or all, with their names (tab-separated)", self.copyRequested
        )
        self.save = QPushButton("Save")
        self.save.setToolTip("Save the answer or its plot as a file")
        menu = QMenu(self.save)
        for what, text in SAVES.items():
            menu.addAction(text, partial(self.saveRequested.emit, what))
        self.save.setMenu(menu)
        self._below = False
        self._lay_out()
        self.set_running(False)
        self._choose("table")
        switch().changed.connect(self._retint)
        self._retint()

    @property
    def view(self) -> str:
        """`table` or `plot`."""
        return next(name for name, chip in self.views.items() if chip.isChecked())

    def set_running(self, running: bool) -> None:
        """Offer Cancel instead of Run while a statement is under way, or an answer is copied."""
        self.run.setVisible(not running)
        self.stop.setVisible(running)

    def say(self, text: str, role: str) -> None:
        """Tell what came of it; `role` is a label's role of the style sheet: ok, warn, error or muted."""
        mark = {"error": "✖ ", "warn": "▲ ", "ok": "✓ "}.get(role, "")
        self.outcome.setText(f"{mark}{text}")
        self.outcome.setToolTip(text.replace("<", "‹"))
        self.outcome.setProperty("role", role)
        self.outcome.style().polish(self.outcome)
        self._place_outcome()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There may be more room between the buttons, or less."""
        super().resizeEvent(event)
        self._place_outcome()

    def fill_recent(self, recent: Sequence[str], examples: Sequence[tuple[str, str]]) -> None:
        """Put statements into the menu."""
        menu = self.recent_menu
        menu.clear()
        menu.addSection("Asked before")
        for sql in recent:
            line = " ".join(sql.split())
            short = line if len(line) <= TEXT_CHARS else f"{line[: TEXT_CHARS - 1]}…"
            menu.addAction(short.replace("&", "&&"), partial(self.chosen.emit, sql))
        if not recent:
            menu.addAction("Nothing yet").setEnabled(False)
        menu.addSection("Examples")
        for title, sql in examples:
            menu.addAction(title, partial(self.chosen.emit, sql))

    def _chip(self, name: str) -> QPushButton:
        chip = Chip(name.capitalize(), f"Show the answer as a {name}")
        chip.clicked.connect(partial(self._choose, name))
        return chip

    def _choose(self, name: str) -> None:
        for each, chip in self.views.items():
            chip.setChecked(each == name)
        self.viewChanged.emit(name)

    def _retint(self) -> None:
        self.run.setIcon(icon("run"))
        self.stop.setIcon(icon("stop"))

    def _lay_out(self) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 0, 8, 6)
        self._grid.setSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._ends = _row(self.run, self.stop, self.recent), _row(*self.views.values(), self.copy, self.save)
        self._grid.addLayout(self._ends[0], 0, 0)
        self._grid.addWidget(self.outcome, 0, 1)
        self._grid.addLayout(self._ends[1], 0, 2)

    def _place_outcome(self) -> None:
        needed = self.outcome.fontMetrics().horizontalAdvance(self.outcome.text())
        margins, spaces = self._grid.contentsMargins(), 2 * self._grid.spacing()
        taken = margins.left() + margins.right() + spaces + sum(end.sizeHint().width() for end in self._ends)
        below = needed > self.width() - taken
        if below != self._below:
            self._below = below
            self.outcome.setWordWrap(below)  # one that wraps asks for more height than it needs in the line
            self._grid.addWidget(self.outcome, *((1, 0, 1, 3) if below else (0, 1)))


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    return row


def _button(text: str, tip: str, signal: SignalInstance) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.clicked.connect(lambda _=False: signal.emit())
    return button
