"""The Events tab: what the sockets' monitors told, and commands such as SUBSCRIBE, in time order."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from zinspector.ui.inspect.columns import EVENT_COLUMNS, TROUBLE
from zinspector.ui.inspect.follow_button import FollowButton
from zinspector.ui.inspect.rows import Rows, Scope
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.workspace import Workspace

KINDS = frozenset({"event", "handshake", "command"})
EMPTY = "Connections, handshakes and subscriptions appear here while a topology runs (Ctrl+E)"
EMPTY_TROUBLE = "No trouble so far"


class EventsPanel(QWidget):
    """A table of events. Enter or a double click selects the node on the canvas."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.table = MessageTable(workspace, Rows(workspace.store, Scope(KINDS)), EVENT_COLUMNS)
        self.table.setAccessibleName("Events")
        self.table.empty_text = EMPTY
        self.trouble = QPushButton("▲ Only trouble")
        self.trouble.setCheckable(True)
        self.trouble.setToolTip("Show only what failed, was lost or is tried again")
        self.trouble.toggled.connect(self._show_trouble)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 6)
        bar.addWidget(self.trouble)
        bar.addStretch(1)
        bar.addWidget(FollowButton(self.table))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.table, 1)
        self.setFocusProxy(self.table)
        workspace.ticked.connect(self.table.refresh)
        self.table.activated.connect(self._select_node)

    def _show_trouble(self, only: bool) -> None:
        self.table.empty_text = EMPTY_TROUBLE if only else EMPTY
        self.table.set_scope(Scope(KINDS, naming=frozenset(TROUBLE) if only else frozenset()))

    def _select_node(self, n: int) -> None:
        message = self.workspace.store.row(n)
        if message is not None:
            self.workspace.select([message.node])
