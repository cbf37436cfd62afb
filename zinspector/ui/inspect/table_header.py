"""The header of a message table: titles to click (sort), drag (move), pull (resize) and right-click (choose columns).

The column that is wide takes what room the others leave. Widths that the user chose are kept; the others follow the
font.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QWidget

from zinspector.capture.ordering import sortable
from zinspector.ui.inspect.columns import Column

LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
HAND: Final = Qt.CursorShape.PointingHandCursor
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
        self._marked: set[int] = set()  # the columns whose titles say how the rows are sorted
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
        self._marked = {index for index, column in enumerate(self.columns) if field and column.field == field}
        for index, column in enumerate(self.columns):
            sign = f"  {SORTED[descending]}" if index in self._marked else ""
            self._titles.setHeaderData(index, Qt.Orientation.Horizontal, column.title + sign)

    def orders(self, index: int) -> bool:
        """Whether a click on a column's title sorts the rows."""
        return index >= 0 and sortable(self.columns[index].field)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show a hand over titles that sort; the cursor between columns is Qt's."""
        if self.cursor().shape() == HAND:
            self.unsetCursor()
        super().mouseMoveEvent(event)
        index = self.logicalIndexAt(event.position().toPoint())
        if self.orders(index) and not self.testAttribute(Qt.WidgetAttribute.WA_SetCursor):
            self.setCursor(HAND)

    def shown_keys(self) -> list[str]:
        """The keys of the columns, from left to right."""
        return [self.columns[self.logicalIndex(place)].key for place in range(self.count())]

    def fit(self, width: int, natural: Callable[[int], int], least: Callable[[int], int]) -> None:
        """Give columns the width that the user chose or they like, and the wide one what is left of `width`.

        Where that is too little, columns that the user has not resized come nearer to their `least`.
        """
        if not self.columns:
            return
        self._fitting = True
        wide = self._wide()
        chosen = {i: self.chosen[column.key] for i, column in enumerate(self.columns) if column.key in self.chosen}
        chosen.pop(wide, None)
        least_of = {i: least(i) for i in range(len(self.columns))}
        for marked in self._marked:
            least_of[marked] = max(least_of[marked], self.sectionSizeFromContents(marked).width())
        widths = {i: chosen.get(i) or max(natural(i), least_of[i]) for i in range(len(self.columns))}
        lack = sum(widths.values()) - width
        if lack > 0:
            spare = {i: max(0, one - least_of[i]) for i, one in widths.items() if i not in chosen}
            part = min(1.0, lack / (sum(spare.values()) or 1))
            widths.update((i, widths[i] - round(part * one)) for i, one in spare.items())
        widths[wide] = max(widths[wide], width - sum(one for i, one in widths.items() if i != wide))
        for index, one in widths.items():
            self.resizeSection(index, one)
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
