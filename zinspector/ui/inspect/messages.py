"""The Messages tab: what to show, the table, and the selected message beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from zinspector.capture.connection import Connection
from zinspector.capture.follow import Follow, OfTopic, exchange, is_exchange
from zinspector.capture.message import Message
from zinspector.decode.api import visible
from zinspector.ui.filter.bar import FilterBar, How
from zinspector.ui.inspect.column_choice import ColumnChoice
from zinspector.ui.inspect.columns import MESSAGE_COLUMNS
from zinspector.ui.inspect.detail import MessageDetail
from zinspector.ui.inspect.emptiness import why_empty
from zinspector.ui.inspect.find_bar import FindBar
from zinspector.ui.inspect.follow_bar import FollowBar
from zinspector.ui.inspect.follow_button import FollowButton
from zinspector.ui.inspect.looks import Looks
from zinspector.ui.inspect.message_menu import message_menu
from zinspector.ui.inspect.row_actions import RowActions
from zinspector.ui.inspect.rows import Rows, Scope
from zinspector.ui.inspect.rule_dialog import RuleDialog
from zinspector.ui.inspect.scope_bar import ScopeBar
from zinspector.ui.inspect.sort_bar import SortBar
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.taps import words
from zinspector.ui.taps.book import follow_of
from zinspector.ui.workspace import Workspace

NOT_FOLLOWED = {
    "connection": "This row belongs to no tapped connection",
    "request": "This row is no message of a REQ, REP, DEALER or ROUTER",
    "topic": "This row has no topic",
}
SIZES = [1010, 390]
TOPIC_CHARS = 60


class MessagesPanel(QWidget):
    """Table and detail with their bar of controls.

    Signals:
        sendAgain(object): the user wants to edit and send this Message again.
        decodeRequested(object, int): choose a decoder for a frame of this Message.
        replayRequested(int): replay messages: 1 those that are shown, 2 those that are selected and marked.
    """

    sendAgain = Signal(object)
    decodeRequested = Signal(object, int)
    replayRequested = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.paused = False
        self._clears = workspace.store.clears
        self.scope_bar = ScopeBar(workspace)
        self.table = MessageTable(workspace, Rows(workspace.store, self.scope_bar.scope), MESSAGE_COLUMNS)
        self.table.setAccessibleName("Messages")
        self.looks = Looks(self)
        self.columns = ColumnChoice(workspace, self.table, self.looks)
        self.detail = MessageDetail(workspace)
        self.find_bar = FindBar(workspace, self.table)
        self.follow_bar = FollowBar()
        self.sort_bar = SortBar(self.table)
        self.filter_bar = FilterBar(
            workspace,
            lambda: self.displayed,
            lambda: self.table.rows.behind,
            lambda: None if self.table.sorting.column else self.table.near,
        )
        self.table.colouring.read_with(self.filter_bar.readings)
        self.pause = QPushButton("Pause")
        self.pause.setCheckable(True)
        self.pause.setToolTip("Hold this table still; capturing goes on")
        self.follow_button = FollowButton(self.table)
        self.row_actions = RowActions(workspace, self.table, self.columns)
        self._lay_out()
        self._say_why_empty()
        self.setFocusProxy(self.table)
        workspace.ticked.connect(self.look)
        self.scope_bar.scopeChanged.connect(self._scope_changed)
        self.find_bar.left.connect(self.table.setFocus)
        self.follow_bar.removed.connect(self.follow_nothing)
        self.filter_bar.left.connect(self.table.setFocus)
        self.filter_bar.sieve.answered.connect(self.show_rows)
        self.filter_bar.sieve.added.connect(self.add_rows)
        self.filter_bar.sieve.worked.connect(self._say_why_empty)
        self.filter_bar.line.textChanged.connect(lambda _: self._say_why_empty())
        self.pause.toggled.connect(self._set_paused)
        self.table.settled.connect(self.filter_bar.tell)
        self.table.currentChanged.connect(self._show_current)
        self.table.menuRequested.connect(self._open_menu)
        self.looks.failed.connect(lambda error: self._say(str(error)))
        self.table.unsorted.connect(lambda title: self._say(f"Rows can't be sorted by {title}"))
        self.table.sorting.failed.connect(lambda error: self._say(f"Rows can't be sorted: {error}"))
        self.table.activated.connect(lambda _: self.detail.tree.setFocus())
        self.detail.decodeRequested.connect(self.decodeRequested)
        self.detail.filterRequested.connect(self.filter_by)

    @property
    def displayed(self) -> int:
        """Rows in the present scope."""
        return len(self.table.rows)

    def look(self) -> None:
        """Take in what is new, unless paused; not more often than there is time for."""
        self._take_in(self.table.look)

    def refresh(self) -> None:
        """Take in what is new at once, unless paused."""
        self._take_in(self.table.refresh)

    def _take_in(self, take: Callable[[], None]) -> None:
        if self.workspace.store.clears != self._clears:
            self._forget()
        if not self.paused:
            take()
        if not self.displayed and not self.paused and not self.table.rows.behind:
            self._say_why_empty()
        current = self.table.current
        if current is not None and current < self.workspace.store.first_n:
            self.detail.say_gone()

    def _forget(self) -> None:
        """Everything was cleared, or another capture came: nothing is selected, found or followed any more."""
        store = self.workspace.store
        self._clears = store.clears
        self.table.select(None)
        self.row_actions.forget()
        self.table.set_following(not store.opened)  # a file is read from its beginning
        self.find_bar.cancel()
        self.find_bar.outcome.clear()
        if store.opened:
            self.follow_nothing()
        self.table.refresh()

    def show_rows(self, numbers: npt.NDArray[np.integer[Any]] | None) -> None:
        """Show only the rows that a filter lets through, ascending; None shows all that is in scope."""
        self.table.show_rows(numbers)

    def add_rows(self, numbers: npt.NDArray[np.integer[Any]]) -> None:
        """Show these rows too: the filter lets them through, and they come after all others, or before."""
        self.table.add_rows(numbers)
        if self.filter_bar.sieve.answering:
            self.table.look()  # it was asked for, even if the table is held still
        else:
            self.look()

    def select(self, n: int) -> None:
        """Select a message by its number."""
        self.refresh()
        self.table.select(n)

    def show_row(self, n: int) -> None:
        """Select a row by its number, whatever has to be shown for that."""
        message = self.workspace.store.row(n)
        if message is not None:
            self.scope_bar.show_kinds_of(message)
        self.refresh()
        if n not in self.table.rows:
            self.follow_nothing()
        if n not in self.table.rows:
            self.filter_bar.clear()
        self.row_actions.go_to_place(str(n))

    def set_scope(self, items: frozenset[str] = frozenset()) -> None:
        """Show only what these nodes and links saw; none means all."""
        self.follow_bar.say("")
        self.scope_bar.narrow(items)

    # Following

    def follow_connection(self, connection: Connection) -> None:
        """Show only the rows of a tapped connection."""
        self._follow(follow_of(connection), words.title(connection))

    def follow_request(self, message: Message) -> None:
        """Show only a request and its reply, whichever of the two `message` is."""
        found = exchange(self.workspace.store.batches(), message)
        alone = "" if len(found.numbers) > 1 else ", whose other half is not here"
        self._follow(found, f"the request and reply of message {message.n:,}{alone}")

    def follow_topic(self, topic: str) -> None:
        """Show only the messages of one topic."""
        self._follow(OfTopic(topic.encode("utf-8", "surrogateescape")), f"topic {visible(topic, TOPIC_CHARS)}")

    def follow_nothing(self) -> None:
        """Show everything again."""
        self.set_scope()

    def follow_current(self, what: str) -> None:
        """Follow the connection, request or topic of the selected message; say why not where it has none."""
        message = self.detail.message
        if message is None:
            self._say("Select a message first")
            return
        connection = self.workspace.taps.connection_of(message)
        if what == "connection" and connection is not None:
            self.follow_connection(connection)
        elif what == "request" and is_exchange(message):
            self.follow_request(message)
        elif what == "topic" and message.topic is not None:
            self.follow_topic(message.topic)
        else:
            self._say(NOT_FOLLOWED[what])

    def _follow(self, follow: Follow, what: str) -> None:
        self.follow_bar.say(what)
        self.scope_bar.narrow(follow=follow)

    def filter_by(self, text: str, how: How = "replace") -> None:
        """Filter by this text, or by what is there and (not) this."""
        self.filter_bar.apply(text, how)

    def edit_rules(self, wanted: str = "") -> None:
        """Open the colour rules, at the one for a filter if it is given: a new one, unless there is one already."""
        dialog = RuleDialog(self.looks.rules, self)
        dialog.rulesChanged.connect(lambda rules: self.looks.choose(rules=rules))
        dialog.open()
        if wanted:
            dialog.edit(wanted)

    def start_search(self) -> None:
        """Put the cursor into the search line (Ctrl+F)."""
        self.find_bar.begin()

    def choose_columns(self) -> None:
        """Open the menu of the table's header."""
        header = self.table.header
        header.menuRequested.emit(-1, header.mapToGlobal(header.rect().bottomLeft()))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 6)
        bar.setSpacing(8)
        bar.addWidget(self.find_bar, 1)
        for widget in (self.scope_bar, self.pause, self.follow_button):
            bar.addWidget(widget)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.table)
        splitter.addWidget(self.detail)
        splitter.setStretchFactor(0, 5)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes(SIZES)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.filter_bar)
        layout.addLayout(bar)
        layout.addWidget(self.follow_bar)
        layout.addWidget(self.sort_bar)
        layout.addWidget(splitter, 1)

    def _scope_changed(self, scope: Scope) -> None:
        self._say_why_empty()
        self.table.set_scope(scope)

    def _say_why_empty(self) -> None:
        self.table.say_empty(why_empty(self.workspace, self.scope_bar, self.filter_bar))

    def _set_paused(self, paused: bool) -> None:
        self.refresh()
        self.paused = paused
        self.pause.setText("Paused" if paused else "Pause")
        self.refresh()

    def _show_current(self, n: int | None) -> None:
        self.detail.show_message(self.workspace.store.row(n) if n is not None else None)

    def _say(self, text: str) -> None:
        self.workspace.message.emit(text, "warning")

    def _open_menu(self, n: int, where: QPoint) -> None:
        message = self.workspace.store.row(n)
        if message is not None:
            menu = message_menu(self, message, self.table.column_at(where))
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(where)
