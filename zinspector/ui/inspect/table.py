"""A table over the store that paints only the rows in view: ten million rows scroll like ten.

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
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from zinspector.capture.ordering import sortable
from zinspector.ui.inspect.colouring import PAINTS, Colouring
from zinspector.ui.inspect.columns import Column
from zinspector.ui.inspect.row_painter import RowPainter, RowState
from zinspector.ui.inspect.rows import Rows, Scope
from zinspector.ui.inspect.sorting import Sorting
from zinspector.ui.inspect.table_header import TableHeader
from zinspector.ui.theme import switch, theme
from zinspector.ui.workspace import Workspace

LATEST_MS = 60
STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class MessageTable(QAbstractScrollArea):
    """The rows of a `Rows`, in columns.

    Signals:
        currentChanged(object): the number of the selected message, or None.
        menuRequested(int, QPoint): a right click on a message, with the global position.
        followChanged(bool): whether the newest message is kept in view.
        activated(int): Enter or a double click on a message.
        clicked(int): a click on a message.
        unsorted(str): rows can't be sorted by the column with this title.
        secondChanged(): another message to compare with was chosen, or none.
    """

    currentChanged = Signal(object)
    menuRequested = Signal(int, QPoint)
    followChanged = Signal(bool)
    activated = Signal(int)
    clicked = Signal(int)
    unsorted = Signal(str)
    secondChanged = Signal()

    def __init__(
        self, workspace: Workspace, rows: Rows, columns: Sequence[Column], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.rows = rows
        self.current: int | None = None
        self.second: int | None = None
        self.marks: set[int] = set()
        self.following = True
        self.empty_text = ""
        self._painted_top: int | None = None
        self._moving = False  # while the program, not the user, moves the scroll bar
        self._painter = RowPainter(workspace)
        self.sorting = Sorting(workspace.store, rows, self)
        self.colouring = Colouring(workspace.store, self)
        self.colouring.changed.connect(self.viewport().update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self._late = QTimer(self, singleShot=True)
        self._late.timeout.connect(self.viewport().update)
        self.header = TableHeader(self)
        self.header.rearranged.connect(self._sections_changed)
        self.header.sectionClicked.connect(self._sort_clicked)
        self.sorting.arranged.connect(self._arranged)
        self.sorting.changed.connect(self._say_order)
        self._catch_up = QTimer(self)
        self._catch_up.setSingleShot(True)
        self._catch_up.timeout.connect(self.refresh)
        self.show_columns(columns)
        switch().changed.connect(self._restyle)
        workspace.documentChanged.connect(self.forget_cells)
        workspace.taps.renamed.connect(self.forget_cells)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.horizontalScrollBar().valueChanged.connect(self._moved_sideways)

    # What is shown

    def refresh(self) -> None:
        """Look at the store again; called once a tick, and by itself while there is more to look through."""
        top = self._top()
        if self.rows.update():
            self._fit()
            if self.following:
                self._move_to(self.verticalScrollBar().maximum())
            elif top is not None and self.rows.arranged is None:
                self._move_to(self.rows.place(top))  # rows that went at the front move nothing in view
            self._paint_soon()
        if self.rows.behind:
            self._catch_up.start(0)
        self.sorting.look()

    def show_columns(self, columns: Sequence[Column], widths: Mapping[str, int] | None = None) -> None:
        """Show these columns, from left to right, with widths that the user chose."""
        self.header.show_columns(columns, widths or {})
        self._painter.show_columns(columns)
        self._say_order()
        self._restyle()

    def set_scope(self, scope: Scope) -> None:
        """Show other rows: around the selection if it is among them, or the newest."""
        self.rows.set_scope(scope)
        self._shown_anew()

    def _shown_anew(self) -> None:
        self.sorting.again()
        self.forget_cells()
        self.refresh()
        self._fit()
        if self.current is not None and not self.following:
            self._reveal(self.current)
        self.viewport().update()

    def show_rows(self, numbers: npt.NDArray[np.integer[Any]] | None) -> None:
        """Show only the rows that a filter lets through, ascending; None shows all in scope."""
        self.rows.show_rows(numbers)
        self._shown_anew()

    def append_rows(self, numbers: npt.NDArray[np.integer[Any]]) -> None:
        """Show these rows too: they have come since, and the filter lets them through."""
        self.rows.append_rows(numbers)

    def sort(self, field: str, *, descending: bool = False) -> None:
        """Sort by a field of the filter language; none is the order of arrival."""
        if field:
            self.set_following(False)
        self.sorting.sort(field, descending=descending)

    def choose_second(self, n: int | None) -> None:
        """Choose the message that the selected one is compared with; None chooses none."""
        if n != self.second:
            self.second = n
            self.secondChanged.emit()
            self.viewport().update()

    def select(self, n: int | None, *, reveal: bool = True) -> None:
        """Select a message by number; selecting one ends following."""
        self.choose_second(None)
        if n is not None:
            self.set_following(False)
        if n != self.current:
            self.current = n
            cells = self._painter.cells(n) if n is not None else None
            self.setAccessibleDescription(", ".join(cell.text for cell in cells or () if cell.text))
            self.currentChanged.emit(n)
        if n is not None and reveal:
            self._reveal(n)
        self.viewport().update()

    def set_following(self, following: bool) -> None:
        """Keep the newest message in view, or stop doing so."""
        if following and self.sorting.column:
            self.sorting.sort("")
        if following != self.following:
            self.following = following
            self.followChanged.emit(following)
        if following:
            self._move_to(self.verticalScrollBar().maximum())
            self.viewport().update()

    def toggle_mark(self) -> None:
        """Mark the selected message, or take its mark away."""
        if self.current is not None:
            self.marks ^= {self.current}
            self.viewport().update()

    def forget_cells(self) -> None:
        """Read the rows in view again: names or decoders may have changed."""
        self._painter.forget()
        self.viewport().update()

    def column_at(self, where: QPoint) -> Column | None:
        """The column at a global position."""
        index = self.header.logicalIndexAt(self.viewport().mapFromGlobal(where).x())
        return self.header.columns[index] if 0 <= index < len(self.header.columns) else None

    def row_height(self) -> int:
        """Pixels per row."""
        return self._painter.row_height

    def cell_texts(self, n: int) -> list[str]:
        """What the row of message `n` says, column by column."""
        return [cell.text for cell in self._painter.cells(n) or ()]

    def visible_numbers(self) -> list[int]:
        """The numbers of the messages in view, from top to bottom."""
        first = self.verticalScrollBar().value()
        return [self.rows.n(place) for place in range(first, min(first + self._lines(), len(self.rows)))]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows in view."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme().colour("panel"))
        if not len(self.rows):
            painter.setPen(theme().colour("muted"))
            painter.setFont(self._painter.font)
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self.empty_text)
            return
        height, width = self._painter.row_height, self.viewport().width()
        first = self.verticalScrollBar().value()
        self._painted_top = self._top()
        for line in range(min(self._lines() + 1, len(self.rows) - first)):
            n = self.rows.n(first + line)
            self._painter.paint(painter, self.header, n, QRect(0, line * height, width, height), self._state(n))

    def _state(self, n: int) -> RowState:
        rule = self.colouring.rule(n) if self.colouring.active else None
        paint = PAINTS[rule.colour] if rule is not None else None
        return RowState(n == self.current, n == self.second, n in self.marks, self.hasFocus(), paint)

    def _paint_soon(self) -> None:
        """Rows came: paint them when their colours are known, so that they don't flicker; or after a moment anyway."""
        if self.colouring.ask(self.visible_numbers()):
            self.viewport().update()
        elif not self._late.isActive():
            self._late.start(LATEST_MS)

    # Input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the message under the mouse."""
        n = self._n_at(event.position().toPoint())
        if n is None:
            return
        if event.button() == Qt.MouseButton.LeftButton and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.choose_second(n if n not in (self.current, self.second) else None)
        elif event.button() == Qt.MouseButton.RightButton and n == self.second:
            return
        elif event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self.select(n, reveal=False)
            if event.button() == Qt.MouseButton.LeftButton:
                self.clicked.emit(n)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Activate the message under the mouse."""
        n = self._n_at(event.position().toPoint())
        if n is not None:
            self.activated.emit(n)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell what a cell says that has no room for it, and by which rule its row is coloured."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos()), self.viewport())
            return True
        return super().viewportEvent(event)

    def tip_at(self, point: QPoint) -> str:
        """What to tell of the cell at a point of the viewport, without markup."""
        n, index = self._n_at(point), self.header.logicalIndexAt(point.x())
        if n is None or index < 0:
            return ""
        rule = self.colouring.rule(n)
        text = self._painter.cut_text(self.header, n, index)
        colour = f"Coloured by the rule “{rule.name}”: {rule.filter}" if rule is not None else ""
        return "\n".join(filter(None, (text, colour))).replace("<", "‹")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the selected message."""
        if self.current is not None:
            self.menuRequested.emit(self.current, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the selection; End follows the newest message again."""
        key = Qt.Key(event.key())
        page = max(1, self._lines() - 1)
        steps = {**STEPS, Qt.Key.Key_PageUp: -page, Qt.Key.Key_PageDown: page}
        if key == Qt.Key.Key_End and self.sorting.column and len(self.rows):
            self.select(self.rows.n(len(self.rows) - 1))
        elif key == Qt.Key.Key_End:
            self.set_following(True)
        elif key == Qt.Key.Key_Home and len(self.rows):
            self.select(self.rows.n(0))
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

    def _n_at(self, point: QPoint) -> int | None:
        place = self.verticalScrollBar().value() + point.y() // self._painter.row_height
        return self.rows.n(place) if 0 <= place < len(self.rows) else None

    # Order

    def _sort_clicked(self, index: int) -> None:
        """Up, down, and back to the order of arrival."""
        field = self.header.columns[index].field
        if not sortable(field):
            self.unsorted.emit(self.header.columns[index].title)
        elif self.sorting.column != field:
            self.sort(field, descending=field == "n")
        else:
            self.sort("" if self.sorting.descending or field == "n" else field, descending=not self.sorting.descending)

    def _arranged(self, first: bool) -> None:
        top = self._painted_top
        self._fit()
        if first and self.current is not None and self.current in self.rows:
            self._reveal(self.current)
        elif first and self.rows.arranged is not None:
            self._move_to(0)
        elif top is not None and self.verticalScrollBar().value():
            self._move_to(self.rows.place(top))
        self.viewport().update()

    def _say_order(self) -> None:
        self.header.say_order(self.sorting.column, descending=self.sorting.descending)

    # Geometry

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the header above the rows."""
        super().resizeEvent(event)
        self._fit()
        if self.following:
            self._move_to(self.verticalScrollBar().maximum())

    def sizeHint(self) -> QSize:
        """Wide enough for the columns."""
        return QSize(900, 300)

    def _restyle(self) -> None:
        self._painter.restyle()
        self._fit()
        self.viewport().update()

    def _top(self) -> int | None:
        place = self.verticalScrollBar().value()
        return self.rows.n(place) if place < len(self.rows) else None

    def _lines(self) -> int:
        return max(1, self.viewport().height() // self._painter.row_height)

    def _fit(self) -> None:
        """Give header and scroll bars the size that goes with the rows and columns."""
        height = self.header.sizeHint().height()
        self.setViewportMargins(0, height, 0, 0)
        width = self.viewport().width()
        self.header.setGeometry(0, 0, width, height)
        self.header.fit(width, self._painter.width)
        bar = self.verticalScrollBar()
        self._moving = True
        bar.setRange(0, max(0, len(self.rows) - self._lines()))
        bar.setPageStep(self._lines())
        self._moving = False
        self.horizontalScrollBar().setRange(0, max(0, self.header.length() - width))
        self.horizontalScrollBar().setPageStep(width)
        self.horizontalScrollBar().setSingleStep(self._painter.row_height)

    def _sections_changed(self) -> None:
        self._fit()
        self.viewport().update()

    def _reveal(self, n: int) -> None:
        top, lines = self.verticalScrollBar().value(), self._lines()
        below = self.rows.place(n) - top
        if below in (-1, lines):
            self._move_to(top + (below if below < 0 else 1))  # one step: the view moves by one row
        elif not 0 <= below < lines:
            self._move_to(self.rows.place(n) - lines // 2)

    def _move_to(self, place: int) -> None:
        self._moving = True
        self.verticalScrollBar().setValue(place)
        self._moving = False

    def _scrolled(self, value: int) -> None:
        if not self._moving:
            self.set_following(value >= self.verticalScrollBar().maximum() and not self.sorting.column)
        self.viewport().update()

    def _moved_sideways(self, value: int) -> None:
        self.header.setOffset(value)
        self.viewport().update()
