"""The line above the messages that says what they are sorted by, how far that is, and leads back."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from zinspector.decode.api import visible
from zinspector.ui.inspect.table import MessageTable

LOOK_MS: Final = 100
TOLD_AFTER_S: Final = 0.3
NAME_CHARS: Final = 60


class SortBar(QFrame):
    """`Sorted by Bytes, largest first`, hidden while rows are in the order of their arrival."""

    def __init__(self, table: MessageTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self.setObjectName("follow-bar")
        self.text = QLabel()
        self.text.setMinimumWidth(1)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.back = QPushButton("✕  Order of arrival")
        self.back.setToolTip("Show the messages as they came")
        self.back.clicked.connect(lambda: table.sort(""))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 3, 8, 3)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.back)
        self._clock = QTimer(self, interval=LOOK_MS)
        self._clock.timeout.connect(self._say)
        table.sorting.changed.connect(self._changed)
        self.hide()

    def _changed(self) -> None:
        sorting = self._table.sorting
        self.setVisible(bool(sorting.column))
        if sorting.busy:
            self._clock.start()
        else:
            self._clock.stop()
        self._say()

    def _say(self) -> None:
        sorting = self._table.sorting
        name = visible(sorting.column, NAME_CHARS)
        which = "largest first" if sorting.descending else "smallest first"
        if sorting.unsorted:
            since = f" · {sorting.seconds:.0f} s" if sorting.seconds > TOLD_AFTER_S else ""
            self.text.setText(f"Sorting {len(self._table.rows):,} messages by {name}…{since}")
        else:
            self.text.setText(f"Sorted by {name}, {which}")
