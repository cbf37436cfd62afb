"""The answer of a query for a table view: sorted by an index array, cells made only when they are painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from zinspector.ui.query.cells import cell_text, is_moment, is_numeric, value_at, values_of

Index = QModelIndex | QPersistentModelIndex
Order = npt.NDArray[np.int64]
NOWHERE = QModelIndex()


class ResultModel(QAbstractTableModel):
    """Rows and columns of an Arrow table."""

    def __init__(self) -> None:
        super().__init__()
        self.table: pa.Table = pa.table({})
        self._order: Order = np.zeros(0, np.int64)

    def show_table(self, table: pa.Table) -> None:
        """Show another answer, in its own order."""
        self.beginResetModel()
        self.table = table.combine_chunks()
        self._order = np.arange(table.num_rows)
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Rows of the answer."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """Columns of the answer."""
        return 0 if parent.isValid() else int(self.table.num_columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text, and on which side it stands."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = cell_text(self.value(index.row(), index.column()))
            return text if role == Qt.ItemDataRole.DisplayRole or len(text) > 30 else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self.numeric(index.column()) else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Names of columns; numbers of rows."""
        if role == Qt.ItemDataRole.DisplayRole:
            if orientation == Qt.Orientation.Vertical:
                return f"{section + 1:,}"
            return cell_text(self.table.column_names[section])
        if role == Qt.ItemDataRole.ToolTipRole and orientation == Qt.Orientation.Horizontal:
            hint = ": double-click a number to see that message" if self.names_rows(section) else ""
            return f"{cell_text(self.table.column_names[section])} ({self.table.schema.types[section]}){hint}"
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, what is missing last; -1 takes the order of the answer."""
        self.layoutAboutToBeChanged.emit()
        if 0 <= column < self.table.num_columns:
            direction = "ascending" if order == Qt.SortOrder.AscendingOrder else "descending"
            self._order = sorted_order(self.table.column(column), direction)
        else:
            self._order = np.arange(self.table.num_rows)
        self.layoutChanged.emit()

    def value(self, row: int, column: int) -> object:
        """The value in a cell."""
        return value_at(self.table.column(column), int(self._order[row]))

    def numeric(self, column: int) -> bool:
        """Whether a column holds numbers."""
        return is_numeric(self.table.schema.types[column])

    def names_rows(self, column: int) -> bool:
        """Whether the values of a column are numbers of messages."""
        name: str = self.table.column_names[column]
        return name == "n" and pa.types.is_integer(self.table.schema.types[column]) is True

    def part(self, rows: Order, columns: Sequence[int]) -> Callable[[], pa.Table]:
        """What gives these rows, as they are sorted now; any thread may ask, and wait."""
        table, places = self.table.select(list(columns)), self._order[rows]
        return lambda: table.take(pa.array(places))

    def sorted_table(self) -> pa.Table:
        """All of it, as it is sorted."""
        return self.table.take(pa.array(self._order))


def sorted_order(column: pa.ChunkedArray, direction: str) -> Order:
    """The places of the values in ascending or descending order; lists and the like are sorted by their text."""
    values = column
    kind = column.type
    if pa.types.is_dictionary(kind):
        values = column.cast(kind.value_type)
    elif not (is_numeric(kind) or is_moment(kind) or pa.types.is_string(kind) or pa.types.is_boolean(kind)):
        values = pa.chunked_array([pa.array([cell_text(value) for value in values_of(column)], pa.utf8())])
    order: Order = pc.sort_indices(pa.table({"v": values}), sort_keys=[("v", direction)]).to_numpy().astype(np.int64)
    return order
