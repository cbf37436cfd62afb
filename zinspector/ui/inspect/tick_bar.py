"""A scroll bar that shows where the marked and the found messages are: a map of everything that is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from zinspector.ui.inspect.number_list import NumberList, Numbers
from zinspector.ui.inspect.rows import Rows
from zinspector.ui.theme import theme

HEIGHT: Final = 2
MOST_PLACES: Final = 2000  # as many as a tall screen has pixels
AT_ONCE: Final = 1 << 20


class TickBar(QScrollBar):
    """Vertical, one step a row. Marks are ticks of its whole width, hits of a part of it."""

    def __init__(self, rows: Rows, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._rows = rows
        self._hits = NumberList()
        self._marks = NumberList()
        self._kept: dict[str, tuple[tuple[object, ...], list[int]]] = {}

    def show_hits(self, numbers: NumberList) -> None:
        """Show where these messages are."""
        self._hits = numbers
        self._kept.clear()
        self.update()

    def show_marks(self, numbers: Sequence[int]) -> None:
        """Show where these marked messages are, ascending."""
        self._marks = NumberList(np.array(numbers, np.int64))
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

    def _ticks(self, role: str, numbers: NumberList) -> list[int]:
        """As they were painted last, unless anything changed."""
        state = (self._rows.version, self._rows.arranged, self.height())
        if role not in self._kept or self._kept[role][0] != state:
            self._kept[role] = state, self.ticks(numbers)
        return self._kept[role][1]

    def ticks(self, numbers: NumberList) -> list[int]:
        """At which pixels those of some messages stand that are shown."""
        room, last = max(1, self.height() - HEIGHT), max(1, len(self._rows) - 1)
        return sorted({at for places in self._places(numbers) for at in np.unique(places * room // last).tolist()})

    def _places(self, numbers: NumberList) -> Iterator[Numbers]:
        """The places of those that are shown; where there are many, one for each pixel is enough."""
        rows = self._rows
        if rows.arranged is not None:
            for start in range(0, len(numbers), AT_ONCE):
                yield rows.arranged.places(numbers.array(start, start + AT_ONCE))
            return
        some = numbers.array() if len(numbers) <= MOST_PLACES else _spread(numbers)
        yield np.array([rows.place(int(n)) for n in some[rows.shown.holds(some)]], np.int64)


def _spread(numbers: NumberList) -> Numbers:
    """Some of many, from the first to the last."""
    edges = np.linspace(numbers[0], numbers[len(numbers) - 1], MOST_PLACES).astype(np.int64).tolist()
    return np.array([numbers[place] for place in sorted({numbers.place(edge) for edge in edges})], np.int64)
