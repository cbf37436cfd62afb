"""The list of what a tap can be, at the left of the tap dialog: a title, and below it in a few words what it is."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from zinspector.ui.theme import theme, ui_font

WIDTH = 216
SIDE, ABOVE = 16, 8  # room around the words of an entry
KEY = Qt.ItemDataRole.UserRole
BLURB = Qt.ItemDataRole.ToolTipRole
FLAGS = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
Index = QModelIndex | QPersistentModelIndex


class KindList(QListWidget):
    """One entry a kind, known by its key."""

    def __init__(self, entries: Iterable[tuple[str, str, str]]) -> None:
        """`entries` are keys, titles and what to say below them."""
        super().__init__()
        self.setObjectName("tap-kinds")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Kinds of taps")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_TwoLines(self))
        for key, title, blurb in entries:
            item = QListWidgetItem(title, self)
            item.setData(KEY, key)
            item.setData(BLURB, blurb)

    def choose(self, key: str) -> None:
        """Go to an entry."""
        for row in range(self.count()):
            if self.item(row).data(KEY) == key:
                self.setCurrentRow(row)

    @property
    def chosen(self) -> str:
        """The key of the current entry; empty while there is none."""
        item = self.currentItem()
        return str(item.data(KEY)) if item is not None else ""


class _TwoLines(QStyledItemDelegate):
    """A title and, muted and wrapped, what it is."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The ground as the style has it, then the words."""
        self.initStyleOption(option, index)
        option.text = ""
        option.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        title, blurb = self._places(option.rect, index)
        painter.setFont(ui_font(bold=True))
        painter.setPen(theme().colour("text"))
        painter.drawText(title, FLAGS, index.data())
        painter.setFont(ui_font())
        painter.setPen(theme().colour("muted"))
        painter.drawText(blurb, FLAGS, index.data(BLURB))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As tall as the words are."""
        return QSize(0, self._places(QRect(0, 0, WIDTH, 0), index)[1].bottom() + ABOVE)

    def _places(self, room: QRect, index: Index) -> tuple[QRect, QRect]:
        width = WIDTH - 2 * SIDE
        title = QRect(room.left() + SIDE, room.top() + ABOVE, width, QFontMetrics(ui_font(bold=True)).height())
        space = QRect(0, 0, width, 10_000)
        blurb = QFontMetrics(ui_font()).boundingRect(space, FLAGS, index.data(BLURB))
        return title, QRect(title.left(), title.bottom() + 2, width, blurb.height())
