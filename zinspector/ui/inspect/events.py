"""The Events tab: what the sockets' monitors told, and commands such as SUBSCRIBE, in time order."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from zinspector.ui.inspect.columns import EVENT_COLUMNS
from zinspector.ui.inspect.rows import Rows, Scope
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.workspace import Workspace

KINDS = frozenset({"event", "handshake", "command"})


class EventsPanel(QWidget):
    """A table of events. Double click selects the node on the canvas."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.table = MessageTable(workspace, Rows(workspace.store, Scope(KINDS)), EVENT_COLUMNS)
        self.table.setAccessibleName("Events")
        self.table.empty_text = "Connections, handshakes and subscriptions appear here while a topology runs (Ctrl+E)"
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        workspace.ticked.connect(self.table.refresh)
        self.table.activated.connect(self._select_node)

    def _select_node(self, n: int) -> None:
        message = self.workspace.store.row(n)
        if message is not None:
            self.workspace.select([message.node])
