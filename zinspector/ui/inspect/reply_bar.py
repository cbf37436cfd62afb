"""Above the composer of a REP, ROUTER or STREAM: the request that it received last, and a button to reply to it.

Only while the socket is open that received it: no other can reply.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from zinspector.topology.document import SocketNode
from zinspector.ui.inspect.columns import link_text, payload_text
from zinspector.ui.inspect.opened import Opened
from zinspector.ui.inspect.requests import ANSWERING, Request, Requests
from zinspector.ui.workspace import Workspace

PAYLOAD_CHARS = 120


class ReplyBar(QFrame):
    """The newest request of one socket.

    Signals:
        replyRequested(object): the user wants to reply to this Message.
    """

    replyRequested = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._workspace = workspace
        self._node: str | None = None
        self._requests: Requests | None = None
        self._opened = Opened(workspace, self)
        self.request: Request | None = None
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setMinimumWidth(100)
        self.button = QPushButton("Reply to it")
        self.button.setToolTip("Fill in the envelope that brings the reply to who asked")
        self.button.clicked.connect(self._reply)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 4, 4)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        self.hide()

    def watch(self, node_id: str | None) -> None:
        """Show the requests of another socket; those of a type that gets none hide this bar."""
        node = self._workspace.document.node(node_id) if node_id is not None else None
        answers = isinstance(node, SocketNode) and node.type in ANSWERING
        if not answers or node_id is None:
            self._node = self._requests = None
        elif node_id != self._node:
            self._node, self._requests = node_id, Requests(self._workspace.store, node_id)
        self.setVisible(answers)

    def refresh(self) -> None:
        """Look for a newer request."""
        if self._requests is None or self._node is None:
            return
        newest = self._requests.newest() if self._workspace.running else None
        mine = newest is not None and newest.message.n >= self._opened.since(self._node)
        self.request = newest if mine else None
        self.button.setEnabled(self.request is not None)
        self.text.setText(self._describe(self.request) if self.request is not None else "No request received yet")

    def _describe(self, request: Request) -> str:
        message = request.message
        payload = payload_text(message, self._workspace)
        shown = payload if len(payload) <= PAYLOAD_CHARS else f"{payload[:PAYLOAD_CHARS]}…"
        mood = "▲ waits for a reply" if request.waits else "● answered"
        return f"{mood}:  {message.n:,}  {link_text(message, self._workspace)}  {shown}"

    def _reply(self) -> None:
        if self.request is not None:
            self.replyRequested.emit(self.request.message)
