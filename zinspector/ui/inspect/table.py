"""The messages of a store as a table: follows the newest, selects by number, sorts, marks.

- Newest at the bottom. While it follows, it shows the newest; scrolling up or selecting ends that, End begins it again.
  Sorted by another column it does not follow; asked to, it goes back to the order of arrival.
- The selection is a message number. It never moves, whatever comes or goes, is filtered or sorted. Ctrl+click chooses a
  second message beside it, to compare the two.
- As fast as a QTableView, and no faster (tests/benchmarks/bench_table.py); it paints by itself so that following,
  eviction and selection are all said in message numbers, and no row index ever has to be kept up to date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from zinspector.ui.inspect.arranged import Leading
from zinspector.ui.inspect.columns import Column
from zinspector.ui.inspect.number_list import NumberList
from zinspector.ui.inspect.row_painter import RowState
from zinspector.ui.inspect.rows import Rows, Scope
from zinspector.ui.inspect.rows_view import RowsView
from zinspector.ui.inspect.sorting import Sorting
from zinspector.ui.workspace import Workspace

STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class MessageTable(RowsView):
    """The rows of a `Rows`, in columns.

    Signals:
        currentChanged(object): the number of the selected message, or None.
        menuRequested(int, QPoint): a right click on a message, with the global position.
        followChanged(bool): whether the newest message is kept in view.
        activated(int): Enter or a double click on a message.
        clicked(int): a click on a message.
        settled(): what is shown changed, and all of it has been looked at.
        unsorted(str): rows can't be sorted by the column with this title.
    """

    currentChanged = Signal(object)
    menuRequested = Signal(int, QPoint)
    followChanged = Signal(bool)
    activated = Signal(int)
    clicked = Signal(int)
    settled = Signal()
    unsorted = Signal(str)

    def __init__(
        self, workspace: Workspace, rows: Rows, columns: Sequence[Column], parent: QWidget | None = None
    ) -> None:
        super().__init__(workspace, rows, parent)
        self.current: int | None = None
        self.second: int | None = None
        self.marks: set[int] = set()
        self.sorting = Sorting(workspace.store, rows, workspace.worked_out, self)
        self._led = False  # whether rows are shown that lead an order, and others as they arrived
        self._workspace = workspace
        self._catch_up = QTimer(self)
        self._catch_up.setSingleShot(True)
        self._catch_up.timeout.connect(self.refresh)
        self.header.sectionClicked.connect(self._sort_clicked)
        self.sorting.arranged.connect(self._arranged)
        self.sorting.changed.connect(self._say_order)
        self.show_columns(columns)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    # What is shown

    def look(self) -> None:
        """Refresh, once a tick; while something runs a little later: showing what comes has its share of the time."""
        wait = self.pace.wait_ms if self._workspace.running else 0
        if not wait:
            self.refresh()
        elif not self._catch_up.isActive():
            self._catch_up.start(wait)

    def refresh(self) -> None:
        """Look at the store again; it goes on by itself while there is more to look through."""
        with self.pace.spend():
            self._refresh()

    def _refresh(self) -> None:
        self._catch_up.stop()
        top = self.top()
        changed = self.rows.update()
        if changed:
            self.fit_rows()
            if self.following:
                self.move_to(self.verticalScrollBar().maximum())
            elif top is not None and self.rows.arranged is None:
                self.move_to(self.rows.place(top))  # rows that went at the front move nothing in view
            self.paint_soon()
        if self.rows.behind:
            self._catch_up.start(0)
        elif changed:
            self.settled.emit()
        self.sorting.look()

    def show_columns(self, columns: Sequence[Column], widths: Mapping[str, int] | None = None) -> None:
        """Show these columns, from left to right, with widths that the user chose."""
        super().show_columns(columns, widths)
        self._say_order()

    def set_scope(self, scope: Scope) -> None:
        """Show other rows: around the selection if it is among them, or the newest."""
        near = self.near
        self.rows.set_scope(scope, near)
        self._shown_anew(near)

    def show_rows(self, numbers: npt.NDArray[np.integer[Any]] | None) -> None:
        """Show only the rows that a filter lets through, ascending; None shows all in scope."""
        near = self.near
        self.rows.show_rows(numbers, near)
        self._shown_anew(near)

    def add_rows(self, numbers: npt.NDArray[np.integer[Any]]) -> None:
        """Show these rows too: the filter lets them through, and they come after all others, or before."""
        self.rows.add_rows(numbers)

    @property
    def near(self) -> int:
        """The number of the row where the user looks, or of the one that comes next while the newest is in view."""
        top = self.top()
        if self.following or top is None:
            return self._workspace.store.next_n if self.following else 0
        return top if self.current is None else self.current

    def sort(self, field: str, *, descending: bool = False) -> None:
        """Sort by a field of the filter language; none is the order of arrival."""
        if field:
            self.set_following(False)
        self.sorting.sort(field, descending=descending)

    def set_following(self, following: bool) -> None:
        """Keep the newest message in view, or stop doing so."""
        if following and self.sorting.column:
            self.sorting.sort("")
        if following != self.following:
            self.following = following
            self.followChanged.emit(following)
        if following:
            self.move_to(self.verticalScrollBar().maximum())
            self.viewport().update()

    def show_hits(self, numbers: NumberList) -> None:
        """Show on the scroll bar where these messages are, ascending."""
        self.ticks.show_hits(numbers)

    def state(self, n: int) -> RowState:
        """How the row of message `n` stands out."""
        return RowState(n == self.current, n == self.second, n in self.marks, self.hasFocus(), super().state(n).paint)

    # What is selected and marked

    def select(self, n: int | None, *, reveal: bool = True) -> None:
        """Select a message by number; selecting one ends following."""
        self.choose_second(None)
        if n is not None:
            self.set_following(False)
        if n != self.current:
            self.current = n
            texts = self.cell_texts(n) if n is not None else []
            self.setAccessibleDescription(", ".join(filter(None, texts)))
            self.currentChanged.emit(n)
        if n is not None and reveal:
            self.reveal(n)
        self.viewport().update()

    def choose_second(self, n: int | None) -> None:
        """Choose the message that the selected one is compared with; None chooses none."""
        if n != self.second:
            self.second = n
            self.viewport().update()

    def set_marks(self, marks: set[int]) -> None:
        """Mark these messages and no others."""
        self.marks = marks
        self.ticks.show_marks(sorted(marks))
        self.viewport().update()

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the message under the mouse; with Ctrl choose it as the second."""
        n = self.number_at(event.position().toPoint())
        left, right = (event.button() == one for one in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton))
        if n is None or (right and n == self.second):
            return
        if left and event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.current is not None:
            self.choose_second(n if n not in (self.current, self.second) else None)
        elif left or right:
            self.select(n, reveal=False)
            if left:
                self.clicked.emit(n)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Activate the message under the mouse."""
        n = self.number_at(event.position().toPoint())
        if n is not None:
            self.activated.emit(n)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the selected message."""
        if self.current is not None:
            self.menuRequested.emit(self.current, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the selection; End follows the newest message again, or goes to the last where rows are sorted."""
        key = Qt.Key(event.key())
        page = max(1, self.lines() - 1)
        steps = {**STEPS, Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page}
        if key == Qt.Key.Key_End and not self.sorting.column:
            self.set_following(True)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and len(self.rows):
            self.select(self.rows.n(0 if key == Qt.Key.Key_Home else len(self.rows) - 1))
        elif key in steps and len(self.rows):
            self._step(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.activated.emit(self.current)
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        start = self.rows.place(self.current) if self.current is not None else len(self.rows)
        if by > 0 and self.current is not None and self.current not in self.rows:
            start -= 1  # between two rows: the next one down is where it would stand
        self.select(self.rows.n(min(max(0, start + by), len(self.rows) - 1)))

    # Order

    def _shown_anew(self, near: int) -> None:
        self.sorting.again()
        self.forget_cells()
        self.refresh()
        self.fit()
        if self.current is not None and not self.following:
            self.reveal(self.current)
        elif not self.following and not self.sorting.column:
            self.move_to(self.rows.place(near))
        self.viewport().update()

    def _sort_clicked(self, index: int) -> None:
        """Up, down, and back to the order of arrival."""
        field = self.header.columns[index].field
        if not self.header.orders(index):
            self.unsorted.emit(self.header.columns[index].title)
        elif self.sorting.column != field:
            self.sort(field, descending=field == "n")
        else:
            self.sort("" if self.sorting.descending or field == "n" else field, descending=not self.sorting.descending)

    def _arranged(self, first: bool) -> None:
        self.fit()
        led, self._led = self._led, isinstance(self.rows.arranged, Leading)
        if (first or led) and self.current is not None and self.current in self.rows:
            self.reveal(self.current)
        elif first and self.rows.arranged is not None:
            self.move_to(0)
        elif self.painted_top is not None and self.verticalScrollBar().value():
            self.move_to(self.rows.place(self.painted_top))
        self.viewport().update()

    def _say_order(self) -> None:
        self.header.say_order(self.sorting.column, descending=self.sorting.descending)

    def _scrolled(self, value: int) -> None:
        if not self._moving:
            self.set_following(value >= self.verticalScrollBar().maximum() and not self.sorting.column)
