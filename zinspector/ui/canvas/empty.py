"""What an empty canvas says: how to begin, and a sample to open."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget


class EmptyState(QFrame):
    """A card in the middle of an empty canvas; the buttons `sample`, `add` and `tap` are for the canvas to join."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setObjectName("empty-canvas")
        title = QLabel("Draw your first topology")
        title.setProperty("role", "title")
        self.sample = QPushButton("Open the weather sample")
        self.sample.setDefault(True)
        self.add = QPushButton("Add a node  Tab")
        self.tap = QPushButton("Tap other programs…  Ctrl+K")
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch(1)
        buttons.addWidget(self.sample)
        buttons.addWidget(self.add)
        buttons.addWidget(self.tap)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 22, 28, 24)
        layout.setSpacing(9)
        layout.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        for text in (
            "Drag a PUB here from the left, or press Tab to search for one. Drag a SUB beside it.",
            "Drag from port to port to wire them, then press Run (Ctrl+E).",
            "Or see what programs of your own say to each other: tap them, and change one address.",
        ):
            line = QLabel(text)
            line.setProperty("role", "muted")
            layout.addWidget(line, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(6)
        layout.addLayout(buttons)

    def centre(self) -> None:
        """Stand in the middle of the parent."""
        self.adjustSize()
        room = self._canvas.rect()
        self.move((room.width() - self.width()) // 2, (room.height() - self.height()) // 2)
