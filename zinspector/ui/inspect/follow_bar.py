"""The line above the messages that says what they are narrowed to, and takes it away again."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from zinspector.decode.api import visible


class FollowBar(QFrame):
    """`Following connection 3 (python3 12345 → jupyter 77)`, hidden while nothing is followed.

    Signals:
        removed(): the user wants to see everything again.
    """

    removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("follow-bar")
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setMinimumWidth(1)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.remove = QPushButton("✕  Show all")
        self.remove.setToolTip("Stop following: show the other rows again (Ctrl+Shift+F)")
        self.remove.clicked.connect(self.removed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 3, 8, 3)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.remove)
        self.hide()

    def say(self, what: str) -> None:
        """Tell what is followed; an empty text hides the line."""
        self.text.setText(f"Following {visible(what)}" if what else "")
        self.text.setToolTip(self.text.text().replace("<", "‹"))
        self.setVisible(bool(what))
