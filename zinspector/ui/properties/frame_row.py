"""The template of one frame: how it is written, its text, and at once its size or what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from zinspector.errors import TemplateError
from zinspector.topology.document import FrameKind, FrameTemplate
from zinspector.ui.properties.fields import error_label, tell
from zinspector.ui.properties.text_fields import GrowingEdit
from zinspector.ui.quiet_box import QuietBox
from zinspector.ui.theme import icon, mono_font, switch

KINDS: tuple[FrameKind, ...] = get_args(FrameKind)
TIPS = {
    "text": "Text, as UTF-8. {{…}} changes with every message.",
    "json": "JSON. A string that is nothing but one {{…}} becomes the value itself.",
    "hex": "Bytes in hexadecimal, and {{…}} that give bytes, such as {{u32(n)}}.",
    "base64": "Bytes in base64.",
    "file": "The bytes of a file; a path that starts beside the topology file.",
    "size": "So many random bytes.",
}
SHORT = 32


class FrameRow(QWidget):
    """The editor of one frame template.

    Signals:
        changed(): kind or text changed.
        focused(): the text was entered.
        left(): the text was left.
        moveRequested(int): one place up (-1) or down (1).
        removeRequested(): the user wants this frame gone.
    """

    changed = Signal()
    focused = Signal()
    left = Signal()
    moveRequested = Signal(int)
    removeRequested = Signal()

    def __init__(self, frame: FrameTemplate, size_of: Callable[[FrameTemplate], int]) -> None:
        """`size_of` gives the size of the frame that a template makes; it raises TemplateError."""
        super().__init__()
        self._size_of = size_of
        self._extra = frame.extra
        self.number = QLabel()
        self.number.setProperty("role", "muted")
        self.kind = QuietBox()
        self.kind.setAccessibleName("How the frame is written")
        self.kind.addItems(list(KINDS))
        self.kind.setCurrentText(frame.kind)
        self.length = QLabel()
        self.length.setProperty("role", "muted")
        self.text = GrowingEdit(template_text(frame))
        self.text.setFont(mono_font())
        self.text.setAccessibleName("Template of the frame")
        self.text.entered.connect(self.focused)
        self.text.left.connect(self.left)
        self.error = error_label()
        self._buttons: dict[str, QToolButton] = {}
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.number)
        head.addWidget(self.kind)
        head.addWidget(self.length, 1)
        for name, tip, go in (
            ("up", "Move up", lambda: self.moveRequested.emit(-1)),
            ("down", "Move down", lambda: self.moveRequested.emit(1)),
            ("remove", "Remove this frame", self.removeRequested.emit),
        ):
            self._buttons[name] = button = QToolButton()
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(go)
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(self.text)
        column.addWidget(self.error)
        self.kind.currentTextChanged.connect(self._typed)
        self.text.textChanged.connect(self._typed)
        switch().changed.connect(self._retint)
        self._retint()
        self.judge()

    def template(self) -> FrameTemplate:
        """What is written, as a template. Raises TemplateError if it is none."""
        text = self.text.toPlainText()
        kind = next(each for each in KINDS if each == self.kind.currentText())
        return FrameTemplate(kind, _value(kind, text), self._extra)

    def place(self, number: int, count: int) -> None:
        """Say which frame of how many this is."""
        self.number.setText(f"{number}")
        self._buttons["up"].setEnabled(number > 0)
        self._buttons["down"].setEnabled(number < count - 1)

    def judge(self) -> None:
        """Say how large the frame is, or what is wrong."""
        problem = ""
        try:
            self.length.setText(f"{self._size_of(self.template()):,} B")
        except TemplateError as wrong:
            problem = f"{wrong.text}: {wrong.remedy}" if wrong.remedy else wrong.text
            column = wrong.where.partition(", ")[2] or wrong.where
            problem = f"{column}: {problem}" if column.startswith("column") else problem
            self.length.setText("")
        tell(self.error, problem, self.text)
        self.text.setToolTip(TIPS[self.kind.currentText()])

    def _typed(self) -> None:
        self.judge()
        self.changed.emit()

    def _retint(self) -> None:
        for name, button in self._buttons.items():
            button.setIcon(icon(name, "muted"))


def template_text(frame: FrameTemplate) -> str:
    """A template as the user writes it; JSON of some length on several lines."""
    if frame.kind != "json":
        return str(frame.value)
    short = json.dumps(frame.value, ensure_ascii=False)
    return short if len(short) <= SHORT else json.dumps(frame.value, ensure_ascii=False, indent=2)


def _value(kind: FrameKind, text: str) -> Any:
    if kind == "json":
        try:
            return json.loads(text)
        except json.JSONDecodeError as wrong:
            where = f"line {wrong.lineno}, column {wrong.colno}"
            text = f"not JSON yet, {wrong.msg.lower()} at {where}"
            raise TemplateError(text, remedy="the last valid one is still in use") from None
        except RecursionError:
            raise TemplateError("nested too deeply") from None
    if kind == "size":
        if not (text.strip().isascii() and text.strip().isdecimal()):
            raise TemplateError("a number of bytes")
        return int(text)
    return text
