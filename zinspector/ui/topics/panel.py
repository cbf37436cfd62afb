"""The Topics tab: which topics there are, how much comes of each and how fast, and what came last.

- Counted in a thread (`preparing`), whether the tab is in view or not; drawn only while it is.
- A double click, or Enter, shows a topic's messages: it becomes the filter of the message table.
- More than `MOST_TOPICS` topics are counted together and not listed.
"""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from zinspector.capture.topics import Topics
from zinspector.ui.canvas.words import plural
from zinspector.ui.theme import mono_font, switch
from zinspector.ui.topics.model import CHANGE, COUNT, RATE, TOPIC, VALUE, VOLUME, WHEN, TopicModel
from zinspector.ui.topics.tree import Branch, matching, readable
from zinspector.ui.topics.words import below, of_topic
from zinspector.ui.workspace import Workspace

REFRESH_S = 0.25
SEARCH_MS = 150
CHUNK = 20
EXPANDED = 60  # so many branches are opened by themselves
BUDGET_S = 0.006
EMPTY = (
    "Topics of PUB/SUB traffic appear here as it is captured.\n"
    "Press Run (Ctrl+E), tap a publisher (Ctrl+K), or open a capture (Ctrl+O)."
)
FILTERS = {"Show only these": "replace", "And these (narrow the filter)": "and", "But not these": "and not"}
WIDTHS = {TOPIC: 300, COUNT: 96, RATE: 78, VOLUME: 84, CHANGE: 24, VALUE: 420, WHEN: 110}


class TopicView(QTreeView):
    """The tree; Enter activates on every platform, Ctrl+C copies the topic.

    Signals:
        copyRequested(): Ctrl+C.
    """

    copyRequested = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Ctrl+C."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_C and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.copyRequested.emit()
        else:
            super().keyPressEvent(event)


class TopicsPanel(QWidget):
    """Search line, tree, and what is not listed.

    Signals:
        filterRequested(str, str): show the rows of this filter; how: replace, and, and not.
        rowRequested(int): the user wants to see this message.
    """

    filterRequested = Signal(str, str)
    rowRequested = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.setAutoFillBackground(True)
        self.model = TopicModel(workspace)
        self.model.setParent(self)
        self.view = TopicView()
        self.search = QLineEdit()
        self.more = QLabel()
        self._next_refresh = 0.0
        self._pause = QTimer(self, interval=SEARCH_MS, singleShot=True)
        self._pause.timeout.connect(self._search)
        self._waiting: list[int] = []  # places of topics that the tree has yet to take in, the next one last
        self._catch_up = QTimer(self, interval=0, singleShot=True)
        self._catch_up.timeout.connect(self._grow)
        self._lay_out()
        self.setFocusProxy(self.view)
        workspace.preparing.begunAnew.connect(self._forget)
        workspace.preparing.counted.connect(self._take)
        workspace.ticked.connect(self.look)
        self.view.activated.connect(self._activated)
        self.view.copyRequested.connect(self._copy_current)
        self.view.customContextMenuRequested.connect(self._open_menu)
        switch().changed.connect(self._restyle)
        self._restyle()

    @property
    def topics(self) -> Topics:
        """What was counted."""
        return self.workspace.preparing.topics

    def look(self) -> None:
        """Draw what is new, a few times a second, if somebody looks."""
        if self.isVisible() and time.monotonic() >= self._next_refresh:
            self.refresh()

    def refresh(self) -> None:
        """Draw the figures of now."""
        self._next_refresh = time.monotonic() + REFRESH_S
        self.model.refresh(self.topics, live=self.workspace.running)
        self.view.viewport().update()
        self.stack.setCurrentIndex(0 if self.topics.messages else 1)
        self._tell()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        self.refresh()

    def branch(self, path: str) -> Branch | None:
        """The branch with this path, if it is shown."""
        found = self.model.tree.way(path)[-1]
        return found if found.path == path else None

    def menu_of(self, branch: Branch) -> QMenu:
        """What can be done with a branch."""
        menu = QMenu(self)
        if branch.topic >= 0:
            self._add_filters(menu.addMenu("Filter by this topic"), self._filter_of(branch))
        self._add_filters(menu.addMenu("Filter by all that begins so"), below(_bytes(branch)))
        menu.addSeparator()
        menu.addAction("Go to the last message", lambda: self._go_to_last(branch))
        menu.addAction("Copy topic\tCtrl+C", lambda: self._copy(branch))
        if branch.topic >= 0:
            menu.addAction("Copy last value", lambda: _to_clipboard(self.model.last_value(branch)))
        if branch.children:
            menu.addSeparator()
            menu.addAction("Open all below\t*", lambda: self.view.expandRecursively(self.model.index_of(branch)))
        return menu

    # Inside

    def _add_filters(self, menu: QMenu, wanted: str) -> None:
        for name, how in FILTERS.items():
            menu.addAction(name, partial(self.filterRequested.emit, wanted, how))

    def _take(self, new: range) -> None:
        wanted = self.search.text().strip().lower()
        self._take_in([n for n in new if wanted in readable(self.topics.names[n]).lower()])
        if self.isVisible() and not self.workspace.running:
            self.refresh()

    def _forget(self) -> None:
        self._waiting.clear()
        self.model.begin_anew()
        self.refresh()

    def _search(self) -> None:
        wanted = self.search.text().strip()
        found = matching(self.topics.names, wanted)
        self.model.begin_anew()
        self._waiting.clear()
        self._take_in(found)
        self.refresh()

    def _take_in(self, places: list[int]) -> None:
        self._waiting[:0] = places[::-1]
        if self._waiting and not self._catch_up.isActive():
            self._grow()

    def _grow(self) -> None:
        """Put topics that wait into the tree, for as long as nobody notices; then go on in the next turn."""
        end = time.perf_counter() + BUDGET_S
        while self._waiting and time.perf_counter() < end:
            some, self._waiting[-CHUNK:] = self._waiting[: -CHUNK - 1 : -1], []
            self.model.add(self.topics.names, some)
        if len(self.model.tree.branches) <= (EXPANDED * 4 if self.search.text().strip() else EXPANDED):
            self.view.expandAll()
        if self._waiting:
            self._catch_up.start()
        elif self.isVisible():
            self.refresh()

    def _tell(self) -> None:
        topics = self.topics
        text = f"{plural(len(topics.names), 'topic')} · {plural(topics.messages, 'message')}"
        if self.search.text().strip():
            shown = sum(branch.topic >= 0 for branch in self.model.tree.branches)
            text = f"{shown:,} of {text}"
        if topics.more_messages:
            text += f" · about {topics.more_topics:,} more topics are not listed ({topics.more_messages:,} messages)"
        self.more.setText(text)

    def _activated(self, index: QModelIndex) -> None:
        branch = self.model.branch(index)
        self.filterRequested.emit(self._filter_of(branch), "replace")

    def _filter_of(self, branch: Branch) -> str:
        return of_topic(_bytes(branch)) if branch.topic >= 0 else below(_bytes(branch))

    def _go_to_last(self, branch: Branch) -> None:
        n = int(self.model.figures().last_n[branch.place])
        if self.workspace.store.first_n <= n:
            self.rowRequested.emit(n)
        else:
            self.workspace.message.emit("Its messages were given up to stay within the memory limit", "warning")

    def _copy_current(self) -> None:
        if self.view.currentIndex().isValid():
            self._copy(self.model.branch(self.view.currentIndex()))

    def _copy(self, branch: Branch) -> None:
        _to_clipboard(_bytes(branch).decode("utf-8", "backslashreplace"))

    def _open_menu(self, where: QPoint) -> None:
        index = self.view.indexAt(where)
        if index.isValid():
            menu = self.menu_of(self.model.branch(index))
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self.view.viewport().mapToGlobal(where))

    def _restyle(self) -> None:
        self.view.setFont(mono_font())

    def _lay_out(self) -> None:
        self.search.setPlaceholderText("Search topics")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search topics")
        self.search.setMaximumWidth(360)
        self.search.textChanged.connect(lambda _: self._pause.start())
        self.search.returnPressed.connect(self.view.setFocus)
        self.more.setProperty("role", "muted")
        self.more.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self.search, 1)
        for text, tip, act in (
            ("Open all", "Open all branches", self.view.expandAll),
            ("Close all", "Close all branches", self.view.collapseAll),
        ):
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, call=act: call())
            row.addWidget(button)
        row.addWidget(self.more, 2)
        self.view.setModel(self.model)
        self.view.setAccessibleName("Topics")
        self.view.setUniformRowHeights(True)
        self.view.setExpandsOnDoubleClick(False)
        self.view.setAllColumnsShowFocus(True)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.setToolTip("Double-click or Enter shows these messages; right-click has more")
        header = self.view.header()
        header.setStretchLastSection(False)
        for column, width in WIDTHS.items():
            header.resizeSection(column, width)
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)
        empty = QLabel(EMPTY)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setProperty("role", "muted")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.stack, 1)


def _bytes(branch: Branch) -> bytes:
    return branch.path.encode("utf-8", "surrogateescape")


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
