"""The fields of a form: each reads its value from the document and writes a new document.

Rules:
- A field writes as the user types; the workspace merges what is typed in a row into one step of undo, and leaving
  the field ends that step. Where a change makes a running socket anew, `wait` lets the field write when the typing
  pauses instead.
- A field shows the document's value again only when that value changed elsewhere (undo, canvas). So neither the
  cursor nor a text that is not valid yet is taken from the user.
- What `check` raises is told below the field while the user types. A `strict` field keeps such a text to itself;
  others write it, and the doctor finds it in the drawing.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from zinspector.errors import UserError
from zinspector.ui.theme import mono_font, switch, theme

Check = Callable[[str], object]
PAUSE_MS = 600


class Field(QWidget):
    """What every field has: a column of widgets with a line for errors below.

    Signals:
        left(): the user has finished with the field; the step of undo ends.
    """

    left = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(3)

    def refresh(self) -> None:
        """Show the document's value, if it changed elsewhere."""

    def flush(self) -> None:
        """Write what still waits for a pause."""


class Line(Field):
    """One line of text."""

    def __init__(
        self,
        name: str,
        read: Callable[[], str],
        write: Callable[[str], None],
        *,
        check: Check | None = None,
        hint: str = "",
        mono: bool = False,
        strict: bool = False,
        wait: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(name)
        self._read, self._write, self._check = read, write, check
        self._strict, self._wait = strict, wait
        self._known: str | None = None
        self._writes = False  # what is typed may be said otherwise in the document, such as 2.5k
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self.edit = QLineEdit()
        self._pause.timeout.connect(lambda: self._put(self.edit.text()))
        self.edit.setPlaceholderText(hint)
        self.edit.setAccessibleName(name)
        if mono:
            self.edit.setFont(mono_font())
        self.error = error_label()
        self.column.addWidget(self.edit)
        self.column.addWidget(self.error)
        self.edit.textEdited.connect(self._typed)
        self.edit.editingFinished.connect(self._finished)

    def refresh(self) -> None:
        """Show the document's value, if it changed elsewhere."""
        value = self._read()
        if value != self._known and not self._pause.isActive():
            self._known = value
            if self.edit.text() != value and not self._writes:
                self.edit.setText(value)
        self._judge()

    def flush(self) -> None:
        """Write what still waits for a pause."""
        if self._pause.isActive():
            self._pause.stop()
            self._put(self.edit.text())

    def _typed(self, text: str) -> None:
        if not self._judge() and self._strict:
            self._pause.stop()
        elif self._wait():
            self._pause.start()
        else:
            self._put(text)

    def _put(self, text: str) -> None:
        self._writes = True
        self._write(text)
        self._writes = False
        self._known = self._read()

    def _finished(self) -> None:
        self.flush()
        self.left.emit()

    def _judge(self) -> bool:
        text = self.edit.text()
        problem = problem_of(self._check, text) if text.strip() else ""
        tell(self.error, problem, self.edit)
        return not problem


class Tick(Field):
    """A yes or no."""

    def __init__(self, text: str, read: Callable[[], bool], write: Callable[[bool], None], *, tip: str = "") -> None:
        super().__init__(text)
        self._read = read
        self.box = QCheckBox(text)
        self.box.setToolTip(tip)
        self.column.addWidget(self.box)
        self.box.clicked.connect(write)
        self.box.clicked.connect(lambda _: self.left.emit())
        switch().changed.connect(self._outline)
        self._outline()

    def refresh(self) -> None:
        """Show the document's value."""
        self.box.setChecked(self._read())

    def _outline(self) -> None:
        # Fusion draws the box's outline as a darker Window colour, which can't be seen on a dark ground.
        palette = QPalette(self.box.palette())
        palette.setColor(QPalette.ColorRole.Window, theme().colour("muted"))
        self.box.setPalette(palette)


class Fact(Field):
    """A value to read and to copy, not to change."""

    def __init__(self, name: str, read: Callable[[], str], *, mono: bool = True) -> None:
        super().__init__(name)
        self._read = read
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setMinimumWidth(1)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if mono:
            self.label.setFont(mono_font())
        self.column.addWidget(self.label)

    def refresh(self) -> None:
        """Show the value of now."""
        text = self._read()
        if self.label.text() != text:
            self.label.setText(text)
            self.label.setToolTip(text)


def error_label() -> QLabel:
    """An empty line for an error."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", "error")
    label.hide()
    return label


def problem_of(check: Check | None, text: str) -> str:
    """What `check` has against a text; empty if nothing."""
    if check is None:
        return ""
    try:
        check(text)
    except UserError as wrong:
        return f"{wrong.text}: {wrong.remedy}" if wrong.remedy else wrong.text
    return ""


def tell(label: QLabel, problem: str, edit: QWidget) -> None:
    """Show a problem below a widget, and mark the widget; an empty one takes both away."""
    text = f"✖ {problem}" if problem else ""
    if label.text() != text:
        label.setText(text)
    label.setVisible(bool(problem))
    state = "error" if problem else ""
    if (edit.property("state") or "") != state:
        edit.setProperty("state", state)
        edit.style().unpolish(edit)
        edit.style().polish(edit)
