"""The header of a message table: titles that can be moved and resized; the last column takes what room is left."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QWidget

from zinspector.ui.inspect.columns import Column

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def make_header(parent: QWidget, columns: Sequence[Column]) -> QHeaderView:
    """A header for these columns."""
    model = QStandardItemModel(0, len(columns), parent)
    header = QHeaderView(Qt.Orientation.Horizontal, parent)
    header.setModel(model)
    header.setDefaultAlignment(LEFT)
    header.setSectionsMovable(True)
    header.setHighlightSections(False)
    header.setMinimumSectionSize(24)
    for index, column in enumerate(columns):
        model.setHeaderData(index, Qt.Orientation.Horizontal, column.title)
        align = RIGHT if column.right else LEFT
        model.setHeaderData(index, Qt.Orientation.Horizontal, align, Qt.ItemDataRole.TextAlignmentRole)
    return header


def fit_last(header: QHeaderView, width: int, least: int) -> None:
    """Give the last column the room that the others leave, and never less than `least`."""
    last = header.count() - 1
    others = header.length() - header.sectionSize(last)
    with QSignalBlocker(header):
        header.resizeSection(last, max(least, width - others))
