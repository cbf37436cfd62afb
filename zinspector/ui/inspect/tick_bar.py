"""A scroll bar that shows where the marked and the found messages are: a map of everything that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from zinspector.ui.inspect.number_list import Numbers
from zinspector.ui.inspect.rows import Rows
from zinspector.ui.theme import theme

HEIGHT: Final = 2
MOST_PLACES: Final = 2000  # as many as a tall screen has pixels


class TickBar(QScrollBar):
    """Vertical, one step a row. Marks are ticks of its whole width, hits of a part of it."""

    def __init__(self, rows: Rows, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._rows = rows
        self._hits: Numbers = np.zeros(0, np.int64)
        self._marks: Numbers = np.zeros(0, np.int64)
        self._kept: dict[str, tuple[tuple[object, ...], list[int]]] = {}

    def show_hits(self, numbers: Numbers) -> None:
        """Show where these messages are, ascending."""
        self._hits = numbers
        self._kept.clear()
        self.update()

    def show_marks(self, numbers: Sequence[int]) -> None:
        """Show where these marked messages are, ascending."""
        self._marks = np.array(numbers, np.int64)
        self._kept.clear()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ticks over the bar."""
        super().paintEvent(event)
        if not len(self._rows) or not (len(self._hits) or len(self._marks)):
            return
        painter = QPainter(self)
        for numbers, role, left in ((self._hits, "accent", self.width() // 2), (self._marks, "warn", 0)):
            for top in self._ticks(role, numbers):
                painter.fillRect(QRect(left, top, self.width() - left, HEIGHT), theme().colour(role))

    def _ticks(self, role: str, numbers: Numbers) -> list[int]:
        """As they were painted last, unless anything changed."""
        state = (self._rows.version, self._rows.arranged, self.height())
        if role not in self._kept or self._kept[role][0] != state:
            self._kept[role] = state, self.ticks(numbers)
        return self._kept[role][1]

    def ticks(self, numbers: Numbers) -> list[int]:
        """At which pixels those of some messages stand that are shown."""
        rows, room = self._rows, max(1, self.height() - HEIGHT)
        if len(numbers) > MOST_PLACES and rows.arranged is None:  # one for each pixel is enough
            edges = np.linspace(numbers[0], numbers[-1], MOST_PLACES).astype(np.int64)
            numbers = numbers[np.unique(np.searchsorted(numbers, edges))]
        if rows.arranged is not None:
            places = rows.arranged.places(numbers)
        else:
            places = np.array([rows.place(int(n)) for n in numbers[rows.shown.holds(numbers)]], np.int64)
        return np.unique(places * room // max(1, len(rows) - 1)).tolist() if len(places) else []
