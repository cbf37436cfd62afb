"""The Connections tab: every connection that a tap saw, live or from a file, and the chosen one in full beside it."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from zinspector.capture.connection import Connection, End
from zinspector.ui.taps.detail import ConnectionDetail
from zinspector.ui.taps.empty import NoConnections
from zinspector.ui.taps.model import COLUMNS, CONNECTION, ConnectionModel
from zinspector.ui.theme import mono_font, switch, ui_font
from zinspector.ui.workspace import Workspace

REFRESH_S = 0.4
REST = 15  # with thousands of connections: as many times as long as a refresh took
SIZES = [1010, 390]
PADDING = 12
NAMES = [place for place, column in enumerate(COLUMNS) if column.title in ("From", "To")]


class ConnectionsPanel(QWidget):
    """Table and detail of the connections.

    Signals:
        followRequested(object): show only the rows of this Connection.
        rowRequested(int): show the row with this number among the messages.
        tapRequested(): start a tap.
        probeRequested(str): ask this endpoint what it is.
        countChanged(int): how many connections are open.
    """

    followRequested = Signal(object)
    rowRequested = Signal(int)
    tapRequested = Signal()
    probeRequested = Signal(str)
    countChanged = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.workspace = workspace
        self.model = ConnectionModel(workspace)
        self.model.shows = self._shows
        self.table = ConnectionTable(self.model)
        self.detail = ConnectionDetail(workspace)
        self.empty = NoConnections()
        self.search = QLineEdit()
        self.only_open = QPushButton("Only open")
        self.follow = QPushButton("Follow")
        self.summary = QLabel()
        self._chosen: Connection | None = None
        self._open = -1
        self._next = 0.0
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.refresh)
        self._lay_out()
        self._join()
        self.refresh()

    def current(self) -> Connection | None:
        """The chosen connection."""
        return self._chosen

    def select(self, connection: Connection) -> None:
        """Choose a connection."""
        self.search.clear()
        self.only_open.setChecked(False)
        self.refresh()
        if (row := self.model.row_of(connection)) is not None:
            self.table.selectRow(row)

    def refresh(self) -> None:
        """Show the connections of now."""
        began = time.monotonic()
        self._later.stop()
        self.model.refresh()
        self._keep_chosen()
        self.detail.refresh()
        book = self.workspace.taps.book
        live = sum(one.live for one in book)
        forgotten = f" · {book.forgotten:,} older ones forgotten" if book.forgotten else ""
        hidden = (
            f" · {len(book) - len(self.model.connections):,} hidden" if len(self.model.connections) < len(book) else ""
        )
        self.summary.setText(f"{live:,} open of {len(book):,}{hidden}{forgotten}")
        self._stack.setCurrentWidget(self._splitter if len(book) else self.empty)
        if live != self._open:
            self._open = live
            self.countChanged.emit(live)
        self._next = time.monotonic() + max(REFRESH_S, REST * (time.monotonic() - began))

    # Inside

    def _lay_out(self) -> None:
        self.search.setPlaceholderText("Find a connection: process, address, socket type, identity, state")
        self.search.setAccessibleName("Find a connection")
        self.search.setClearButtonEnabled(True)
        self.only_open.setCheckable(True)
        self.only_open.setToolTip("Hide connections that have ended")
        self.follow.setToolTip("Show only the rows of this connection among the messages (Enter)")
        self.follow.setEnabled(False)
        self.summary.setProperty("role", "muted")
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 6)
        bar.setSpacing(8)
        bar.addWidget(self.search, 1)
        for widget in (self.summary, self.only_open, self.follow):
            bar.addWidget(widget)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.detail)
        self._splitter.setStretchFactor(0, 5)
        self._splitter.setStretchFactor(1, 2)
        self._splitter.setSizes(SIZES)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self._stack, 1)
        self.setFocusProxy(self.table)

    def _join(self) -> None:
        self.workspace.taps.changed.connect(self._changed)
        self.workspace.ticked.connect(self._ticked)
        self.search.textChanged.connect(self.refresh)
        self.only_open.toggled.connect(self.refresh)
        self.follow.clicked.connect(self._follow)
        self.empty.tap.clicked.connect(self.tapRequested)
        self.detail.rowRequested.connect(self.rowRequested)
        self.table.selectionModel().currentRowChanged.connect(self._current_changed)
        self.table.activated.connect(self._follow)
        self.table.customContextMenuRequested.connect(self._open_menu)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while nobody looked."""
        super().showEvent(event)
        self.refresh()

    def _changed(self) -> None:
        left = self._next - time.monotonic()
        if left <= 0:
            self.refresh()
        elif not self._later.isActive():
            self._later.start(int(left * 1000) + 1)

    def _ticked(self) -> None:
        if self.isVisible() and time.monotonic() >= self._next:
            self.refresh()  # ages and delays go on by themselves

    def _shows(self, connection: Connection) -> bool:
        if self.only_open.isChecked() and not connection.live:
            return False
        wanted = self.search.text().lower().split()
        if not wanted:
            return True
        told = " ".join(column.text(connection, self.model) for column in COLUMNS[:8]).lower()
        told += f" {connection.connecting.address} {connection.listening.address}".lower()
        return all(word in told for word in wanted)

    def _keep_chosen(self) -> None:
        """Choose again what was chosen, wherever it stands now."""
        chosen = self._chosen
        if chosen is None or self.table.currentIndex().data(CONNECTION) is chosen:
            return
        row = self.model.row_of(chosen)
        if row is not None:
            self.table.selectRow(row)
        elif not any(one is chosen for one in self.workspace.taps.book):  # another capture came
            self._chosen = None
            self.detail.show_connection(None)
            self.follow.setEnabled(False)

    def _current_changed(self, index: QModelIndex) -> None:
        chosen = index.data(CONNECTION) if index.isValid() else None
        if isinstance(chosen, Connection) and chosen is not self._chosen:
            self._chosen = chosen
            self.detail.show_connection(chosen)
            self.follow.setEnabled(True)

    def _follow(self) -> None:
        if self._chosen is not None:
            self.followRequested.emit(self._chosen)

    def _open_menu(self, where: QPoint) -> None:
        index = self.table.indexAt(where)
        if not index.isValid():
            return
        self.table.selectRow(index.row())
        menu = self.menu(index.data(CONNECTION))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(where))

    def menu(self, connection: Connection) -> QMenu:
        """What can be done with a connection."""
        menu = QMenu(self)
        menu.addAction("Follow this connection", lambda: self.followRequested.emit(connection))
        begins = menu.addAction("Show where it begins", lambda: self.rowRequested.emit(connection.first_n))
        begins.setEnabled(connection.first_n > 0)
        menu.addAction("Show its tap on the canvas", lambda: self.workspace.select([connection.node]))
        menu.addSeparator()
        for what, end in (("who connects", connection.connecting), ("who listens", connection.listening)):
            if end.address:
                menu.addAction(f"Copy the address of {what}", partial(_copy, end))
        target = probe_target(connection.listening)
        if target:
            menu.addSeparator()
            menu.addAction(f"Probe {target.replace('&', '&&')}…", lambda: self.probeRequested.emit(target))
        return menu


class ConnectionTable(QTableView):
    """The table itself: whole rows, sortable, columns that can be moved. Room that is left is for names of programs."""

    def __init__(self, model: ConnectionModel) -> None:
        super().__init__()
        self._share = 0  # of the room that is left, what each of NAMES got
        self.setModel(model)
        self.setAccessibleName("Connections")
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # a name ends in a pid, a path in what tells it from others
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self._restyle()
        switch().changed.connect(self._restyle)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is as a double click, on every platform."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the width; what was made wider or narrower by hand stays so."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        left = self.viewport().width() - self.horizontalHeader().length()
        share = max(0, self._share + left // len(NAMES))
        for place in NAMES:
            self.setColumnWidth(place, self.columnWidth(place) + share - self._share)
        self._share = share

    def _restyle(self) -> None:
        plain, mono = QFontMetrics(ui_font()), QFontMetrics(mono_font())
        self.verticalHeader().setDefaultSectionSize(max(plain.height(), mono.height()) + 5)
        for place, column in enumerate(COLUMNS):
            measure = mono if column.mono else plain
            title = plain.horizontalAdvance(column.title) + 14
            self.setColumnWidth(place, max(measure.horizontalAdvance(column.sample), title) + PADDING)
        self._share = 0
        self._share_room()


def probe_target(end: End) -> str:
    """The endpoint that an end listens at, as far as its address tells."""
    address = end.address
    if not address or "://" in address:
        return address
    return f"ipc://{address}" if address.startswith(("/", "@")) else f"tcp://{address}"


def _copy(end: End) -> None:
    QGuiApplication.clipboard().setText(end.address)
