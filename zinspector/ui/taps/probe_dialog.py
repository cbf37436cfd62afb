"""Probe: ask one address who listens there, without becoming a peer that can be handed messages."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.runtime.probe import Probed, probe, probeable
from zinspector.tasks import Task, spawn
from zinspector.ui.properties.fields import problem_of
from zinspector.ui.taps import words
from zinspector.ui.taps.pages import head
from zinspector.ui.theme import mono_font, theme

WIDTH = 520
SENTENCE = "Asks who listens at an address: version, mechanism, socket type, identity. Nobody is handed a message."


class ProbeDialog(QDialog):
    """An address, a button, and the answer."""

    def __init__(self, endpoint: str = "", parent: QWidget | None = None) -> None:
        """With an `endpoint` it asks at once."""
        super().__init__(parent)
        self.setWindowTitle("Probe")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(WIDTH)
        self._task: Task[None] | None = None
        self.endpoint = QLineEdit(endpoint)
        self.endpoint.setFont(mono_font())
        self.endpoint.setPlaceholderText("tcp://127.0.0.1:5556, ipc:///tmp/feed or ipc://@name")
        self.endpoint.setAccessibleName("Address to probe")
        self.ask = QPushButton("Probe")
        self.ask.setDefault(True)
        self.answer = QLabel()
        self.answer.setTextFormat(Qt.TextFormat.PlainText)
        self.answer.setWordWrap(True)
        self.answer.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.endpoint, 1)
        row.addWidget(self.ask)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 12)
        layout.setSpacing(9)
        head(layout, "Probe", SENTENCE)
        layout.addLayout(row)
        layout.addWidget(self.answer)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.ask.clicked.connect(self.probe)
        self.endpoint.textChanged.connect(self._judge)
        self.finished.connect(self._stop)
        self._judge()
        if endpoint and self.ask.isEnabled():
            self.probe()

    def probe(self) -> None:
        """Ask now."""
        self._stop()
        self._say("Asking …", "muted")
        self._task = spawn(self._probe(self.endpoint.text().strip()), "probe")

    async def _probe(self, endpoint: str) -> None:
        try:
            self._tell(await probe(endpoint))
        except UserError as error:
            self._say(f"✖  {error}", "error")

    def _tell(self, answer: Probed) -> None:
        lines = [f"{'●' if answer.state == 'zmtp' else '✖'}  {words.answer_text(answer)}"]
        if answer.text and answer.text not in lines[0]:
            lines.append(visible(answer.text))
        for name, value in answer.found.properties.items():
            if name.lower() not in ("socket-type", "identity"):
                lines.append(f"{visible(name, words.NAME_CHARS)}: {words.bytes_shown(value)}")
        lines += [f"▲  {visible(text)}" for text in answer.found.anomalies]
        self._say("\n".join(lines), "ok" if answer.state == "zmtp" else "warn")

    def _judge(self) -> None:
        text = self.endpoint.text().strip()
        problem = problem_of(probeable, text) if text else ""
        self.ask.setEnabled(bool(text) and not problem)
        self._say(f"▲  {problem}" if problem else "", "muted")

    def _say(self, text: str, role: str) -> None:
        self.answer.setText(text)
        self.answer.setStyleSheet(f"color: {getattr(theme(), role)}")
        self._make_room()

    def _make_room(self) -> None:
        """A dialog does not grow by itself with a text that wraps."""
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            layout.activate()
            least = layout.totalMinimumHeightForWidth(self.width())
            self.setMinimumHeight(least)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrower texts are higher."""
        super().resizeEvent(event)
        self._make_room()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
