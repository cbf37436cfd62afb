"""One frame of the composer: its kind, its text, and at once whether that makes bytes and how many."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from zinspector.ui.theme import icon, mono_font, switch

KINDS = ("text", "json", "hex", "base64")


def frame_bytes(kind: str, text: str) -> bytes:
    """The bytes that a frame's text means. Raises ValueError that says where it is wrong."""
    if kind == "json":
        try:
            return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).encode()
        except json.JSONDecodeError as error:
            raise ValueError(f"{error.msg}: line {error.lineno}, column {error.colno}") from None
        except RecursionError:
            raise ValueError("nested too deeply") from None
    if kind == "hex":
        try:
            return bytes.fromhex(text)
        except ValueError as error:
            raise ValueError(str(error).replace("fromhex() arg", "the text")) from None
    if kind == "base64":
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from None
    return text.encode("utf-8", "surrogateescape")


def editable(data: bytes) -> tuple[str, str]:
    """The kind and text that show `data` best for editing."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "hex", data.hex(" ")
    if not all(char.isprintable() or char in "\r\n\t" for char in text):
        return "hex", data.hex(" ")
    return ("json" if text[:1] in ("{", "[") and _is_json(text) else "text"), text


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

    def __init__(
        self,
        kind: str = "text",
        text: str = "",
        *,
        kinds: Sequence[str] = KINDS,
        size_of: Callable[[str, str], int] = lambda kind, text: len(frame_bytes(kind, text)),
    ) -> None:
        """`size_of` gives the bytes that a kind and text make, and raises ValueError that says where it is wrong."""
        super().__init__()
        self._size_of = size_of
        self.title = QLabel()
        self.title.setProperty("role", "muted")
        self.kind = QComboBox()
        self.kind.addItems(list(kinds))
        self.kind.setCurrentText(kind)
        self.kind.setAccessibleName("How the frame is written")
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.text = QPlainTextEdit(text)
        self.text.setFont(mono_font())
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(self.text.fontMetrics().height() * 2 + 16)
        self.text.setMaximumHeight(self.text.fontMetrics().height() * 6 + 16)
        self.text.setAccessibleName("Content of the frame")
        self._buttons: list[tuple[QToolButton, str]] = []
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addWidget(self.kind)
        head.addWidget(self.note, 1)
        for name, tip, go in (
            ("up", "Move up", lambda: self.moveRequested.emit(-1)),
            ("down", "Move down", lambda: self.moveRequested.emit(1)),
            ("remove", "Remove this frame", self.removeRequested.emit),
        ):
            button = QToolButton()
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(go)
            self._buttons.append((button, name))
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(3)
        layout.addLayout(head)
        layout.addWidget(self.text)
        self.kind.currentTextChanged.connect(self._changed)
        self.text.textChanged.connect(self._changed)
        switch().changed.connect(self._retint)
        self._retint()
        self._changed()

    def data(self) -> bytes:
        """The frame. Raises ValueError that says where it is wrong."""
        return frame_bytes(self.kind.currentText(), self.text.toPlainText())

    def _changed(self) -> None:
        try:
            size = self._size_of(self.kind.currentText(), self.text.toPlainText())
            self._tell(f"{size:,} byte{'s' * (size != 1)}", "muted", "")
        except ValueError as error:
            self._tell(f"✖ {error}", "error", "error")
        self.changed.emit()

    def _tell(self, text: str, role: str, state: str) -> None:
        self.note.setText(text)
        for widget, name, value in ((self.note, "role", role), (self.text, "state", state)):
            widget.setProperty(name, value)
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def _retint(self) -> None:
        for button, name in self._buttons:
            button.setIcon(icon(name))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
