"""The last page of the tap dialog: the one address to change, and whether somebody has come since."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from zinspector.decode.api import visible
from zinspector.ui.canvas.words import plural
from zinspector.ui.taps import words
from zinspector.ui.taps.kinds import Made
from zinspector.ui.taps.pages import muted
from zinspector.ui.theme import mono_font, theme
from zinspector.ui.workspace import Workspace

REFRESH_S = 0.25
WAITING = "waits for the first connection …"


class DonePage(QWidget):
    """What to do now, and how it goes.

    Signals:
        showRequested(str): the user wants to see this node on the canvas.
    """

    showRequested = Signal(str)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._node_id = ""
        self._next = 0.0
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setProperty("role", "title")
        self.sentence = muted("")
        self.address = QLineEdit()
        self.address.setReadOnly(True)
        self.address.setFont(mono_font(11))
        self.address.setAccessibleName("The address to connect to")
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy the address")
        self.instead = muted("")
        self.state = muted("")
        self.card = QFrame()
        self.card.setProperty("role", "card")
        self._lay_out()
        self.copy.clicked.connect(self._copy)
        workspace.findingsChanged.connect(self.refresh)
        workspace.ticked.connect(self._ticked)

    def tell(self, made: Made) -> None:
        """Show what was made."""
        self._node_id = made.node_id
        node = made.document.node(made.node_id)
        self.title.setText(f"{visible(node.title if node is not None else made.node_id)} is drawn and runs")
        change = made.change
        self.sentence.setText(change.sentence)
        self.address.setText(change.address)
        self.copy.setText("Copy")
        self.card.setVisible(bool(change.address))
        self.instead.setText(f"instead of {change.instead_of}" if change.instead_of else "")
        self.instead.setVisible(bool(change.instead_of))
        self.refresh()
        (self.copy if change.address else self).setFocus()

    def refresh(self) -> None:
        """Show how it goes."""
        if not self._node_id or not self.isVisible():
            return
        wrong = [one for one in self._workspace.findings if one.node == self._node_id and one.severity == "error"]
        if wrong:
            self._say(f"✖  {wrong[0].text}. {wrong[0].remedy}".rstrip(". "), "error")
            return
        self._resolve()
        live = [one for one in self._workspace.taps.book if one.node == self._node_id and one.live]
        if live:
            newest = live[-1]
            ends = f"{words.end_name(newest.connecting)} → {words.end_name(newest.listening)}"
            self._say(f"●  {plural(len(live), 'connection')}, the newest: {ends}", "ok")
        elif self.address.text():
            self._say(f"◐  {WAITING}", "warn")
        else:
            state = self._workspace.node_state(self._node_id)
            self._say(f"●  {visible(state.text)}" if state is not None and state.text else "●  runs", "ok")

    def _ticked(self) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + REFRESH_S
            self.refresh()

    def _resolve(self) -> None:
        """A wildcard port is known once it runs."""
        state = self._workspace.node_state(self._node_id)
        if "*" in self.address.text() and state is not None and state.addresses:
            self.address.setText(state.addresses[0])

    def _say(self, text: str, role: str) -> None:
        if text != self.state.text():
            self.state.setText(text)
        self.state.setStyleSheet(f"color: {getattr(theme(), role)}")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.address.text())
        self.copy.setText("Copied ✓")

    def _lay_out(self) -> None:
        row = QHBoxLayout(self.card)
        row.setContentsMargins(12, 10, 12, 10)
        row.addWidget(self.address, 1)
        row.addWidget(self.copy)
        show = QPushButton("Show on the canvas")
        show.clicked.connect(lambda: self.showRequested.emit(self._node_id))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 12)
        layout.setSpacing(10)
        for widget in (self.title, self.sentence, self.card, self.instead):
            layout.addWidget(widget)
        layout.addSpacing(8)
        layout.addWidget(self.state)
        layout.addWidget(show, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)
