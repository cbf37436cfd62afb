"""The frames of a generator or a reply: a list of templates, and how the next message will look."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout

from zinspector.decode.api import visible
from zinspector.errors import TemplateError
from zinspector.topology.document import FrameTemplate
from zinspector.topology.template_functions import FUNCTIONS
from zinspector.topology.templates import compile_frames
from zinspector.ui.properties.fields import Field
from zinspector.ui.properties.frame_row import KINDS, TIPS, FrameRow
from zinspector.ui.properties.text_fields import GrowingEdit
from zinspector.ui.theme import mono_font

Frames = tuple[FrameTemplate, ...]
FRESH: dict[str, object] = {"text": "", "json": {"n": "{{n}}"}, "hex": "", "base64": "", "file": "", "size": 100}
PREVIEW_CHARS = 240
HEX_BYTES = 32
STAMP_BYTES = 16


class FramesField(Field):
    """A list of frame templates, with a menu of placeholders and a preview.

    `sent` says how many messages were sent, so that the preview shows the next one; `stamped`, whether a stamp follows.
    A frame that is no valid JSON or number yet stays in its editor; the document keeps the last good one.
    """

    def __init__(
        self,
        read: Callable[[], Frames],
        write: Callable[[Frames], None],
        base: Callable[[], Path],
        sent: Callable[[], int] = lambda: 0,
        stamped: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__("Frames")
        self._read, self._write, self._base = read, write, base
        self._sent, self._stamped = sent, stamped
        self._known: Frames | None = None
        self.rows: list[FrameRow] = []
        self._last: FrameRow | None = None
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.add_button = QPushButton("+ frame")
        self.add_button.setMenu(self._kinds())
        self.insert_button = QPushButton("Insert {{…}}")
        self.insert_button.setToolTip("A value that changes with every message, at the cursor")
        self.insert_button.setMenu(self._placeholders())
        for button in (self.add_button, self.insert_button):
            button.setProperty("role", "quiet")
        buttons = QHBoxLayout()
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.insert_button)
        buttons.addStretch(1)
        self.column.addLayout(self._rows)
        self.column.addLayout(buttons)
        self.column.addWidget(self._make_preview())

    def refresh(self) -> None:
        """Show the templates of the document, if they changed elsewhere."""
        frames = self._read()
        if frames != self._known:
            self._known = frames
            self._show(frames)
        for row in self.rows:
            row.judge()
        self.show_preview()

    def show_preview(self) -> None:
        """Render the next message."""
        number = self._sent()
        try:
            made = compile_frames(self._read(), self._base())(number)
        except TemplateError as error:
            self._say(f"✖ {error}")
            self.title.setText("Can't be made yet")
            return
        size = sum(map(len, made)) + (STAMP_BYTES if self._stamped() else 0)
        self.title.setText(f"Next message · n = {number:,} · {size:,} B")
        lines = [f"{place}  {_readable(frame)}" for place, frame in enumerate(made)]
        if self._stamped():
            lines.append(f"{len(made)}  (time stamp, {STAMP_BYTES} B)")
        self._say("\n".join(lines) or "0  (one empty frame)")

    # Inside

    def _say(self, text: str) -> None:
        if self.preview.toPlainText() != text:
            self.preview.setPlainText(text)

    def _make_preview(self) -> QFrame:
        self.title = QLabel()
        self.title.setProperty("role", "muted")
        self.preview = GrowingEdit()
        self.preview.setReadOnly(True)
        self.preview.setFont(mono_font())
        self.preview.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.preview.setStyleSheet("background: transparent; border: none; padding: 0")
        self.preview.setAccessibleName("The next message")
        self.again = QToolButton()
        self.again.setText("↻")
        self.again.setToolTip("Make another one")
        self.again.setAccessibleName("Another preview")
        self.again.clicked.connect(self.show_preview)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.again)
        card = QFrame()
        card.setProperty("role", "card")
        layout = QVBoxLayout(card)
        layout.setContentsMargins(8, 4, 4, 8)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.preview)
        return card

    def _kinds(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for kind in KINDS:
            action = menu.addAction({"size": "random bytes"}.get(kind, kind))
            action.setToolTip(TIPS[kind])
            action.triggered.connect(lambda _=False, k=kind: self._add(FrameTemplate(k, FRESH[k])))
        return menu

    def _placeholders(self) -> QMenu:
        menu = QMenu(self)
        for function in FUNCTIONS.values():
            example, _, about = function.help.partition("}}: ")
            menu.addAction(f"{example}}}}}\t{about}", partial(self.insert, f"{example}}}}}"))
        return menu

    def insert(self, text: str) -> None:
        """Put a text at the cursor of the frame that was edited last."""
        row = self._last if self._last in self.rows else (self.rows[-1] if self.rows else None)
        if row is not None:
            row.text.insertPlainText(text)
            row.text.setFocus()

    def _show(self, frames: Frames) -> None:
        for row in self.rows:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for frame in frames:
            row = FrameRow(frame, self._size)
            row.changed.connect(self._typed)
            row.focused.connect(partial(self._enter, row))
            row.left.connect(self.left)
            row.moveRequested.connect(partial(self._move, row))
            row.removeRequested.connect(partial(self._remove, row))
            self._rows.addWidget(row)
            self.rows.append(row)
        for number, row in enumerate(self.rows):
            row.place(number, len(self.rows))

    def _enter(self, row: FrameRow) -> None:
        self._last = row

    def _typed(self) -> None:
        try:
            frames = tuple(row.template() for row in self.rows)
        except TemplateError:
            return  # the row says what is wrong; the document keeps the last good one
        if frames != self._known:
            self._known = frames
            self._write(frames)
            self.show_preview()

    def _add(self, frame: FrameTemplate) -> None:
        self._replace((*self._read(), frame))
        self.rows[-1].text.setFocus()

    def _remove(self, row: FrameRow) -> None:
        place = self.rows.index(row)
        frames = self._read()
        self._replace((*frames[:place], *frames[place + 1 :]))

    def _move(self, row: FrameRow, step: int) -> None:
        place = self.rows.index(row)
        frames = list(self._read())
        frames.insert(place + step, frames.pop(place))
        self._replace(tuple(frames))

    def _replace(self, frames: Frames) -> None:
        self.left.emit()
        self._write(frames)
        self.refresh()
        self.left.emit()

    def _size(self, frame: FrameTemplate) -> int:
        return len(compile_frames((frame,), self._base())(self._sent())[0])


def _readable(frame: bytes) -> str:
    """A frame in one line: as text if it is text, or else in hexadecimal."""
    if not frame:
        return "(empty)"
    try:
        text = frame.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and all(char.isprintable() or char in "\r\n\t" for char in text):
        return visible(text, PREVIEW_CHARS)
    more = f" … {len(frame):,} B" if len(frame) > HEX_BYTES else ""
    return frame[:HEX_BYTES].hex(" ") + more
