"""What the Connections tab says while there are none: what a tap is for, and the way to the first one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

LINES = (
    "Put zinspector between two programs that know nothing of it: one of them connects to another address, no more.",
    "Every handshake, subscription and message of theirs appears here, and their traffic goes on as before.",
)


class NoConnections(QWidget):
    """The empty state; the button `tap` is for the panel to join."""

    def __init__(self) -> None:
        super().__init__()
        title = QLabel("No connections of other programs yet")
        title.setProperty("role", "title")
        self.tap = QPushButton("Tap…  Ctrl+K")
        self.tap.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(1)
        layout.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        for text in LINES:
            line = QLabel(text)
            line.setProperty("role", "muted")
            layout.addWidget(line, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(6)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.tap)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(2)
