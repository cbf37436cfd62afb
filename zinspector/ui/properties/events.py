"""The last things that happened at a node: connections, handshakes, subscriptions."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from zinspector.capture.happenings import phrase
from zinspector.capture.message import Message
from zinspector.decode.api import visible
from zinspector.ui.inspect.columns import FAILURES, TROUBLE
from zinspector.ui.inspect.rows import Rows, Scope
from zinspector.ui.theme import mono_font, theme
from zinspector.ui.workspace import Workspace

KINDS = frozenset({"event", "handshake", "command"})
LINES = 6
TEXT_CHARS = 120
EMPTY = "Connections and handshakes are listed here"


class RecentEvents(QWidget):
    """The newest events of a node, the last at the bottom."""

    def __init__(self, workspace: Workspace, node_id: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._rows = Rows(workspace.store, Scope(KINDS, frozenset({node_id})))
        self.lines: list[tuple[str, str, str]] = []
        self.setFont(mono_font(8.5))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Recent events")

    def sizeHint(self) -> QSize:
        """Room for all lines, so that nothing jumps when one comes."""
        return QSize(200, LINES * self._step() + 4)

    def refresh(self) -> None:
        """Look at what is new in the store."""
        if not self._rows.update() and self.lines:
            return
        count = len(self._rows)
        found = [self._workspace.store.row(self._rows.n(place)) for place in range(max(0, count - LINES), count)]
        self.lines = [_line(message) for message in found if message is not None]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Time, and what happened."""
        painter = QPainter(self)
        metrics, step = painter.fontMetrics(), self._step()
        if not self.lines:
            painter.setPen(theme().colour("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, EMPTY)
        left = metrics.horizontalAdvance("00:00:00.0  ")
        for number, (time, text, role) in enumerate(self.lines):
            base = number * step + metrics.ascent()
            painter.setPen(theme().colour("muted"))
            painter.drawText(0, base, time)
            painter.setPen(theme().colour(role))
            painter.drawText(left, base, metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width() - left))

    def _step(self) -> int:
        return self.fontMetrics().height() + 3


def _line(message: Message) -> tuple[str, str, str]:
    """Time, words, and the role of their colour."""
    moment = datetime.fromtimestamp(message.time_ns // 1_000_000_000).strftime("%H:%M:%S")
    time = f"{moment}.{message.time_ns // 100_000_000 % 10}"
    name = message.name or message.kind
    detail = message.frames[0].decode("utf-8", "backslashreplace") if message.frames else ""
    if "->" in message.direction:
        detail = phrase(message)
    role = "error" if any(word in name for word in FAILURES) else "warn" if _troubles(message, name) else "text"
    sign = {"error": "✖ ", "warn": "▲ "}.get(role, "")
    return time, f"{sign}{name.lower().replace('_', ' ')} {visible(detail, TEXT_CHARS)}", role


def _troubles(message: Message, name: str) -> bool:
    return bool(message.anomalies) or any(word in name for word in TROUBLE)
