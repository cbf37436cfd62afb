"""Ctrl+P: one line that finds every command and every node.

Words are matched anywhere in the entry, in any order; the best match is on top. Up and Down choose, Enter runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

MOST_SHOWN = 60
ROW_PADDING = 14
WIDTH = 560


@dataclass(frozen=True)
class Entry:
    """One thing to find: what it is called, where it belongs, its shortcut, and what happens."""

    title: str
    group: str
    shortcut: str
    run: Callable[[], object]

    def rank(self, words: list[str]) -> int | None:
        """Lower is better; None: does not match."""
        text = f"{self.title} {self.group}".lower()
        if not all(word in text for word in words):
            return None
        title = self.title.lower()
        return sum(0 if title.startswith(word) else 1 if f" {word}" in title else 2 for word in words)


def action_entries(actions: Iterable[tuple[str, QAction]]) -> list[Entry]:
    """An entry for every enabled action of (group, action) pairs."""
    return [
        Entry(action.text().replace("&", ""), group, action.shortcut().toString(), action.trigger)
        for group, action in actions
        if action.isEnabled() and action.text()
    ]


class CommandPalette(QFrame):
    """The popup.

    Signals:
        closed(): the popup went away, whether or not something was chosen.
    """

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("command-palette")
        self.setProperty("role", "card")
        self._entries: list[Entry] = []
        self.line = QLineEdit(self)
        self.line.setPlaceholderText("Search nodes and commands")
        self.line.setAccessibleName("Search nodes and commands")
        self.list = QListWidget(self)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.line)
        layout.addWidget(self.list)
        self.line.textChanged.connect(self._filter)
        self.line.returnPressed.connect(self._run_current)
        self.list.itemClicked.connect(lambda _: self._run_current())
        self.line.installEventFilter(self)

    def open_with(self, entries: list[Entry]) -> None:
        """Show the popup at the top of the parent window, with these entries."""
        self._entries = entries
        self.line.clear()
        self._filter("")
        parent = self.parentWidget() or self
        width = min(WIDTH, parent.width() - 40)
        self.resize(width, min(460, parent.height() - 120))
        self.move(parent.mapToGlobal(QPoint((parent.width() - width) // 2, 56)))
        self.show()
        self.line.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down in the line move in the list."""
        if watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QEvent) -> None:
        """Tell that the popup is gone."""
        super().hideEvent(event)  # type: ignore[arg-type]  # Qt hands over a QHideEvent
        self.closed.emit()

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        ranked = [(rank, entry) for entry in self._entries if (rank := entry.rank(words)) is not None]
        ranked.sort(key=lambda pair: pair[0])  # entries of one rank stay in the order they came in
        self.list.clear()
        for _, entry in ranked[:MOST_SHOWN]:
            item = QListWidgetItem(self.list)
            item.setData(Qt.ItemDataRole.UserRole, entry)
            row = _row(entry)
            item.setSizeHint(QSize(0, self.fontMetrics().height() + ROW_PADDING))
            self.list.setItemWidget(item, row)
        if not ranked:
            item = QListWidgetItem("Nothing is called that", self.list)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.setCurrentRow(0)

    def _run_current(self) -> None:
        item = self.list.currentItem()
        entry = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if isinstance(entry, Entry):
            self.hide()
            entry.run()


def _row(entry: Entry) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(8, 0, 8, 0)
    title = QLabel(entry.title)
    title.setTextFormat(Qt.TextFormat.PlainText)
    group = QLabel(entry.group)
    group.setTextFormat(Qt.TextFormat.PlainText)
    group.setProperty("role", "muted")
    group.setMinimumWidth(0)
    group.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    shortcut = QLabel(entry.shortcut)
    shortcut.setProperty("role", "muted")
    layout.addWidget(title)
    layout.addWidget(group, 1)
    layout.addWidget(shortcut)
    return row
