"""Discover: what listens on this machine and whose it is, asked on request who it is, and tapped with one click."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.runtime.discover import Listening, asked, listeners
from zinspector.tasks import Task, in_thread, spawn
from zinspector.ui.chip import Chip
from zinspector.ui.taps import words
from zinspector.ui.taps.pages import head
from zinspector.ui.theme import mono_font, theme

COLUMNS = ("Address", "Process", "Who it is")
WIDEST = (240, 170)  # pixels of the first two: the rest is for who it is
GAP = 16
LISTENING = Qt.ItemDataRole.UserRole
PROBE_S = 1.0
SENTENCE = "Choose what listens here, and tap it: a relay is put before it, and you are told the one address to change."
PROBING = "Probing asks who it is, and takes no messages from anybody."


class DiscoverPage(QWidget):
    """The list of listening sockets.

    Signals:
        tapRequested(object): tap this Listening.
        drawRequested(object): put this Listening on the canvas.
    """

    tapRequested = Signal(object)
    drawRequested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Listening] = []
        self.shown: list[Listening] = []
        self._taps: Mapping[str, str] = {}
        self._task: Task[None] | None = None
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find an address or a process")
        self.search.setAccessibleName("Find an address or a process")
        self.search.setClearButtonEnabled(True)
        self.only = Chip("Only ZeroMQ", "Hide what answered that it is something else, or nothing")
        self.only.setAutoDefault(False)
        self.refresh = _button("Refresh", "Look again", self.look)
        self.probe = _button("Probe all", "Ask each that is shown who it is, without becoming its peer", self.ask)
        self.probe_one = _button("Probe this", "Ask this one who it is, without becoming its peer", self.ask_current)
        self.tap = _button("Tap this", "Draw a relay before it and run it (Enter)", self._tap)
        self.tap.setDefault(True)
        self.draw = _button("Draw it", "Put it on the canvas as another program's socket", self._draw)
        self.list = ListenerList()
        self.state = QLabel()
        self.state.setProperty("role", "muted")
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.search.textChanged.connect(self._show)
        self.only.toggled.connect(self._show)
        self.list.currentItemChanged.connect(self._enable)
        self.list.chosen.connect(self._tap)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self._enable()

    def look(self) -> None:
        """List what listens now."""
        self._begin(self._look())

    def look_again(self) -> None:
        """List what listens now, unless something is under way."""
        if self._task is None or self._task.done():
            self.look()

    def mark(self, taps: Mapping[str, str]) -> None:
        """Tell what is tapped already: the names of relays by their targets."""
        self._taps = taps
        if self.found:
            self._show()

    def ask(self) -> None:
        """Ask each that is shown who it is."""
        self._begin(self._ask(self.shown))

    def ask_current(self) -> None:
        """Ask the chosen one who it is."""
        if (chosen := self.current()) is not None and not chosen.own:
            self._begin(self._ask([chosen]))

    def stop(self) -> None:
        """Give up what is under way: the dialog closes."""
        if self._task is not None:
            self._task.cancel()

    def current(self) -> Listening | None:
        """The chosen socket."""
        item = self.list.currentItem()
        found = item.data(0, LISTENING) if item is not None else None
        return found if isinstance(found, Listening) else None

    def fill(self, found: Sequence[Listening]) -> None:
        """Show these."""
        self.found = list(found)
        self._show()

    # Inside

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self.stop()
        self._task = spawn(work, "discover")
        self.destroyed.connect(self._task.cancel)  # the window may go, and this with it

    async def _look(self) -> None:
        self.state.setText("Looking …")
        try:
            answers = {(one.bound, one.process): one.answer for one in self.found}
            now = await in_thread(listeners)
            self.fill([replace(one, answer=answers.get((one.bound, one.process))) for one in now])
        except UserError as error:
            self.state.setText(f"▲  {error}")

    async def _ask(self, whom: Sequence[Listening]) -> None:
        self.state.setText(f"Asking {len(whom)} …")
        self.probe.setEnabled(False)
        try:
            answered = {one.bound: one for one in await asked(whom, PROBE_S)}
            self.fill([answered.get(one.bound, one) for one in self.found])
        except UserError as error:
            self.state.setText(f"▲  {error}")
        finally:
            self.probe.setEnabled(True)

    def _show(self) -> None:
        wanted = self.search.text().strip()
        self.shown = shown = [one for one in self.found if (not wanted or one.matches(wanted)) and self._passes(one)]
        self.probe.setText("Probe all" if len(shown) == len(self.found) else f"Probe these {len(shown)}")
        self.list.fill(shown, self._taps)
        speaking = sum(one.answer is not None and one.answer.state == "zmtp" for one in self.found)
        known = f" · {speaking} speak ZeroMQ" if any(one.answer for one in self.found) else ""
        hidden = f" · {len(self.found) - len(shown)} hidden" if len(shown) < len(self.found) else ""
        self.state.setText(f"{len(self.found)} sockets listen{known}{hidden}")
        self._enable()

    def _passes(self, one: Listening) -> bool:
        return not self.only.isChecked() or one.answer is None or one.answer.state == "zmtp"

    def _enable(self) -> None:
        chosen = self.current()
        self.tap.setEnabled(chosen is not None and not chosen.own and chosen.tap is not None)
        self.draw.setEnabled(chosen is not None and not chosen.own)
        self.probe_one.setEnabled(chosen is not None and not chosen.own)
        own = chosen is not None and chosen.own
        self.tap.setToolTip("This is zinspector itself" if own else "Draw a relay before it and run it (Enter)")

    def _tap(self) -> None:
        if (chosen := self.current()) is not None and self.tap.isEnabled():
            self.tapRequested.emit(chosen)

    def _draw(self) -> None:
        if (chosen := self.current()) is not None and self.draw.isEnabled():
            self.drawRequested.emit(chosen)

    def menu(self) -> QMenu:
        """What can be done with the chosen socket."""
        menu = QMenu(self)
        for button in (self.probe_one, self.tap, self.draw):
            menu.addAction(button.text(), button.click).setEnabled(button.isEnabled())
        return menu

    def _open_menu(self, where: QPoint) -> None:
        if self.list.itemAt(where) is not None:
            menu = self.menu()
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self.list.viewport().mapToGlobal(where))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        for widget in (self.search, self.only, self.refresh, self.probe):
            top.addWidget(widget, 1 if widget is self.search else 0)
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addWidget(self.state, 1)
        bottom.addWidget(self.probe_one)
        bottom.addWidget(self.draw)
        bottom.addWidget(self.tap)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 12)
        layout.setSpacing(8)
        head(layout, "Discover", SENTENCE, PROBING)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addLayout(bottom)


class ListenerList(QTreeWidget):
    """One line a socket.

    Signals:
        chosen(): Enter or a double click on a line.
    """

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderLabels(COLUMNS)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setAccessibleName("Listening sockets")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.header().setStretchLastSection(True)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self._fitted = False
        self.itemDoubleClicked.connect(lambda _item, _column: self.chosen.emit())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def fill(self, found: Sequence[Listening], taps: Mapping[str, str]) -> None:
        """Show these, and the names of relays by their targets; what was chosen stays chosen."""
        item = self.currentItem()
        before = item.data(0, LISTENING).bound if item is not None else None
        self.clear()
        for one in found:
            line = QTreeWidgetItem(self, _texts(one, taps.get(one.endpoint)))
            line.setData(0, LISTENING, one)
            line.setFont(0, mono_font())
            for column, told in enumerate(_tips(one, line)):
                line.setToolTip(column, told.replace("<", "‹"))
            role = "muted" if one.own or one.answer is None else words.answer_role(one.answer)
            line.setForeground(2, theme().colour(role))
            if one.own:
                line.setForeground(0, theme().colour("muted"))
                line.setForeground(1, theme().colour("muted"))
            if one.bound == before:
                self.setCurrentItem(line)
        if found and not self._fitted:
            self._fitted = True
            for column, widest in enumerate(WIDEST):
                self.header().resizeSection(column, min(widest, self.sizeHintForColumn(column) + GAP))


def _tips(one: Listening, line: QTreeWidgetItem) -> tuple[str, str, str]:
    """What is cut in a narrow cell, and the whole command."""
    return line.text(0), visible(one.process.command) if one.process is not None else "", line.text(2)


def _texts(one: Listening, tap: str | None) -> list[str]:
    told = [words.answer_text(one.answer)] if one.answer is not None else []
    told += [f"tapped by {visible(tap, words.NAME_CHARS)}"] if tap is not None else []
    said = "zinspector itself" if one.own else " · ".join(told) or "not asked yet"
    return [visible(one.bound), words.process_text(one.process), said]


def _button(text: str, tip: str, go: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _=False: go())
    return button
