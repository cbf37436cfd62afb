"""The tree of one message: its frames, and under each the values that its decoder found.

Items are made when somebody opens them, at most `CHUNK` at a time; the last one then says how many more there are and
brings the next when it is activated. So a message of a million frames opens like any other. Text is plain and short:
payloads are hostile.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTreeWidget, QTreeWidgetItem, QWidget

from zinspector.decode.api import Decoded, Value, visible
from zinspector.ui.theme import mono_font, switch, theme, ui_font

CHUNK = 250
OPENED = 200  # values that are made at once, without being asked for
OPEN_CHILDREN = 12  # a container with more stays closed
NAME_CHARS = 120
TEXT_CHARS = 600
PARTS = Qt.ItemDataRole.UserRole
Parts = list[tuple[str, str]]  # (text, colour role), painted one after the other
Index = QModelIndex | QPersistentModelIndex


class Item(QTreeWidgetItem):
    """A frame, a value or a remark: where its bytes are, and what is below it."""

    def __init__(self, name: str, text: str, frame: int, start: int = 0, end: int = 0) -> None:
        super().__init__([name, text])
        self.frame = frame
        self.start, self.end = start, end
        self.full = text  # uncut, for copying
        self.name = ""  # of a value: as its decoder gave it
        self.notes = 0
        self.values: tuple[Value, ...] = ()
        self.make: Callable[[], None] | None = None

    def path(self) -> list[str]:
        """The names of the values on the way here, from the frame on."""
        names: list[str] = []
        item: QTreeWidgetItem | None = self
        while isinstance(item, Item) and item.name:
            names.append(item.name)
            item = item.parent()
        return names[::-1]

    def make_later(self, make: Callable[[], None]) -> None:
        """Show that there is something below, and make it when it is opened."""
        self.make = make
        self.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)


class More(QTreeWidgetItem):
    """Stands for the siblings from `start` on, which have not been made yet."""

    def __init__(self, make: Callable[[int], QTreeWidgetItem], start: int, total: int) -> None:
        super().__init__([f"… {total - start:,} more", ""])
        self.make_one, self.start, self.total = make, start, total
        self.setForeground(0, theme().colour("accent"))


class FrameTree(QTreeWidget):
    """Frames and values of a message.

    Signals:
        rangeSelected(int, int, int): frame and byte range [start, end) of the item that was selected.
    """

    rangeSelected = Signal(int, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = OPENED
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setFont(mono_font())
        self.setAccessibleName("Frames and decoded values")
        self.setItemDelegate(FramePainter(self))
        self.itemExpanded.connect(self._open)
        self.itemActivated.connect(self._bring_more)
        self.itemClicked.connect(self._bring_more)
        self.currentItemChanged.connect(self._selected)
        switch().changed.connect(self._restyle)

    def fill(self, count: int, frame: Callable[[int], Item]) -> None:
        """Show `count` frames; `frame` makes the item of one."""
        self.clear()
        self._room = OPENED
        self._add(self.invisibleRootItem(), frame, 0, count)

    def show_decoded(self, item: Item, decoded: Decoded) -> None:
        """Put the notes and values of a decoder under the item of a frame."""
        for note in decoded.notes:
            self.add_note(item, note)
        self._fill_values(item, decoded.tree)

    def add_note(self, item: Item, text: str) -> None:
        """Put a remark under the item of a frame."""
        note = Item("note", visible(text, TEXT_CHARS), item.frame)
        for column in (0, 1):
            note.setForeground(column, theme().colour("warn"))
        item.insertChild(item.notes, note)
        item.notes += 1

    def frame_item(self, frame: int) -> Item | None:
        """The item of a frame, if it has been made."""
        item = self.topLevelItem(frame)
        return item if isinstance(item, Item) else None

    def select_byte(self, frame: int, offset: int) -> None:
        """Select the deepest value that was read from a byte."""
        deepest = self.frame_item(frame)
        inner = deepest
        while inner is not None:
            deepest = inner
            inner = self._child_at(inner, offset)
        if deepest is not None:
            self.setCurrentItem(deepest)
            self.scrollToItem(deepest)

    def fit_names(self) -> None:
        """Give the names the room they need, but not more than half."""
        self.resizeColumnToContents(0)
        self.setColumnWidth(0, min(self.columnWidth(0) + 10, self.viewport().width() // 2))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies the value."""
        item = self.currentItem()
        if event.matches(QKeySequence.StandardKey.Copy) and isinstance(item, Item):
            QGuiApplication.clipboard().setText(item.full or item.text(0))
        else:
            super().keyPressEvent(event)

    # Making items

    def _fill_values(self, item: Item, values: tuple[Value, ...]) -> None:
        item.values = values
        self._add(item, lambda index: self._value(item.frame, values[index]), 0, len(values))
        for place in range(item.notes, min(item.childCount(), item.notes + OPEN_CHILDREN)):
            child = item.child(place)
            if isinstance(child, Item) and 0 < len(child.values) <= min(OPEN_CHILDREN, self._room):
                self._room -= len(child.values)
                self.expandItem(child)

    def _value(self, frame: int, value: Value) -> Item:
        item = Item(visible(value.name, NAME_CHARS), visible(value.text, TEXT_CHARS), frame, value.start, value.end)
        item.full, item.name = value.text, value.name
        item.setForeground(0, theme().colour("accent"))
        item.setForeground(1, theme().value(value.kind))
        if value.children:
            item.values = value.children
            item.make_later(lambda: self._fill_values(item, value.children))
        return item

    def _add(self, parent: QTreeWidgetItem, make: Callable[[int], QTreeWidgetItem], start: int, total: int) -> None:
        end = min(total, start + CHUNK)
        made = [make(index) for index in range(start, end)]
        parent.addChildren([*made, More(make, end, total)] if end < total else made)
        if parent is self.invisibleRootItem():
            for item in made:
                item.setFirstColumnSpanned(True)

    def _open(self, item: QTreeWidgetItem) -> None:
        if isinstance(item, Item) and item.make is not None:
            make, item.make = item.make, None
            make()

    def _bring_more(self, item: QTreeWidgetItem) -> None:
        if isinstance(item, More):
            parent = item.parent() or self.invisibleRootItem()
            parent.removeChild(item)
            self._add(parent, item.make_one, item.start, item.total)

    def _child_at(self, item: Item, offset: int) -> Item | None:
        self._open(item)
        index = _index_at(item.values, offset)
        if index is None:
            return None
        while (
            isinstance(last := item.child(item.childCount() - 1), More) and item.notes + index >= item.childCount() - 1
        ):
            self._bring_more(last)
        child = item.child(item.notes + index)
        return child if isinstance(child, Item) else None

    def _selected(self, item: QTreeWidgetItem | None) -> None:
        if isinstance(item, Item):
            self.rangeSelected.emit(item.frame, item.start, item.end)

    def _restyle(self) -> None:
        self.setFont(mono_font())


class FramePainter(QStyledItemDelegate):
    """Paints the row of a frame as parts in different colours; values are painted as usual."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell."""
        super().paint(painter, option, index)
        parts: Parts | None = index.data(PARTS)
        if not parts:
            return
        painter.save()
        left, right = option.rect.left() + 4, option.rect.right()
        for text, role in parts:
            font = mono_font() if role == "data" else ui_font()
            metrics = QFontMetrics(font)
            painter.setFont(font)
            painter.setPen(theme().colour("pipeline" if role == "data" else role))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, right - left))
            room = QRect(left, option.rect.top(), max(0, right - left), option.rect.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
            left += metrics.horizontalAdvance(shown) + metrics.horizontalAdvance(" ")
        painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Leave the text of a frame to `paint`."""
        super().initStyleOption(option, index)
        if index.data(PARTS):
            option.text = ""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """A frame's row spans both columns and asks for no width of its own."""
        hint = super().sizeHint(option, index)
        return QSize(0, hint.height()) if index.data(PARTS) else hint


def frame_item(frame: int, end: int, parts: Parts) -> Item:
    """The item of a frame with `end` kept bytes, which says `parts`."""
    item = Item(" ".join(text for text, _ in parts), "", frame, 0, end)
    item.setData(0, PARTS, parts)
    return item


def _index_at(values: tuple[Value, ...], offset: int) -> int | None:
    """Which of the values was read from a byte; one without a place of its own has those of its children."""
    for index, value in enumerate(values):
        if value.start <= offset < value.end:
            return index
        if value.start == value.end and value.children and _index_at(value.children, offset) is not None:
            return index
    return None
