"""The Events tab: a timeline of what happened to connections, in sentences.

What the monitors of drawn sockets told, and what taps saw on the wire: handshakes, subscriptions, heartbeats, ends. A
click goes to the row among the messages, where its bytes can be seen.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from zinspector.ui.chip import Chip
from zinspector.ui.inspect.columns import EVENT_COLUMNS, TROUBLE
from zinspector.ui.inspect.follow_button import FollowButton
from zinspector.ui.inspect.rows import Rows, Scope
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.taps import words
from zinspector.ui.workspace import Workspace

KINDS = frozenset({"event", "handshake", "command"})
GROUPS = {
    "Connections": ("connections", "Opened, accepted, refused, closed, tried again"),
    "Handshakes": ("handshakes", "Greetings, READY, what failed or stalled, what is not ZeroMQ"),
    "Subscriptions": ("subscriptions", "SUBSCRIBE, CANCEL, JOIN, LEAVE"),
    "Heartbeats": ("heartbeats", "PING and PONG"),
    "Others": ("others", "Gaps in a capture, inspection that stopped, unknown commands"),
}
EMPTY = "Connections, handshakes and subscriptions appear here while a topology or a tap runs (Ctrl+E, Ctrl+K)"
EMPTY_TROUBLE = "No trouble so far"
EMPTY_GROUPS = "Nothing of the chosen kinds has happened"


class EventsPanel(QWidget):
    """A table of events.

    Signals:
        rowRequested(int): the user wants to see the row with this number among the messages.
        followRequested(object): show only the rows of this Connection.
    """

    rowRequested = Signal(int)
    followRequested = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.table = MessageTable(workspace, Rows(workspace.store, Scope(KINDS)), EVENT_COLUMNS)
        self.table.setAccessibleName("Events")
        self.table.say_empty(EMPTY)
        self.groups = {name: Chip(name, f"Show: {tip}", checked=True) for name, (_, tip) in GROUPS.items()}
        self.trouble = Chip("▲ Only trouble", "Show only what failed, was lost or is tried again")
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 6)
        bar.setSpacing(4)
        for chip in self.groups.values():
            bar.addWidget(chip)
            chip.toggled.connect(self._changed)
        bar.addSpacing(8)
        bar.addWidget(self.trouble)
        bar.addStretch(1)
        bar.addWidget(FollowButton(self.table))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        self.trouble.toggled.connect(self._changed)
        workspace.ticked.connect(self.table.look)
        self.table.clicked.connect(self.rowRequested)
        self.table.activated.connect(self._activated)
        self.table.menuRequested.connect(self._open_menu)

    def _changed(self) -> None:
        chosen = [group for name, (group, _) in GROUPS.items() if self.groups[name].isChecked()]
        every = len(chosen) == len(GROUPS)
        trouble = self.trouble.isChecked()
        self.table.say_empty(EMPTY_TROUBLE if trouble else EMPTY if every else EMPTY_GROUPS)
        self.table.set_scope(
            Scope(
                KINDS,
                naming=frozenset(TROUBLE) if trouble else frozenset(),
                groups=frozenset() if every else frozenset(chosen or ["none"]),
            )
        )

    def _activated(self, n: int) -> None:
        self._select_node(n)
        self.rowRequested.emit(n)

    def _select_node(self, n: int) -> None:
        message = self.workspace.store.row(n)
        if message is not None:
            self.workspace.select([message.node])

    def _open_menu(self, n: int, where: QPoint) -> None:
        menu = self.menu(n)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(where)

    def menu(self, n: int) -> QMenu:
        """What can be done with an event."""
        menu = QMenu(self)
        menu.addAction("Show it among the messages", lambda: self.rowRequested.emit(n))
        menu.addAction("Show its node on the canvas", lambda: self._select_node(n))
        message = self.workspace.store.row(n)
        connection = self.workspace.taps.connection_of(message) if message is not None else None
        if connection is not None:
            title = words.title(connection).replace("&", "&&")
            menu.addAction(f"Follow {title}", lambda: self.followRequested.emit(connection))
        return menu
