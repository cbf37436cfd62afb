"""Sorts the rows of a table by a column, in a thread, and again while further rows come.

- First come the rows that lead the new order, which takes a moment only, and the others as they arrived; then, a while
  later, all in order. While they are sorted again they are shown as before.
- Sorting again waits until the last time has cost no more than a tenth of the time since, so a capture of millions that
  grows does not keep a core busy.
- When messages are filtered or narrowed anew, the order stays.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from zinspector.capture.filter.kept import Kept
from zinspector.capture.ordering import Numbers, Order
from zinspector.capture.progress import Progress
from zinspector.capture.store import Store
from zinspector.errors import UserError
from zinspector.ui.inspect.arranged import Arranged, Leading
from zinspector.ui.inspect.number_list import NumberList
from zinspector.ui.inspect.rows import Rows
from zinspector.ui.work import Work

LEAST_PAUSE_S = 1.0
PAUSE_FACTOR = 10
AT_ONCE = 1 << 18
LEADING = 250  # rows: some screens full


class Sorting(QObject):
    """What the rows of a table are sorted by.

    Signals:
        arranged(bool): the rows have another order now; for the first time since they were shown anew?
        changed(): another column was chosen, or sorting began, got further, ended.
        failed(UserError): the rows can't be sorted by that column.
    """

    arranged = Signal(bool)
    changed = Signal()
    failed = Signal(object)

    def __init__(self, store: Store, rows: Rows, kept: Kept, parent: QObject | None = None) -> None:
        """`kept` is what was worked out about batches."""
        super().__init__(parent)
        self.column = ""
        self.descending = False
        self._store = store
        self._rows = rows
        self._kept = kept
        self._work: Work[Any] | None = None
        self._sorted = (-1, -1)  # what was sorted: the first number, and how many rows
        self._began = self._ended = 0.0
        self._took = 0.0

    @property
    def busy(self) -> bool:
        """Whether rows are being sorted."""
        return self._work is not None

    @property
    def unsorted(self) -> bool:
        """Whether most rows have yet to come into order."""
        arranged = self._rows.arranged
        return self.busy and (arranged is None or isinstance(arranged, Leading))

    @property
    def seconds(self) -> float:
        """How long they have been."""
        return time.monotonic() - self._began if self._work is not None else 0.0

    def sort(self, column: str, *, descending: bool = False) -> None:
        """Sort by a column, named as in a filter; none, or `n` ascending, is the order of arrival."""
        self.column = "" if column == "n" and not descending else column
        self.descending = descending
        self.again()

    def again(self) -> None:
        """Other rows are shown: sort them, from the order of arrival on."""
        self._stop()
        self._ended, self._sorted = 0.0, (-1, -1)
        if self._rows.arranged is not None:
            self._rows.arranged = None
            self.arranged.emit(True)
        self.look()
        self.changed.emit()

    def look(self) -> None:
        """Sort what has changed, unless it is too early; to be called at each tick."""
        shown = self._rows.shown
        state = (self._store.first_n, len(shown))
        pause = max(LEAST_PAUSE_S, PAUSE_FACTOR * self._took) if self._ended else 0.0
        early = time.monotonic() < self._ended + pause
        if not self.column or self.busy or early or self._rows.behind or state == self._sorted:
            return
        self._sorted = state
        batches, numbers, column, descending = self._store.batches(), _numbers(shown), self.column, self.descending
        self._began = time.monotonic()

        def begin(progress: Progress) -> tuple[Order, Leading]:
            order = Order(batches, numbers, column, descending=descending, kept=self._kept, progress=progress)
            return order, Leading(order.numbers, order.first(LEADING))

        self._work = Work(self, begin, self._led, self._failed, name="sort")
        self.changed.emit()

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None

    def _led(self, found: tuple[Order, Leading]) -> None:
        order, leading = found
        self._work = Work(self, lambda progress: Arranged(order.rows(progress)), self._done, self._failed, name="sort")
        if self._rows.arranged is None:
            self._rows.arranged = leading
            self.arranged.emit(True)
        self.changed.emit()

    def _done(self, arranged: Arranged) -> None:
        self._took, self._ended = self.seconds, time.monotonic()
        self._work = None
        self._rows.arranged = arranged
        self.arranged.emit(False)
        self.changed.emit()

    def _failed(self, error: UserError) -> None:
        self._work = None
        self.sort("")
        self.failed.emit(error)


def _numbers(shown: NumberList) -> Numbers | range:
    """All of them, in 32 bits if they fit; ten million without gaps need no memory."""
    last = shown[len(shown) - 1] if len(shown) else -1
    whole = range(shown[0], last + 1) if len(shown) else range(0)
    if len(whole) == len(shown):
        return whole
    numbers: Numbers = np.empty(len(shown), np.uint32 if last < np.iinfo(np.uint32).max else np.int64)
    for start in range(0, len(shown), AT_ONCE):
        numbers[start : start + AT_ONCE] = shown.array(start, start + AT_ONCE)
    return numbers
