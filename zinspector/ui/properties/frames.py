"""The frames of a generator or a reply: templates, each checked at once, with a preview of the next message."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, get_args

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from zinspector.decode.api import visible
from zinspector.errors import TemplateError
from zinspector.topology.document import FrameKind, FrameTemplate
from zinspector.topology.template_functions import FUNCTIONS
from zinspector.topology.templates import compile_frames
from zinspector.ui.inspect.frame_editor import FrameEditor

Frames = tuple[FrameTemplate, ...]
KINDS: tuple[FrameKind, ...] = get_args(FrameKind)
PREVIEW_CHARS = 160


def template_text(frame: FrameTemplate) -> str:
    """A template as the user writes it."""
    if frame.kind == "json":
        return json.dumps(frame.value, ensure_ascii=False)
    return str(frame.value)


def template(kind: str, text: str) -> FrameTemplate:
    """The template that a text means. Raises ValueError that says where it is wrong."""
    value: Any = text
    if kind == "json":
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"{error.msg}: line {error.lineno}, column {error.colno}") from None
        except RecursionError:
            raise ValueError("nested too deeply") from None
    if kind == "size":
        if not text.strip().isdecimal():
            raise ValueError("a number of bytes")
        value = int(text)
    known = next(each for each in KINDS if each == kind)
    return FrameTemplate(known, value)


class FramesField(QWidget):
    """A list of frame editors over a tuple of templates."""

    def __init__(self, read: Callable[[], Frames], write: Callable[[Frames], None], base: Callable[[], Path]) -> None:
        super().__init__()
        self._read = read
        self._write = write
        self._base = base
        self._shown: Frames = ()
        self.editors: list[FrameEditor] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(2)
        self.preview = QLabel()
        self.preview.setTextFormat(Qt.TextFormat.PlainText)
        self.preview.setWordWrap(True)
        self.preview.setProperty("role", "muted")
        add = QPushButton("Add frame")
        add.clicked.connect(lambda: self._replace((*self._shown, FrameTemplate("text", ""))))
        insert = QToolButton()
        insert.setText("Insert {{…}}")
        insert.setToolTip("Insert a value that changes with every message")
        insert.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        insert.setMenu(self._placeholders())
        row = QHBoxLayout()
        row.addWidget(add)
        row.addWidget(insert)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._column)
        layout.addLayout(row)
        layout.addWidget(self.preview)

    def refresh(self) -> None:
        """Show the templates of the document, if they are others."""
        frames = self._read()
        if frames != self._shown or not self.editors:
            self._shown = frames
            self._rebuild()
        self._show_preview()

    def _rebuild(self) -> None:
        for editor in self.editors:
            self._column.removeWidget(editor)
            editor.hide()
            editor.deleteLater()
        self.editors = []
        for number, frame in enumerate(self._shown):
            editor = FrameEditor(frame.kind, template_text(frame), kinds=KINDS, size_of=self._size)
            editor.title.setText(f"Frame {number}")
            editor.changed.connect(self._changed)
            editor.removeRequested.connect(lambda n=number: self._replace(self._shown[:n] + self._shown[n + 1 :]))
            editor.moveRequested.connect(lambda step, n=number: self._move(n, step))
            self._column.addWidget(editor)
            self.editors.append(editor)

    def _changed(self) -> None:
        try:
            frames = tuple(template(editor.kind.currentText(), editor.text.toPlainText()) for editor in self.editors)
        except ValueError:
            return  # the editor says what is wrong; the document keeps the last good one
        if frames != self._shown:
            self._shown = frames
            self._write(frames)

    def _replace(self, frames: Frames) -> None:
        self._write(frames)
        self.refresh()

    def _move(self, number: int, step: int) -> None:
        frames = list(self._shown)
        if 0 <= number + step < len(frames):
            frames.insert(number + step, frames.pop(number))
            self._replace(tuple(frames))

    def _size(self, kind: str, text: str) -> int:
        try:
            return len(compile_frames((template(kind, text),), self._base())(1)[0])
        except TemplateError as error:
            raise ValueError(error.text) from None

    def _show_preview(self) -> None:
        try:
            made = compile_frames(self._shown, self._base())(1)
        except TemplateError as error:
            self.preview.setText(f"✖ {error}")
            return
        shown = [visible(frame[:PREVIEW_CHARS].decode("utf-8", "backslashreplace"), PREVIEW_CHARS) for frame in made]
        self.preview.setText(
            f"Next message:  {'  |  '.join(shown)}" if shown else "A message without frames is one empty frame"
        )

    def _placeholders(self) -> QMenu:
        menu = QMenu(self)
        for name, function in FUNCTIONS.items():
            menu.addAction(f"{name}    {function.help}", partial(self._insert, name, function.help))
        return menu

    def _insert(self, name: str, example: str) -> None:
        focused = next((editor for editor in self.editors if editor.text.hasFocus()), None)
        target = focused or (self.editors[-1] if self.editors else None)
        if target is not None:
            start = example.find("{{")
            end = example.find("}}", start)
            target.text.insertPlainText(example[start : end + 2] if start >= 0 else f"{{{{{name}}}}}")
            target.text.setFocus()
