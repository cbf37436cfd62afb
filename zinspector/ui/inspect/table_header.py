"""The header of a message table: titles to click (sort), drag (move), pull (resize) and right-click (choose columns).

The column that is wide takes what room the others leave. Widths that the user chose are kept; the others follow the
font.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QWidget

from zinspector.ui.inspect.columns import Column

LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEAST_WIDTH: Final = 24
SORTED: Final = {False: "▲", True: "▼"}


class TableHeader(QHeaderView):
    """Titles of columns.

    Signals:
        menuRequested(int, QPoint): a right click on a column (-1: beside all), with the global position.
        rearranged(): the user moved or resized a column.
    """

    menuRequested = Signal(int, QPoint)
    rearranged = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.columns: Sequence[Column] = ()
        self.chosen: dict[str, int] = {}
        """Widths that the user chose, by the key of the column."""
        self._titles = QStandardItemModel(self)
        self._fitting = False
        self.setModel(self._titles)
        self.setDefaultAlignment(LEFT)
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(LEAST_WIDTH)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.sectionResized.connect(self._resized)
        self.sectionMoved.connect(self._moved)

    def show_columns(self, columns: Sequence[Column], widths: Mapping[str, int]) -> None:
        """Show these, from left to right, with widths that the user chose before."""
        with QSignalBlocker(self):
            self._titles.clear()
            self._titles.setColumnCount(len(columns))
            self.columns, self.chosen = columns, dict(widths)
            self.say_order("", descending=False)
            for index, column in enumerate(columns):
                align = RIGHT if column.right else LEFT
                self._titles.setHeaderData(index, Qt.Orientation.Horizontal, align, Qt.ItemDataRole.TextAlignmentRole)

    def say_order(self, field: str, *, descending: bool) -> None:
        """Mark the column that the rows are sorted by."""
        for index, column in enumerate(self.columns):
            sign = f"  {SORTED[descending]}" if field and column.field == field else ""
            self._titles.setHeaderData(index, Qt.Orientation.Horizontal, column.title + sign)

    def shown_keys(self) -> list[str]:
        """The keys of the columns, from left to right."""
        return [self.columns[self.logicalIndex(place)].key for place in range(self.count())]

    def fit(self, width: int, natural: Callable[[int], int]) -> None:
        """Give columns the width that the user chose or they like, and the wide one what is left of `width`."""
        if not self.columns:
            return
        self._fitting = True
        wide = self._wide()
        others = 0
        for index, column in enumerate(self.columns):
            if index != wide:
                self.resizeSection(index, self.chosen.get(column.key) or natural(index))
                others += self.sectionSize(index)
        self.resizeSection(wide, max(natural(wide), width - others))
        self._fitting = False

    def _wide(self) -> int:
        found = (index for index, column in enumerate(self.columns) if column.wide)
        return next(found, self.logicalIndex(self.count() - 1))

    def _resized(self, index: int, _: int, width: int) -> None:
        if not self._fitting:
            self.chosen[self.columns[index].key] = width
            self.rearranged.emit()

    def _moved(self) -> None:
        self.rearranged.emit()

    def _ask_menu(self, where: QPoint) -> None:
        self.menuRequested.emit(self.logicalIndexAt(where), self.viewport().mapToGlobal(where))
