"""What an empty canvas says: how to begin, and a sample to open; or that a capture came without a drawing."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

BEGINNING: Final = (
    "Draw your first topology",
    "Drag a PUB here from the left, or press Tab to search for one. Drag a SUB beside it.",
    "Drag from port to port to wire them, then press Run (Ctrl+E).",
    "Or see what programs of your own say to each other: tap them, and change one address.",
)
WITHOUT_DRAWING: Final = (
    "This capture came without a drawing",
    "Its messages are in the table below, and the programs that talked in the Connections tab.",
    "What you draw here, or tap, begins a capture of its own when it runs; this one stays in its file.",
)


class EmptyState(QFrame):
    """A card in the middle of an empty canvas; the buttons `sample`, `add` and `tap` are for the canvas to join."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setObjectName("empty-canvas")
        self._lines = [QLabel() for _ in BEGINNING]
        self._said: tuple[str, ...] = ()
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
        for line in self._lines:
            line.setProperty("role", "muted" if line is not self._lines[0] else "title")
            layout.addWidget(line, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(6)
        layout.addLayout(buttons)
        self.tell(opened=False)

    def tell(self, *, opened: bool) -> None:
        """Say what is the case: nothing is there, or a capture was `opened` that carries no drawing."""
        texts = WITHOUT_DRAWING if opened else BEGINNING
        if texts == self._said:
            return
        self._said = texts
        for place, line in enumerate(self._lines):
            line.setText(texts[place] if place < len(texts) else "")
            line.setVisible(place < len(texts))
        self.centre()

    def centre(self) -> None:
        """Stand in the middle of the parent."""
        self.adjustSize()
        room = self._canvas.rect()
        self.move((room.width() - self.width()) // 2, (room.height() - self.height()) // 2)
