"""The table with the answer of a query: sorts at a click on a header, copies what is selected, leads to messages."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from PySide6.QtCore import QItemSelectionModel, QItemSelectionRange, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from zinspector.ui.query.copying import Copying
from zinspector.ui.query.model import Order, ResultModel
from zinspector.ui.theme import mono_font, switch

LEAST_WIDTH = 60
MOST_WIDTH = 360
SAMPLED = 200
PADDING = 28


class ResultTable(QTableView):
    """An answer.

    Signals:
        rowRequested(int): the user wants to see this message.
    """

    rowRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found = ResultModel()
        self.found.setParent(self)
        self.copying = Copying(self)
        self.setModel(self.found)
        self.setAccessibleName("Result")
        self.setSortingEnabled(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        # To paint its titles Qt asks of each column whether all of its rows are selected, row by row: seconds for many
        self.horizontalHeader().setSelectionModel(QItemSelectionModel(self.found, self))
        self.horizontalHeader().setSectionsMovable(True)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.customContextMenuRequested.connect(self._open_menu)
        self.doubleClicked.connect(self._follow)
        switch().changed.connect(self._restyle)
        self._restyle()

    def show_table(self, table: pa.Table) -> None:
        """Show another answer."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.found.show_table(table)
        metrics = self.fontMetrics()
        for column in range(table.num_columns):
            texts = [self.found.headerData(column, Qt.Orientation.Horizontal)]
            texts += [self.found.index(row, column).data() for row in range(min(SAMPLED, table.num_rows))]
            width = max(metrics.horizontalAdvance(str(text)) for text in texts) + PADDING
            self.setColumnWidth(column, min(MOST_WIDTH, max(LEAST_WIDTH, width)))
        if table.num_rows:
            self.setCurrentIndex(self.found.index(0, 0))
            self.clearSelection()

    def copy(self, *, rows: bool = False) -> None:
        """Put the selected cells, or with `rows` the rows that they are in with a head line, on the clipboard."""
        places, wanted = self._chosen()
        columns = sorted(range(self.found.columnCount()) if rows else wanted, key=self.horizontalHeader().visualIndex)
        if not len(places):
            return
        names = [self.found.table.column_names[column] for column in columns] if rows else []
        self.copying.copy(names, len(places) * len(columns), self.found.part(places, columns))

    def _chosen(self) -> tuple[Order, set[int]]:
        """The rows and the columns that something is selected in, or that the current cell is in."""
        current = self.currentIndex()
        selection = self.selectionModel().selection()
        ranges = [selection.at(place) for place in range(selection.size())]  # not the cells: there may be millions
        if not ranges and current.isValid():
            ranges = [QItemSelectionRange(current)]
        rows = [np.arange(one.top(), one.bottom() + 1) for one in ranges]
        columns = {column for one in ranges for column in range(one.left(), one.right() + 1)}
        return np.unique(np.concatenate(rows)) if rows else np.zeros(0, np.int64), columns

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies cells, Ctrl+Shift+C rows with their head; Enter on a number of a message goes there."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_C and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.copy(rows=True)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._follow(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def message_of(self, index: QModelIndex) -> int | None:
        """The number of the message that a cell names."""
        if not index.isValid() or not self.found.names_rows(index.column()):
            return None
        value = self.found.value(index.row(), index.column())
        return value if isinstance(value, int) else None

    def _follow(self, index: QModelIndex) -> None:
        n = self.message_of(index)
        if n is not None:
            self.rowRequested.emit(n)

    def _open_menu(self, where: QPoint) -> None:
        menu = QMenu(self)
        n = self.message_of(self.indexAt(where))
        if n is not None:
            menu.addAction(f"Go to message {n:,}\tEnter", lambda: self.rowRequested.emit(n))
            menu.addSeparator()
        menu.addAction("Copy cells\tCtrl+C", self.copy)
        menu.addAction("Copy rows with names\tCtrl+Shift+C", lambda: self.copy(rows=True))
        menu.addAction("Select all\tCtrl+A", self.selectAll)
        menu.addSeparator()
        menu.addAction("Order of the answer", lambda: self.sortByColumn(-1, Qt.SortOrder.AscendingOrder))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.viewport().mapToGlobal(where))

    def _restyle(self) -> None:
        self.setFont(mono_font())
        self.verticalHeader().setFont(mono_font(8))
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
