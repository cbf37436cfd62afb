"""The Messages tab: what to show, the table, and the selected message beside it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from zinspector.decode.api import visible
from zinspector.ui.inspect.columns import MESSAGE_COLUMNS
from zinspector.ui.inspect.detail import MessageDetail
from zinspector.ui.inspect.finder import find
from zinspector.ui.inspect.message_menu import message_menu
from zinspector.ui.inspect.rows import Rows, Scope
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.workspace import Workspace

KINDS = {
    "Messages and commands": frozenset({"message", "command", "handshake"}),
    "Messages only": frozenset({"message"}),
    "Commands only": frozenset({"command", "handshake"}),
    "Everything": frozenset[str](),
}
EMPTY = "No messages yet. Press Run (Ctrl+E), or send one by hand (Send tab)."
EMPTY_SCOPE = "Nothing in this scope. Press “Show all” to see the other messages."


class MessagesPanel(QWidget):
    """Table and detail with their bar of controls.

    Signals:
        sendAgain(object): the user wants to edit and send this Message again.
        decodeRequested(object, int): choose a decoder for a frame of this Message.
    """

    sendAgain = Signal(object)
    decodeRequested = Signal(object, int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.paused = False
        self._search: Iterator[int | None] | None = None
        rows = Rows(workspace.store, Scope(KINDS["Messages and commands"]))
        self.table = MessageTable(workspace, rows, MESSAGE_COLUMNS)
        self.table.setAccessibleName("Messages")
        self.table.empty_text = EMPTY
        self.detail = MessageDetail(workspace)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.table)
        splitter.addWidget(self.detail)
        splitter.setStretchFactor(0, 5)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes([1000, 390])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._make_bar())
        layout.addWidget(splitter, 1)
        self._stepper = QTimer(self, interval=0)
        self._stepper.timeout.connect(self._search_on)
        workspace.ticked.connect(self.refresh)
        workspace.selectionChanged.connect(self._selection_changed)
        self.table.currentChanged.connect(self._show_current)
        self.table.followChanged.connect(self.follow_button.setChecked)
        self.table.menuRequested.connect(self._open_menu)

    @property
    def displayed(self) -> int:
        """Rows in the present scope."""
        return len(self.table.rows)

    def refresh(self) -> None:
        """Take in what is new, unless paused."""
        if not self.paused:
            self.table.refresh()

    def select(self, n: int) -> None:
        """Select a message by its number."""
        self.refresh()
        self.table.select(n)

    def set_scope(self, *, items: frozenset[str] = frozenset(), topic: str | None = None) -> None:
        """Show only what these nodes and links saw, or one topic; nothing given shows all."""
        scope = Scope(KINDS[self.kinds.currentText()], items, topic)
        self.table.rows.set_scope(scope)
        self.table.empty_text = EMPTY_SCOPE if items or topic is not None else EMPTY
        names = [self._title(item) for item in sorted(items)]
        what = ", ".join(names) if names else f"topic {visible(topic, 40)}" if topic is not None else ""
        self.scope_label.setText(f"Only {what}" if what else "")
        self.show_all.setVisible(bool(what))
        self.table.show_all_anew()

    def start_search(self) -> None:
        """Put the cursor into the search line (Ctrl+F)."""
        self.search.setFocus()
        self.search.selectAll()

    def find_next(self, step: int = 1) -> None:
        """Search on, downwards or upwards."""
        wanted = self.search.text().encode()
        if wanted:
            self.found.setText("searching…")
            self._search = find(self.workspace.store, self.table.rows, wanted, self.table.current, step)
            self._stepper.start()

    def go_to(self) -> None:
        """Ask for a message number and select it (Ctrl+G)."""
        dialog = QInputDialog(self)
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setLabelText("Go to message number")
        store = self.workspace.store
        dialog.setIntRange(store.first_n, max(store.first_n, store.next_n - 1))
        dialog.intValueSelected.connect(self.table.select)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def toggle_mark(self) -> None:
        """Mark the selected message, or take its mark away (Ctrl+M)."""
        if self.table.current is not None:
            self.table.marks ^= {self.table.current}
            self.table.viewport().update()

    def _make_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 6)
        bar.setSpacing(8)
        self.search = QLineEdit()
        self.search.setPlaceholderText(
            "Find text in payloads (Ctrl+F) · Enter finds the next, Shift+Enter the previous"
        )
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find text in payloads")
        self.search.returnPressed.connect(self.find_next)
        QShortcut(QKeySequence("Shift+Return"), self.search, lambda: self.find_next(-1)).setContext(
            Qt.ShortcutContext.WidgetShortcut
        )
        self.search.textChanged.connect(self._stop_search)
        self.found = QLabel()
        self.found.setProperty("role", "muted")
        self.kinds = QComboBox()
        self.kinds.addItems(list(KINDS))
        self.kinds.setToolTip("Which kinds of rows to show")
        self.kinds.setAccessibleName("Kinds of rows")
        self.kinds.currentTextChanged.connect(self._kinds_changed)
        self.scope_label = QLabel()
        self.scope_label.setTextFormat(Qt.TextFormat.PlainText)
        self.scope_label.setMaximumWidth(260)
        self.show_all = QPushButton("Show all")
        self.show_all.hide()
        self.show_all.clicked.connect(lambda: self.set_scope())
        self.only_selected = QPushButton("Follow selection")
        self.only_selected.setCheckable(True)
        self.only_selected.setToolTip("Show only messages of the nodes and links selected on the canvas")
        self.only_selected.toggled.connect(lambda _: self._selection_changed(self.workspace.selection))
        self.pause = QPushButton("Pause")
        self.pause.setCheckable(True)
        self.pause.setToolTip("Hold this table still; capturing goes on")
        self.pause.toggled.connect(self._set_paused)
        self.follow_button = QPushButton("Auto-scroll ✓")
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.follow_button.setToolTip("Keep the newest message in view (End)")
        self.follow_button.toggled.connect(self._follow_toggled)
        bar.addWidget(self.search, 1)
        for widget in (self.found, self.kinds, self.scope_label, self.show_all):
            bar.addWidget(widget)
        for button in (self.only_selected, self.pause, self.follow_button):
            bar.addWidget(button)
        return bar

    def _title(self, item: str) -> str:
        document = self.workspace.document
        node, link = document.node(item), document.link(item)
        if node is not None:
            return visible(node.title, 40)
        return f"{self._title(link.source)} → {self._title(link.target)}" if link is not None else item

    def _kinds_changed(self) -> None:
        scope = self.table.rows.scope
        self.set_scope(items=scope.items, topic=scope.topic)

    def _selection_changed(self, selection: frozenset[str]) -> None:
        if self.only_selected.isChecked():
            self.set_scope(items=selection)

    def _set_paused(self, paused: bool) -> None:
        self.paused = paused
        self.pause.setText("Paused" if paused else "Pause")
        self.refresh()

    def _follow_toggled(self, following: bool) -> None:
        self.follow_button.setText("Auto-scroll ✓" if following else "Auto-scroll")
        if following:
            self.table.select(None)
        self.table.set_following(following)

    def _show_current(self, n: int | None) -> None:
        self.detail.show_message(self.workspace.store.row(n) if n is not None else None)

    def _open_menu(self, n: int, where: QPoint) -> None:
        message = self.workspace.store.row(n)
        if message is not None:
            menu = message_menu(self, message)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(where)

    def _stop_search(self) -> None:
        self._search = None
        self._stepper.stop()
        self.found.clear()

    def _search_on(self) -> None:
        found = next(self._search, -1) if self._search is not None else -1
        if found is None:
            return
        self._stop_search()
        if found == -1:
            self.found.setText("not found")
        else:
            self.table.select(found)
            self.found.setText(f"in {found:,}")
