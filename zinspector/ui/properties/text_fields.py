"""Texts of several lines that take the height they need."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit

from zinspector.ui.properties.fields import Field

MOST_LINES = 14
FRAME = 12  # pixels above and below a text: border and padding of the style sheet


class GrowingEdit(QPlainTextEdit):
    """A text of several lines that is as high as it needs, within bounds.

    Signals:
        entered(), left(): the focus came, and went.
    """

    entered = Signal()
    left = Signal()

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setTabChangesFocus(True)
        self.textChanged.connect(self.fit)
        self.fit()

    def fit(self) -> None:
        """Take the height of the wrapped lines."""
        lines = max(1, int(self.document().size().height()))
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if lines > MOST_LINES else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        line = QFontMetricsF(self.font()).lineSpacing()
        self.setFixedHeight(ceil(line * min(MOST_LINES, lines) + 2 * self.document().documentMargin()) + FRAME)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps the text anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that the focus came."""
        super().focusInEvent(event)
        self.entered.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the focus went."""
        super().focusOutEvent(event)
        self.left.emit()


class Paragraph(Field):
    """Several lines of text, as high as they need."""

    def __init__(self, name: str, read: Callable[[], str], write: Callable[[str], None], *, hint: str = "") -> None:
        super().__init__(name)
        self._read, self._write = read, write
        self.edit = GrowingEdit()
        self.edit.setPlaceholderText(hint)
        self.edit.setAccessibleName(name)
        self.column.addWidget(self.edit)
        self.edit.textChanged.connect(lambda: self._write(self.edit.toPlainText()))
        self.edit.left.connect(self.left)

    def refresh(self) -> None:
        """Show the document's value, if it changed elsewhere."""
        if self.edit.toPlainText() != self._read():
            self.edit.blockSignals(True)
            self.edit.setPlainText(self._read())
            self.edit.blockSignals(False)
            self.edit.fit()
