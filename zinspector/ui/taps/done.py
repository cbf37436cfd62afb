"""The last page of the tap dialog: the one address to change, and whether somebody has come since.

A tap that can't run says so first, and offers to go back and change it, or to give it up; where a command helps, that
is there to be copied.
"""

from __future__ import annotations

import re
import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from zinspector.decode.api import visible
from zinspector.doctor.finding import Finding
from zinspector.errors import EndpointError
from zinspector.runtime.addresses import to_connect
from zinspector.runtime.counts import NodeState
from zinspector.topology.document import ImportNode
from zinspector.ui.canvas.words import plural
from zinspector.ui.taps import words
from zinspector.ui.taps.kinds import Change, Made
from zinspector.ui.taps.pages import muted
from zinspector.ui.theme import mono_font, theme
from zinspector.ui.workspace import Workspace

REFRESH_S = 0.25
COMMAND = re.compile("`([^`]+)`")
WAITING = "waits for the first connection …"


class DonePage(QWidget):
    """What to do now, and how it goes.

    Signals:
        showRequested(str): the user wants to see this node on the canvas.
        backRequested(): the tap can't run; the user wants to change what it needs.
        givenUp(): the tap can't run; the user doesn't want it any more.
    """

    showRequested = Signal(str)
    backRequested = Signal()
    givenUp = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._node_id = ""
        self._name = ""
        self._change = Change("")
        self._is_file = False  # it is read, and ends by itself
        self.failed = False
        """Whether the tap was drawn and can't run."""
        self._next = 0.0
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setProperty("role", "title")
        self.sentence = muted("")
        self.address = QLineEdit()
        self.address.setReadOnly(True)
        self.address.setFont(mono_font(11))
        self.address.setAccessibleName("The address to connect to, or the command that helps")
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy what stands beside it")
        self.instead = muted("")
        self.back = QPushButton("Change it…")
        self.back.setToolTip("Take the tap out of the drawing, and go back to what it was made from")
        self.give_up = QPushButton("Give up")
        self.give_up.setToolTip("Take the tap out of the drawing")
        self.show_ = QPushButton("Show on the canvas")
        self.state = muted("")
        self.card = QFrame()
        self.card.setProperty("role", "card")
        self._lay_out()
        self.copy.clicked.connect(self._copy)
        self.back.clicked.connect(self.backRequested)
        self.give_up.clicked.connect(self.givenUp)
        self.show_.clicked.connect(lambda: self.showRequested.emit(self._node_id))
        workspace.diagnosis.changed.connect(self.refresh)
        workspace.ticked.connect(self._ticked)

    def tell(self, made: Made) -> None:
        """Show what was made."""
        self._node_id = made.node_id
        node = made.document.node(made.node_id)
        self._name = visible(node.title if node is not None else made.node_id)
        self._change = made.change
        self._is_file = isinstance(node, ImportNode) and not node.interface
        self.copy.setText("Copy")
        self._lay_bare(failed=False)
        self._address(made.change.address)
        self.refresh()
        (self.copy if made.change.address else self).setFocus()

    def forget(self) -> None:
        """The tap was taken out again."""
        self._node_id, self.failed = "", False

    def refresh(self) -> None:
        """Show how it goes."""
        if not self._node_id or not self.isVisible():
            return
        found = [one for one in self._workspace.diagnosis.findings if one.node == self._node_id]
        wrong = [one for one in found if one.severity == "error"]
        if wrong:
            self._tell_failed(wrong[0])
            return
        if self.failed:
            self._address(self._change.address)
        self._lay_bare(failed=False)
        state = self._workspace.live.states().get(self._node_id)
        runs = state is not None and not self._is_file
        self.title.setText(f"{self._name} is drawn{' and runs' if runs else ''}")
        if state is None:
            self._say("◐  starts …", "muted")
            return
        if "*" in self._change.address and state.addresses:  # a wildcard is known once it runs
            self._address(state.addresses[0])
        self._tell_peers(state, [one for one in found if one.severity == "warning"])

    # Inside

    def _tell_failed(self, wrong: Finding) -> None:
        self.title.setText(f"{self._name} can't run")
        self._lay_bare(failed=True)
        self._say(f"✖  {_sentence(wrong)}", "error")
        command = COMMAND.search(wrong.remedy)
        self.card.setVisible(command is not None)
        if command is not None and command[1] != self.address.text():
            self.address.setText(command[1])
            self.address.setCursorPosition(0)
            self.copy.setText("Copy")

    def _tell_peers(self, state: NodeState, warnings: list[Finding]) -> None:
        live = [one for one in self._workspace.taps.book if one.node == self._node_id and one.live]
        if live:
            newest = live[-1]
            ends = f"{words.end_name(newest.connecting)} → {words.end_name(newest.listening)}"
            self._say(f"●  {plural(len(live), 'connection')}, the newest: {ends}", "ok")
        elif state.peers:
            self._say(f"●  {plural(state.peers, 'connection')}", "ok")
        elif warnings:
            read = f"{visible(state.text)} · " if self._is_file and state.text else ""
            self._say(f"▲  {read}{_sentence(warnings[0])}", "warn")
        elif self.address.text():
            self._say(f"◐  {WAITING}", "warn")
        else:
            self._say(f"●  {visible(state.text)}" if state.text else "●  runs", "ok")

    def _lay_bare(self, *, failed: bool) -> None:
        """What is to be changed elsewhere matters only when the tap runs."""
        self.failed = failed
        change = self._change
        self.sentence.setText("" if failed else change.sentence)
        self.sentence.setVisible(not failed)
        self.card.setVisible(bool(change.address) and not failed)
        self.instead.setVisible(bool(self.instead.text()) and not failed)
        for button in (self.back, self.give_up):
            button.setVisible(failed)

    def _address(self, listen: str) -> None:
        """Show where to connect to what listens there."""
        try:
            here, elsewhere = to_connect(listen) if listen else ("", "")
        except EndpointError:  # the drawing's findings tell
            here, elsewhere = listen, ""
        self.address.setText(here)
        told = [f"instead of {self._change.instead_of}"] if self._change.instead_of else []
        told += [f"{elsewhere} on other machines"] if elsewhere else []
        self.instead.setText(" · ".join(told))
        self.instead.setVisible(bool(told))

    def _ticked(self) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + REFRESH_S
            self.refresh()

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
        buttons = QHBoxLayout()
        for button in (self.back, self.give_up, self.show_):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 12)
        layout.setSpacing(10)
        for widget in (self.title, self.sentence, self.card, self.instead):
            layout.addWidget(widget)
        layout.addSpacing(8)
        layout.addWidget(self.state)
        layout.addLayout(buttons)
        layout.addStretch(1)


def _sentence(finding: Finding) -> str:
    return f"{finding.text}: {finding.remedy}" if finding.remedy else finding.text
