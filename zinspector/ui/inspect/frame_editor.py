"""One frame of the composer: its kind, its text, and at once whether that makes bytes, how many, or what is wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from zinspector.ui.inspect.frame_text import KINDS, FrameError, frame_bytes
from zinspector.ui.quiet_box import QuietBox
from zinspector.ui.theme import icon, mono_font, switch, theme

MOST_LINES = 8
ROOM = 22  # frame and margins of the editor, in pixels


class FrameEditor(QWidget):
    """The editor of one frame.

    Signals:
        changed(): kind or text changed.
        removeRequested(): the user wants this frame gone.
        moveRequested(int): one place up (-1) or down (1).
    """

    changed = Signal()
    removeRequested = Signal()
    moveRequested = Signal(int)

    def __init__(self, kind: str = "text", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel()
        self.title.setProperty("role", "muted")
        self.kind = QuietBox()
        self.kind.addItems(list(KINDS))
        self.kind.setCurrentText(kind)
        self.kind.setAccessibleName("How the frame is written")
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.text = QPlainTextEdit(text)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("Content of the frame")
        self._buttons: list[tuple[QToolButton, str, str]] = []
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addWidget(self.kind)
        head.addWidget(self.note, 1)
        for name, sign, tip, go in (
            ("up", "↑", "Move this frame up", lambda: self.moveRequested.emit(-1)),
            ("down", "↓", "Move this frame down", lambda: self.moveRequested.emit(1)),
            ("remove", "✕", "Remove this frame", self.removeRequested.emit),
        ):
            button = QToolButton()
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(go)
            self._buttons.append((button, name, sign))
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(3)
        layout.addLayout(head)
        layout.addWidget(self.text)
        self.kind.currentTextChanged.connect(self._changed)
        self.text.textChanged.connect(self._changed)
        switch().changed.connect(self._restyle)
        self._restyle()

    def data(self) -> bytes:
        """The frame. Raises FrameError."""
        return frame_bytes(self.kind.currentText(), self.text.toPlainText())

    def written(self) -> tuple[str, str]:
        """Kind and text."""
        return self.kind.currentText(), self.text.toPlainText()

    def set_place(self, *, first: bool, last: bool) -> None:
        """Offer only what makes sense for the first and the last frame, and for the only one."""
        for (button, _, _), enabled in zip(self._buttons, (not first, not last, not (first and last)), strict=True):
            button.setEnabled(enabled)

    def _changed(self) -> None:
        try:
            size = len(self.data())
            self._tell(f"{size:,} byte{'s' * (size != 1)}", "muted", "", None)
        except FrameError as error:
            self._tell(f"✖ {error}", "error", "error", error.position)
        lines = min(max(self.text.document().blockCount(), 1), MOST_LINES)
        self.text.setFixedHeight(lines * self.text.fontMetrics().lineSpacing() + ROOM)
        self.changed.emit()

    def _tell(self, text: str, role: str, state: str, position: int | None) -> None:
        self.note.setText(text)
        self._underline(position)
        for widget, name, value in ((self.note, "role", role), (self.text, "state", state)):
            if widget.property(name) != value:
                widget.setProperty(name, value)
                widget.style().unpolish(widget)
                widget.style().polish(widget)

    def _underline(self, position: int | None) -> None:
        if position is None:
            self.text.setExtraSelections([])
            return
        mark = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.text.document())
        units = len(self.text.toPlainText()[:position].encode("utf-16-le", "surrogatepass")) // 2  # as Qt counts
        cursor.setPosition(min(units, max(0, self.text.document().characterCount() - 1)))
        end = not cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
        if end:
            cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter, QTextCursor.MoveMode.KeepAnchor)
        mark.cursor = cursor
        mark.format = QTextCharFormat()
        mark.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        mark.format.setUnderlineColor(theme().colour("error"))
        self.text.setExtraSelections([mark])

    def _restyle(self) -> None:
        self.text.setFont(mono_font())
        for button, name, sign in self._buttons:
            picture = icon(name)
            button.setIcon(picture)
            button.setText(sign if picture.isNull() else "")
        self._changed()
