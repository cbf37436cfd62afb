"""A field of several texts, one a row, such as the addresses that a socket binds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from zinspector.ui.properties.fields import PAUSE_MS, Check, Field, error_label, problem_of, tell
from zinspector.ui.theme import icon, mono_font, switch

Texts = tuple[str, ...]


class ListField(Field):
    """Rows of text with a button to remove each, and one to add more. Empty rows do not count.

    Enter goes to a new row, Backspace in an empty row removes it. `check` is told below each row.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[], Sequence[str]],
        write: Callable[[Texts], None],
        *,
        check: Check | None = None,
        hint: str = "",
        add: str = "Add",
        wait: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(name)
        self._read, self._write, self._check = read, write, check
        self._name, self._hint, self._wait = name, hint, wait
        self._known: Texts | None = None
        self.rows: list[_Row] = []
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.add_button = QPushButton(f"+ {add}")
        self.add_button.setProperty("role", "quiet")
        self.add_button.setAccessibleName(f"{name}: {add}")
        self.add_button.clicked.connect(lambda: self._append("").edit.setFocus())
        self.column.addLayout(self._rows)
        self.column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._put)

    def texts(self) -> Texts:
        """What stands in the rows, without the empty ones."""
        return tuple(text for row in self.rows if (text := row.edit.text().strip()))

    def refresh(self) -> None:
        """Show the document's texts, if they changed elsewhere."""
        wanted = tuple(self._read())
        if wanted != self._known and not self._pause.isActive():
            self._known = wanted
            if wanted != self.texts():
                self._show(wanted)
        for row in self.rows:
            row.judge(self._check)

    def flush(self) -> None:
        """Write what still waits for a pause."""
        if self._pause.isActive():
            self._put()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter and Backspace in a row add and remove rows."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            row = next((row for row in self.rows if row.edit is watched), None)
            if row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row.edit.text():
                self._append("", after=row).edit.setFocus()
                return True
            if row is not None and event.key() == Qt.Key.Key_Backspace and not row.edit.text():
                self._remove(row)
                return True
        return super().eventFilter(watched, event)

    def _show(self, texts: Texts) -> None:
        for row in self.rows[len(texts) :]:
            self._drop(row)
        for text in texts[len(self.rows) :]:
            self._append(text)
        for row, text in zip(self.rows, texts, strict=True):
            if row.edit.text() != text:
                row.put(text)

    def _append(self, text: str, after: _Row | None = None) -> _Row:
        row = _Row(text, self._hint, self._name)
        row.edit.installEventFilter(self)
        row.edit.textEdited.connect(lambda _: self._typed(row))
        row.edit.editingFinished.connect(self._finished)
        row.remove.clicked.connect(lambda: self._remove(row))
        place = self.rows.index(after) + 1 if after is not None else len(self.rows)
        self.rows.insert(place, row)
        self._rows.insertWidget(place, row)
        row.show()
        return row

    def _remove(self, row: _Row) -> None:
        self.left.emit()  # what was typed before is a step of its own
        place = self.rows.index(row)
        self._drop(row)
        self._put()
        if self.rows:
            self.rows[max(0, place - 1)].edit.setFocus()
        self.left.emit()

    def _drop(self, row: _Row) -> None:
        self.rows.remove(row)
        self._rows.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _typed(self, row: _Row) -> None:
        row.judge(self._check)
        if self._wait():
            self._pause.start()
        else:
            self._put()

    def _put(self) -> None:
        self._pause.stop()
        self._write(self.texts())
        self._known = tuple(self._read())

    def _finished(self) -> None:
        self.flush()
        self.left.emit()


class _Row(QWidget):
    """One text, its button, and what is wrong with it."""

    def __init__(self, text: str, hint: str, name: str) -> None:
        super().__init__()
        self.edit = QLineEdit()
        self.edit.setFont(mono_font())
        self.edit.setPlaceholderText(hint)
        self.edit.setAccessibleName(name)
        self.remove = QToolButton()
        self.remove.setIcon(icon("close", "muted"))
        self.remove.setToolTip("Remove")
        self.remove.setAccessibleName(f"Remove from {name}")
        self.error: QLabel = error_label()
        switch().changed.connect(self._retint)
        line = QHBoxLayout()
        line.setSpacing(2)
        line.addWidget(self.edit, 1)
        line.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(line)
        column.addWidget(self.error)
        self.put(text)

    def put(self, text: str) -> None:
        """Show a text, from its beginning."""
        self.edit.setText(text)
        self.edit.setCursorPosition(0)

    def judge(self, check: Check | None) -> None:
        """Say what is wrong with the text."""
        text = self.edit.text().strip()
        self.edit.setToolTip(text)
        tell(self.error, problem_of(check, text) if text else "", self.edit)

    def _retint(self) -> None:
        self.remove.setIcon(icon("close", "muted"))
