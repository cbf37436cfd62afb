"""Search and add: a line and a list of node kinds, at the place where the node will be.

Typing filters, Up and Down choose, Enter places, Escape or a click elsewhere closes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from zinspector.ui.canvas.kinds import Kind
from zinspector.ui.theme import theme, ui_font

WIDTH, ROWS = 400, 7
CHOICE = Qt.ItemDataRole.UserRole
STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS}


@dataclass(frozen=True)
class Choice:
    """One line of the list: what it is called, a sentence about it, and the mark that colours it."""

    key: str
    title: str
    blurb: str
    mark: str
    rank: Callable[[list[str]], int | None]

    @classmethod
    def of_kind(cls, kind: Kind) -> Choice:
        """A kind of node to add."""
        return cls(kind.key, kind.title, kind.blurb, kind.mark, kind.matches)


class SearchAdd(QFrame):
    """The popup, a child of the canvas.

    Signals:
        chosen(str): the key of the choice that was taken.
        closed(): it went away.
    """

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setProperty("role", "card")
        self._choices: list[Choice] = []
        self.line = QLineEdit(self)
        self.line.setAccessibleName("Search for a node to add")
        self.list = QListWidget(self)
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Kinds of nodes")
        self.nothing = QLabel("Nothing is called that", self)
        self.nothing.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        for widget in (self.line, self.list, self.nothing):
            layout.addWidget(widget)
        self.line.textChanged.connect(self._filter)
        self.list.itemClicked.connect(lambda _: self._take())
        self.line.installEventFilter(self)
        self.hide()

    def open_with(self, choices: Iterable[Choice], at: QPoint, placeholder: str) -> None:
        """Show these choices at a place in the parent."""
        self._choices = list(choices)
        self.line.setPlaceholderText(placeholder)
        self.line.clear()
        self._filter("")
        row = self.list.sizeHintForRow(0)
        height = min(ROWS, max(1, len(self._choices))) * max(row, 30) + self.line.sizeHint().height() + 34
        room = self._canvas.rect()
        self.resize(min(WIDTH, room.width() - 16), min(height, room.height() - 16))
        x = max(8, min(at.x(), room.width() - self.width() - 8))
        y = max(8, min(at.y(), room.height() - self.height() - 8))
        self.move(x, y)
        self.show()
        self.raise_()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_quietly(self) -> None:
        """Close without a choice."""
        if self.isVisible():
            self.hide()
            self._canvas.setFocus()
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that move in the list, and what closes the popup."""
        if watched is not self.line:
            return False
        if event.type() == QEvent.Type.FocusOut and self.isVisible() and self.line.window().isActiveWindow():
            self.hide()
            self.closed.emit()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(Qt.Key(event.key()))
        # Escape must reach the line even where a shortcut of the window has it.
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return False

    def _key(self, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.close_quietly()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
            return True  # a line leaves Enter to its parent, and on the canvas it means something else
        if key in STEPS and self.list.count():
            step, last = STEPS[key], self.list.count() - 1
            row = self.list.currentRow() + step
            self.list.setCurrentRow(row % (last + 1) if abs(step) == 1 else max(0, min(row, last)))
            return True
        return False

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        ranked = [(rank, i) for i, choice in enumerate(self._choices) if (rank := choice.rank(words)) is not None]
        self.list.clear()
        for _, i in sorted(ranked):
            item = QListWidgetItem(self._choices[i].title, self.list)
            item.setData(CHOICE, self._choices[i])
        self.list.setCurrentRow(0)
        self.list.setVisible(bool(ranked))
        self.nothing.setVisible(not ranked)

    def _take(self) -> None:
        item = self.list.currentItem()
        choice = item.data(CHOICE) if item is not None else None
        if isinstance(choice, Choice):
            self.hide()
            self._canvas.setFocus()
            self.closed.emit()
            self.chosen.emit(choice.key)


class _Rows(QStyledItemDelegate):
    """A coloured stripe, the name, and its sentence in muted letters below."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines of text."""
        return QSize(100, 2 * QFontMetrics(ui_font()).height() + 10)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one choice."""
        choice, colours = index.data(CHOICE), theme()
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(rect, colours.colour("selection" if chosen else "raised"))
        painter.fillRect(QRect(rect.left(), rect.top() + 4, 3, rect.height() - 8), colours.pattern(choice.mark))
        text = rect.adjusted(12, 4, -8, -4)
        half = text.height() // 2
        lines = (
            (choice.title, ui_font(bold=True), "text", QRect(text.left(), text.top(), text.width(), half)),
            (
                choice.blurb,
                ui_font(),
                "text" if chosen else "muted",
                QRect(text.left(), text.top() + half, text.width(), half),
            ),
        )
        for words, font, role, place in lines:
            painter.setFont(font)
            painter.setPen(colours.colour(role))
            shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
