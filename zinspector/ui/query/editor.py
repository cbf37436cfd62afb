"""Where SQL is written: several lines, Ctrl+Enter runs them; what is wrong is underlined in its place."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QSyntaxHighlighter, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from zinspector.ui.theme import mono_font, switch, theme

HINT = "SELECT … FROM messages   (Ctrl+Enter runs it, Alt+Up and Alt+Down: what was asked before)"
WORDS = re.compile(
    r"(?P<word>\b(?:select|from|where|group|order|by|limit|as|and|or|not|in|is|null|like|case|when|then|else|end|with|"
    r"having|join|left|on|using|over|partition|distinct|desc|asc|all|union|between|values|filter|offset)\b)"
    r"|(?P<text>'(?:[^']|'')*')|(?P<number>\b\d[\w.]*)|(?P<comment>--.*)",
    re.IGNORECASE,
)
ROLES = {"word": "accent", "text": "pipeline", "number": "reqrep", "comment": "muted"}


class SqlEditor(QPlainTextEdit):
    """A statement.

    Signals:
        runRequested(): Ctrl+Enter.
        olderRequested(int): 1 for the statement before in the history, -1 for the next.
    """

    runRequested = Signal()
    olderRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(HINT)
        self.setAccessibleName("SQL")
        self.setTabChangesFocus(True)
        self._colours = Colours(self)
        self.textChanged.connect(lambda: self.mark(0, 0))
        switch().changed.connect(self._restyle)
        self._restyle()

    @property
    def statement(self) -> str:
        """What is selected, or all of it."""
        chosen = self.textCursor().selectedText().replace("\u2029", "\n").strip()
        return chosen or self.toPlainText().strip()

    def mark(self, line: int, column: int) -> None:
        """Underline the word there and put the cursor before it; 0 takes the mark away."""
        self.setExtraSelections([])
        block = self.document().findBlockByNumber(line - 1)
        if line < 1 or not block.isValid():
            return
        cursor = QTextCursor(block)
        cursor.movePosition(
            QTextCursor.MoveOperation.Right,
            QTextCursor.MoveMode.MoveAnchor,
            min(max(0, column - 1), block.length() - 1),
        )
        self.setTextCursor(cursor)
        cursor.select(QTextCursor.SelectionType.WordUnderCursor)
        found = QTextEdit.ExtraSelection()
        found.cursor = cursor
        found.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        found.format.setUnderlineColor(theme().colour("error"))
        self.setExtraSelections([found])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter runs; Alt+Up and Alt+Down walk through the history."""
        modifiers = event.modifiers()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and modifiers & Qt.KeyboardModifier.ControlModifier:
            self.runRequested.emit()
        elif modifiers & Qt.KeyboardModifier.AltModifier and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.olderRequested.emit(1 if event.key() == Qt.Key.Key_Up else -1)
        else:
            super().keyPressEvent(event)

    def _restyle(self) -> None:
        self.setFont(mono_font())
        self._colours.rehighlight()


class Colours(QSyntaxHighlighter):
    """Keywords, texts, numbers and comments in the colours of the theme."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        super().__init__(editor.document())

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        for found in WORDS.finditer(text):
            kind = found.lastgroup or ""
            look = QTextCharFormat()
            look.setForeground(theme().colour(ROLES[kind]))
            if kind == "word":
                look.setFontWeight(QFont.Weight.DemiBold)
            self.setFormat(found.start(), found.end() - found.start(), look)
