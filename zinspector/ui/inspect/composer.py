"""The Send tab: compose a message of several frames and send it from one of the drawn sockets.

A REP or ROUTER shows the request that it received last; replying to it fills in the envelope. What was sent is kept
and comes back with Alt+Up. Ctrl+Enter sends.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from zinspector.capture.message import Message
from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.tasks import spawn
from zinspector.topology.document import SocketNode
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.inspect.frame_editor import FrameEditor
from zinspector.ui.inspect.frame_list import FrameList
from zinspector.ui.inspect.frame_text import FrameError, editable
from zinspector.ui.inspect.reply_bar import ReplyBar
from zinspector.ui.inspect.requests import content, reply_head
from zinspector.ui.inspect.sent import Sent
from zinspector.ui.quiet_box import QuietBox
from zinspector.ui.workspace import Workspace

HINT = "Ctrl+Enter sends · Alt+Up recalls what was sent"
TURNS = {
    ("REP", "send"): "a request waits for its reply",
    ("REP", "receive"): "waits for a request",
    ("REQ", "send"): "may send a request",
    ("REQ", "receive"): "can't send before its reply is there",
}


class Composer(QWidget):
    """Composes and sends messages.

    Signals:
        sent(): a message was handed to libzmq.
    """

    sent = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.list = FrameList()
        self.node = QuietBox()
        self.node.setMinimumContentsLength(24)
        self.node.setAccessibleName("Send from")
        self.state = _label("muted")
        self.reply_bar = ReplyBar(workspace)
        self.total = _label("muted")
        self.outcome = _label("muted")
        self.outcome.setWordWrap(True)
        self.outcome.setText(HINT)
        self.send_button = QPushButton("Send")
        self.send_button.setToolTip("Send the message (Ctrl+Enter)")
        self._history = Sent()
        self._lay_out()
        self._bind_keys()
        workspace.documentChanged.connect(self._fill_nodes)
        workspace.selectionChanged.connect(self._choose_selected)
        workspace.ticked.connect(self._refresh)
        workspace.runningChanged.connect(self._refresh)
        self.node.currentIndexChanged.connect(self._node_changed)
        self.send_button.clicked.connect(self.send)
        self.reply_bar.replyRequested.connect(self.reply_to)
        self.list.changed.connect(self._show_total)
        self._fill_nodes()
        self._show_total()

    @property
    def editors(self) -> list[FrameEditor]:
        """The editors of the frames, first to last."""
        return self.list.editors

    @property
    def node_id(self) -> str | None:
        """The id of the socket that sends."""
        data = self.node.currentData()
        return str(data) if data is not None else None

    def set_frames(self, frames: Sequence[tuple[str, str]]) -> None:
        """Compose these (kind, text) frames."""
        self.list.set_frames(frames)

    def fill(self, message: Message) -> None:
        """Compose a captured message again: from its sender, or as its receiver if the sender isn't ours."""
        link = self.workspace.document.link(message.link) if message.link is not None else None
        peer = link.other(message.node) if link is not None and message.direction == "in" else None
        if self._choose(peer):
            frames: Sequence[bytes] = content(message)
        else:
            self._choose(message.node)
            frames = message.frames
        self.list.set_frames([editable(frame) for frame in frames])
        if any(map(message.truncated, range(len(message.frames)))):
            self._tell(f"Only the beginning of message {message.n:,} was kept: this is not all of it", "warn")
        else:
            self._tell(f"Message {message.n:,}, to be sent again", "muted")

    def reply_to(self, message: Message) -> None:
        """Compose a reply to a received message: its envelope and an empty frame."""
        self._choose(message.node)
        self.list.set_frames([*map(editable, reply_head(message)), ("text", "")])
        self.list.editors[-1].text.setFocus()
        self._tell(f"Replying to message {message.n:,}", "muted")

    def send(self) -> None:
        """Send what is composed."""
        node = self.node_id
        if node is None:
            self._tell("✖ There is no socket that can send: draw one first", "error")
            return
        try:
            frames = self.list.frames()
        except FrameError as error:
            self._tell(f"✖ {error}", "error")
            return
        spawn(self._send(node, frames), "send by hand")

    async def _send(self, node: str, frames: list[bytes]) -> None:
        written = self.list.written()
        try:
            await self.workspace.send(node, frames)
        except UserError as error:
            remedy = f" ({error.remedy})" if error.remedy else ""
            self._tell(f"✖ Not sent: {error.text}{remedy}", "error")
            return
        self._history.add(written)
        self._tell(f"✓ Sent {_amount(frames)}", "ok")
        self._refresh()
        self.sent.emit()

    # What is shown

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the tab was hidden."""
        super().showEvent(event)
        self._refresh()

    def _fill_nodes(self) -> None:
        chosen = self.node_id
        self.node.blockSignals(True)
        self.node.clear()
        for node in self.workspace.document.nodes:
            if isinstance(node, SocketNode) and SOCKET_TYPES[node.type].can_send:
                self.node.addItem(f"{visible(node.title, 60)}  ({node.type})", node.id)
        self.node.blockSignals(False)
        self._choose(chosen)
        self._node_changed()

    def _choose(self, node_id: str | None) -> bool:
        index = self.node.findData(node_id) if node_id is not None else -1
        if index >= 0:
            self.node.setCurrentIndex(index)
        return index >= 0

    def _choose_selected(self, selection: frozenset[str]) -> None:
        if len(selection) == 1:
            self._choose(next(iter(selection)))

    def _node_changed(self) -> None:
        self.reply_bar.watch(self.node_id)
        self._refresh()

    def _refresh(self) -> None:
        if self.isVisible():
            self.state.setText(self._state())
            self.reply_bar.refresh()

    def _state(self) -> str:
        node_id = self.node_id
        node = self.workspace.document.node(node_id) if node_id is not None else None
        if node_id is None or not isinstance(node, SocketNode):
            return "Draw a socket to send from it"
        state = self.workspace.live.states().get(node_id)
        if state is None:
            return "not running: press Run (Ctrl+E) first"
        turn = TURNS.get((node.type, state.req_state or ""), "")
        parts = (turn, state.text, f"{state.peers:,} peer{'s' * (state.peers != 1)}")
        return " · ".join(dict.fromkeys(filter(None, parts)))  # a REP that is slow says the same as its turn

    def _show_total(self) -> None:
        try:
            self.total.setText(_amount(self.list.frames()))
        except FrameError as error:
            self.total.setText(f"✖ {str(error).partition(':')[0]}")

    def _recall(self, step: int) -> None:
        recalled = self._history.recall(step, self.list.written())
        if recalled is not None:
            self.list.set_frames(recalled)
            self.list.editors[-1].text.setFocus()

    def _tell(self, text: str, role: str) -> None:
        self.outcome.setText(text)
        self.outcome.setProperty("role", role)
        self.outcome.style().unpolish(self.outcome)
        self.outcome.style().polish(self.outcome)

    # Building

    def _lay_out(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.addWidget(QLabel("From"))
        top.addWidget(self.node)
        top.addWidget(self.state, 1)
        add = QPushButton("Add frame")
        add.clicked.connect(lambda: self.list.add().text.setFocus())
        bottom.addWidget(add)
        bottom.addWidget(self.outcome, 1)
        bottom.addWidget(self.total)
        bottom.addWidget(self.send_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addLayout(top)
        layout.addWidget(self.reply_bar)
        layout.addWidget(self.list, 1)
        layout.addLayout(bottom)

    def _bind_keys(self) -> None:
        for keys, go in (
            ("Ctrl+Return", self.send),
            ("Ctrl+Enter", self.send),
            ("Alt+Up", lambda: self._recall(1)),
            ("Alt+Down", lambda: self._recall(-1)),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(go)


def _label(role: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def _amount(frames: Sequence[bytes]) -> str:
    size = sum(map(len, frames))
    return f"{len(frames):,} frame{'s' * (len(frames) != 1)}, {size:,} byte{'s' * (size != 1)}"
