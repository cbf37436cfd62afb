"""The line that finds text in payloads: Enter for the next, Shift+Enter for the previous, Esc gives up.

The search works in the pauses of the event loop and can be cancelled between any two of its steps.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from zinspector.ui.inspect.finder import Step, find
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.workspace import Workspace

SLICE_S = 0.008


class FindBar(QWidget):
    """Searches the rows of a table.

    Signals:
        left(): the user is done here (Esc), the table wants the cursor back.
    """

    left = Signal()

    def __init__(self, workspace: Workspace, table: MessageTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._table = table
        self._search: Iterator[Step] | None = None
        self.text = QLineEdit()
        self.text.setPlaceholderText("Find text in payloads (Ctrl+F) · Enter finds the next, Shift+Enter the previous")
        self.text.setClearButtonEnabled(True)
        self.text.setAccessibleName("Find text in payloads")
        self.text.installEventFilter(self)
        self.text.textChanged.connect(self._changed)
        self.outcome = QLabel()
        self.outcome.setProperty("role", "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.text, 1)
        for sign, tip, step in (("↑", "Find the previous (Shift+Enter)", -1), ("↓", "Find the next (Enter)", 1)):
            button = QToolButton()
            button.setText(sign)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(lambda _=False, by=step: self.find_next(by))
            layout.addWidget(button)
        layout.addWidget(self.outcome)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)

    @property
    def searching(self) -> bool:
        """Whether a search is under way."""
        return self._search is not None

    def begin(self) -> None:
        """Put the cursor into the line."""
        self.text.setFocus()
        self.text.selectAll()

    def find_next(self, step: int = 1) -> None:
        """Search on from the selected message, downwards or upwards."""
        wanted = self.text.text().encode("utf-8", "surrogateescape")
        self.cancel()
        if wanted:
            self.outcome.setText("searching…")
            self._search = find(self._workspace.store, self._table.rows, wanted, self._table.current, step)
            self._timer.start(0)

    def cancel(self) -> None:
        """Give up the search that is under way."""
        if self.searching:
            self._end("cancelled")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Shift+Enter and Esc in the line."""
        if watched is self.text and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.find_next(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                if self.searching:
                    self.cancel()
                else:
                    self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def _changed(self) -> None:
        self._end("")

    def _go_on(self) -> None:
        end = time.perf_counter() + SLICE_S
        while self._search is not None:
            step = next(self._search, None)
            if step is None:
                self._end("not found")
            elif step.n is not None:
                self._table.select(step.n)
                self._end(f"in {step.n:,}")
            elif time.perf_counter() > end:
                self.outcome.setText(f"searching… {step.done:.0%}")
                return

    def _end(self, outcome: str) -> None:
        self._search = None
        self._timer.stop()
        self.outcome.setText(outcome)
