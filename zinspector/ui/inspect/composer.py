"""The Send tab: compose a message of several frames and send it from one of the drawn sockets.

A message that was received can be answered: for ROUTER and STREAM the envelope is filled in. What was sent is kept and
comes back with Alt+Up. Ctrl+Enter sends.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from zinspector.capture.envelope import envelope
from zinspector.capture.message import Message
from zinspector.errors import UserError
from zinspector.tasks import spawn
from zinspector.topology.document import SocketNode
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.inspect.frame_editor import FrameEditor, editable
from zinspector.ui.workspace import Workspace

Frames = list[tuple[str, str]]
ANSWERED_ROLES = ("routing id", "request id", "delimiter")
LOOK_BACK = 2000


class Composer(QWidget):
    """Composes and sends messages.

    Signals:
        sent(): a message was handed to libzmq.
    """

    sent = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.editors: list[FrameEditor] = []
        self._history: list[Frames] = []
        self._recalled = 0
        self.node = QComboBox()
        self.node.setMinimumContentsLength(24)
        self.node.setAccessibleName("Send from")
        self.state = QLabel()
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setProperty("role", "muted")
        self.outcome = QLabel("Ctrl+Enter sends · Alt+Up recalls what was sent")
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setWordWrap(True)
        self.send_button = QPushButton("Send")
        self.send_button.setToolTip("Send the message (Ctrl+Enter)")
        self.answer_button = QPushButton("Answer the last request")
        self.answer_button.setToolTip("Fill in the envelope of the newest message that this socket received")
        self._build()
        for keys, go in (
            ("Ctrl+Return", self.send),
            ("Ctrl+Enter", self.send),
            ("Alt+Up", lambda: self._recall(1)),
            ("Alt+Down", lambda: self._recall(-1)),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(go)
        workspace.documentChanged.connect(self._fill_nodes)
        workspace.selectionChanged.connect(self._choose_selected)
        workspace.ticked.connect(self._show_state)
        workspace.runningChanged.connect(self._show_state)
        self.node.currentIndexChanged.connect(self._show_state)
        self.send_button.clicked.connect(self.send)
        self.answer_button.clicked.connect(self.answer_last)
        self.set_frames([("text", "")])
        self._fill_nodes()

    @property
    def node_id(self) -> str | None:
        """The id of the socket that sends."""
        data = self.node.currentData()
        return str(data) if data is not None else None

    def frames(self) -> list[bytes]:
        """The frames as composed. Raises ValueError that names the frame."""
        made = []
        for number, editor in enumerate(self.editors):
            try:
                made.append(editor.data())
            except ValueError as error:
                raise ValueError(f"frame {number}: {error}") from None
        return made

    def set_frames(self, frames: Frames) -> None:
        """Compose these (kind, text) frames."""
        for editor in self.editors:
            self._column.removeWidget(editor)
            editor.deleteLater()
        self.editors = []
        for kind, text in frames:
            self._add(kind, text)

    def fill(self, message: Message) -> None:
        """Compose a captured message again, from the node that saw it."""
        self._choose(message.node)
        self.set_frames([editable(frame) for frame in message.frames] or [("text", "")])

    def answer_last(self) -> None:
        """Compose an answer to the newest message that the chosen socket received."""
        store, node = self.workspace.store, self.node_id
        newest = store.rows(max(store.first_n, store.next_n - LOOK_BACK), LOOK_BACK)
        found = next((m for m in reversed(newest) if _received_by(m, node)), None)
        if found is None:
            self._tell("This socket has not received a message yet", "warn")
            return
        roles = envelope(found).roles
        head = [editable(frame) for frame, role in zip(found.frames, roles, strict=True) if role in ANSWERED_ROLES]
        self.set_frames([*head, ("text", "")])
        self.editors[-1].text.setFocus()
        self._tell(f"Answering message {found.n:,}", "muted")

    def send(self) -> None:
        """Send what is composed."""
        node = self.node_id
        if node is None:
            self._tell("There is no socket that can send: draw one first", "warn")
            return
        try:
            frames = self.frames()
        except ValueError as error:
            self._tell(f"✖ {error}", "error")
            return
        spawn(self._send(node, frames), "send by hand")

    async def _send(self, node: str, frames: list[bytes]) -> None:
        try:
            await self.workspace.send(node, frames)
        except UserError as error:
            self._tell(f"✖ {error}", "error")
            return
        size = sum(map(len, frames))
        self._tell(f"✓ Sent {len(frames)} frame{'s' * (len(frames) != 1)}, {size:,} bytes", "ok")
        composed = [(editor.kind.currentText(), editor.text.toPlainText()) for editor in self.editors]
        if not self._history or self._history[-1] != composed:
            self._history.append(composed)
        self._recalled = 0
        self.sent.emit()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.addWidget(QLabel("From"))
        top.addWidget(self.node)
        top.addWidget(self.state, 1)
        top.addWidget(self.answer_button)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(inner)
        add = QPushButton("Add frame")
        add.clicked.connect(lambda: self._add("text", "").text.setFocus())
        bottom = QHBoxLayout()
        bottom.addWidget(add)
        bottom.addWidget(self.outcome, 1)
        bottom.addWidget(self.send_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addLayout(top)
        layout.addWidget(area, 1)
        layout.addLayout(bottom)

    def _add(self, kind: str, text: str) -> FrameEditor:
        editor = FrameEditor(kind, text)
        editor.removeRequested.connect(lambda: self._remove(editor))
        editor.moveRequested.connect(lambda step: self._move(editor, step))
        self.editors.append(editor)
        self._column.insertWidget(len(self.editors) - 1, editor)
        self._number()
        return editor

    def _remove(self, editor: FrameEditor) -> None:
        if len(self.editors) > 1:
            self.editors.remove(editor)
            self._column.removeWidget(editor)
            editor.deleteLater()
            self._number()

    def _move(self, editor: FrameEditor, step: int) -> None:
        place = self.editors.index(editor)
        target = place + step
        if 0 <= target < len(self.editors):
            self.editors.insert(target, self.editors.pop(place))
            self._column.insertWidget(target, editor)
            self._number()

    def _number(self) -> None:
        for number, editor in enumerate(self.editors):
            editor.title.setText(f"Frame {number}")

    def _recall(self, step: int) -> None:
        wanted = self._recalled + step
        if 1 <= wanted <= len(self._history):
            self._recalled = wanted
            self.set_frames(self._history[-wanted])

    def _fill_nodes(self) -> None:
        chosen = self.node_id
        self.node.blockSignals(True)
        self.node.clear()
        for node in self.workspace.document.nodes:
            if isinstance(node, SocketNode) and SOCKET_TYPES[node.type].can_send:
                self.node.addItem(f"{node.title}  ({node.type})", node.id)
        self.node.blockSignals(False)
        self._choose(chosen)
        self._show_state()

    def _choose(self, node_id: str | None) -> None:
        index = self.node.findData(node_id)
        if index >= 0:
            self.node.setCurrentIndex(index)

    def _choose_selected(self, selection: frozenset[str]) -> None:
        if len(selection) == 1:
            self._choose(next(iter(selection)))

    def _show_state(self) -> None:
        node = self.node_id
        state = self.workspace.node_state(node) if node is not None else None
        document_node = self.workspace.document.node(node) if node is not None else None
        kind = document_node.type if isinstance(document_node, SocketNode) else None
        self.answer_button.setVisible(kind in ("REP", "ROUTER", "STREAM"))
        if node is None:
            self.state.setText("Draw a socket to send from it")
        elif state is None:
            self.state.setText("not running: press Run (Ctrl+E) first")
        else:
            peers = f"{state.peers} peer{'s' * (state.peers != 1)}"
            self.state.setText(" · ".join(filter(None, (state.req_state, state.text, peers))))

    def _tell(self, text: str, role: str) -> None:
        self.outcome.setText(text)
        self.outcome.setProperty("role", role)
        self.outcome.style().unpolish(self.outcome)
        self.outcome.style().polish(self.outcome)


def _received_by(message: Message, node: str | None) -> bool:
    return message.node == node and message.direction == "in" and message.kind == "message"
