"""The table with the answer of a query: sorts at a click on a header, copies what is selected, leads to messages."""

from __future__ import annotations

import pyarrow as pa
from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from zinspector.ui.query.cells import as_tsv
from zinspector.ui.query.model import ResultModel
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
        self.setModel(self.found)
        self.setAccessibleName("Result")
        self.setSortingEnabled(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
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
        chosen = self.selectionModel().selectedIndexes() or [self.currentIndex()]
        chosen = [index for index in chosen if index.isValid()]
        if not chosen:
            return
        header = self.horizontalHeader()
        wanted = range(self.found.columnCount()) if rows else {index.column() for index in chosen}
        columns = sorted(wanted, key=header.visualIndex)
        values = self.found.chosen(sorted({index.row() for index in chosen}), columns)
        names = [self.found.table.column_names[column] for column in columns] if rows else []
        QGuiApplication.clipboard().setText(as_tsv(names, values))

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
