"""A floating line or two beside the pointer: why a wire can't go there, what a node is in full.

Plain text always. Qt's own tooltips would read `<b>` in a node's name as markup.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QWidget

from zinspector.ui.theme import theme

MAX_WIDTH = 620
OFFSET = QPoint(16, 18)


class Hint(QLabel):
    """A label over the canvas that the mouse passes through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("canvas-hint")
        self.setContentsMargins(9, 6, 9, 6)
        self.hide()

    def say(self, text: str, at: QPoint, role: str = "muted") -> None:
        """Show `text` near `at` (in the parent), framed in the colour of `role`."""
        colours = theme()
        border = colours.colour("line" if role == "muted" else role).name()
        self.setStyleSheet(
            f"#canvas-hint {{ background: {colours.raised}; color: {colours.text};"
            f" border: 1px solid {border}; border-radius: 6px; }}"
        )
        self.setPalette(QPalette(colours.colour("text")))
        self.setWordWrap(False)
        self.setText(text)
        self.ensurePolished()
        if self.sizeHint().width() > MAX_WIDTH:
            self.setWordWrap(True)
            self.resize(MAX_WIDTH, self.heightForWidth(MAX_WIDTH))
        else:
            self.resize(self.sizeHint())
        self.move(self._beside(at))
        self.show()
        self.raise_()

    def _beside(self, at: QPoint) -> QPoint:
        """Below and right of the pointer, or wherever it stays in view."""
        room = self._canvas.rect()
        place = at + OFFSET
        if place.x() + self.width() > room.right():
            place.setX(max(0, at.x() - OFFSET.x() - self.width()))
        if place.y() + self.height() > room.bottom():
            place.setY(max(0, at.y() - OFFSET.y() - self.height()))
        return place
