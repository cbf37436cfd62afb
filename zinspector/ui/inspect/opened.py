"""Since when each socket is open: what came before was received by another one, which nobody can reply from now."""

from __future__ import annotations

from PySide6.QtCore import QObject

from zinspector.runtime.commands import OpenSocket
from zinspector.runtime.plan import plan
from zinspector.topology.document import Document
from zinspector.ui.workspace import Workspace


class Opened(QObject):
    """Remembers the number of the first row that can be of the socket that is open now."""

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._run = 0
        self._rebuilt: dict[str, int] = {}
        workspace.runningChanged.connect(self._run_changed)
        workspace.documentChanged.connect(self._document_changed)

    def since(self, node_id: str) -> int:
        """The number of the first row that can be of the socket of a node."""
        return self._rebuilt.get(node_id, self._run)

    def _run_changed(self, running: bool) -> None:
        if running:
            self._run = self._workspace.store.next_n
            self._rebuilt.clear()

    def _document_changed(self, before: Document, after: Document) -> None:
        if self._workspace.running:
            opens = [step.socket for step in plan(before, after) if isinstance(step, OpenSocket)]
            self._rebuilt |= dict.fromkeys(opens, self._workspace.store.next_n)
