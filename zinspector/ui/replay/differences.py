"""The replies that differ, or of a REP the requests: a list of them, and the one that is selected as a unified diff.

A difference is told by the sign at the front of a line, and by colour. Payloads are hostile: plain text only.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPlainTextEdit, QSplitter, QWidget

from zinspector.capture.compare import Difference
from zinspector.ui.theme import mono_font, switch, theme

MOST = 1000
ROLES = {"-": "error", "+": "ok", "@": "accent"}
WIDTHS = [210, 420]


class Differences(QSplitter):
    """List and diff.

    Signals:
        rowRequested(int): the user wants to see this recorded row.
    """

    rowRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.list = QListWidget()
        self.list.setAccessibleName("What differs")
        self.list.setToolTip("Double click: show the recorded request in the table")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(mono_font())
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("Difference")
        self._colours = _Colours(self.text.document())
        self._found: list[Difference] = []
        self._what = "reply"
        self.addWidget(self.list)
        self.addWidget(self.text)
        self.setSizes(WIDTHS)
        self.list.currentRowChanged.connect(self._show)
        self.list.itemActivated.connect(lambda _: self._request_row())
        switch().changed.connect(self._colours.rehighlight)

    def begin(self, what: str) -> None:
        """Forget all; what is compared from now on is a `reply` or a `request`."""
        self._what = what
        self._found.clear()
        self.list.clear()
        self.text.clear()

    def add(self, difference: Difference) -> None:
        """One more; those above a thousand are only counted by the replay."""
        if len(self._found) >= MOST:
            return
        self._found.append(difference)
        what = f"≠  {self._what} differs" if difference.received else "✖  no reply"
        self.list.addItem(QListWidgetItem(f"{what} · request {difference.request:,}"))
        if len(self._found) == 1:
            self.list.setCurrentRow(0)

    def _show(self, row: int) -> None:
        self.text.setPlainText(self._found[row].text if 0 <= row < len(self._found) else "")

    def _request_row(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._found):
            self.rowRequested.emit(self._found[row].request)


class _Colours(QSyntaxHighlighter):
    """Lines in the colour of their sign."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        role = ROLES.get(text[:1])
        if role is not None:
            form = QTextCharFormat()
            form.setForeground(theme().colour(role))
            self.setFormat(0, len(text), form)
