"""One connection in full: what both programs said of themselves, what is subscribed to, and what was wrong.

A tree of names and values, so that it can be walked with the keyboard, folded and copied. While the connection changes
only the values that differ are written; it is built anew when lines came or went.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from zinspector.capture.connection import Connection, End
from zinspector.decode.api import visible
from zinspector.ui.canvas.words import plural
from zinspector.ui.status import bytes_text
from zinspector.ui.taps import words
from zinspector.ui.theme import mono_font, switch, theme
from zinspector.ui.workspace import Workspace

SHOWN_TOPICS = 500
SHOWN_ANOMALIES = 100
ROW = Qt.ItemDataRole.UserRole
EMPTY = "Select a connection to see both of its ends"
Line = tuple[str, str, int | None]  # name, value, the number of the row that it leads to
Group = tuple[str, str, list[Line]]  # name, what it sums up, its lines


class ConnectionDetail(QTreeWidget):
    """The facts of a connection.

    Signals:
        rowRequested(int): the user wants to see the row with this number.
    """

    rowRequested = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.connection: Connection | None = None
        self._shape: list[object] = [None]  # like nothing that can be shown, so that the first showing builds
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(12)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName("The selected connection")
        self.header().setStretchLastSection(True)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.itemActivated.connect(self._activated)
        switch().changed.connect(self._again)
        self.refresh()

    def show_connection(self, connection: Connection | None) -> None:
        """Show another connection, or that none is selected."""
        self.connection = connection
        self._again()

    def refresh(self) -> None:
        """Show what is known now."""
        groups = _groups(self.connection) if self.connection is not None else []
        shape: list[object] = [(name, [line[0] for line in lines]) for name, _, lines in groups]
        if shape != self._shape:
            self._build(groups)
            self._shape = shape
            return
        for place, (_, summary, lines) in enumerate(groups):
            group = self.topLevelItem(place)
            assert group is not None, "the shape is the same"
            _put(group, summary)
            for number, (_, value, _) in enumerate(lines):
                _put(group.child(number), value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies the value."""
        item = self.currentItem()
        if event.matches(QKeySequence.StandardKey.Copy) and item is not None:
            QGuiApplication.clipboard().setText(item.text(1) or item.text(0))
        else:
            super().keyPressEvent(event)

    def _again(self) -> None:
        self._shape = [None]
        self.refresh()

    def _build(self, groups: list[Group]) -> None:
        closed = {item.text(0) for item in self._tops() if not item.isExpanded()}
        place = self.verticalScrollBar().value()
        self.clear()
        if not groups:
            item = QTreeWidgetItem(self, [EMPTY])
            item.setForeground(0, theme().colour("muted"))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setFirstColumnSpanned(True)
            return
        for name, summary, lines in groups:
            group = QTreeWidgetItem(self, [name, summary])
            group.setForeground(0, theme().colour("warn" if name == "Anomalies" else "accent"))
            for line in lines:
                _add(group, line)
            group.setExpanded(name not in closed)
        self.verticalScrollBar().setValue(place)

    def _tops(self) -> list[QTreeWidgetItem]:
        return [item for row in range(self.topLevelItemCount()) if (item := self.topLevelItem(row)) is not None]

    def _activated(self, item: QTreeWidgetItem) -> None:
        if (n := item.data(0, ROW)) is not None:
            self.rowRequested.emit(n)


def _add(group: QTreeWidgetItem, line: Line) -> None:
    name, value, n = line
    item = QTreeWidgetItem(group, [name, value])
    item.setForeground(0, theme().colour("muted"))
    item.setFont(1, mono_font())
    item.setToolTip(1, value.replace("<", "‹"))
    if n is not None:
        item.setData(0, ROW, n)
        item.setToolTip(0, "Enter or a double click shows the row in Messages")


def _put(item: QTreeWidgetItem | None, value: str) -> None:
    if item is not None and item.text(1) != value:
        item.setText(1, value)
        item.setToolTip(1, value.replace("<", "‹"))


def _groups(one: Connection) -> list[Group]:
    groups = [
        (f"Connection {one.id}", words.state_text(one), _about(one)),
        ("Connects", words.end_name(one.connecting), _end(one.connecting)),
        ("Listens", words.end_name(one.listening), _end(one.listening)),
    ]
    topics = [(end, topic, count) for end in (one.connecting, one.listening) for topic, count in end.topics.items()]
    count = one.connecting.subscription_count + one.listening.subscription_count
    if count:
        lines: list[Line] = [
            (words.topic_shown(topic), f"× {times}" if times > 1 else "", None) for _, topic, times in topics
        ]
        groups.append(("Subscriptions", f"{count:,}", _capped(lines, SHOWN_TOPICS, count)))
    if one.anomaly_count:
        found: list[Line] = [(f"row {n:,}", visible(text), n) for n, text in one.anomalies]
        groups.append(("Anomalies", f"▲ {one.anomaly_count:,}", _capped(found, SHOWN_ANOMALIES, one.anomaly_count)))
    return groups


def _capped(lines: list[Line], most: int, count: int) -> list[Line]:
    """The first lines, and how many more there are."""
    shown = lines[:most]
    return [*shown, (f"… {count - len(shown):,} more", "", None)] if count > len(shown) else shown


def _about(one: Connection) -> list[Line]:
    lines: list[Line] = [("Opened", _clock(one.opened_ns), one.first_n or None)]
    if one.attempts > 1:
        lines.append(("Attempts", f"{one.attempts:,}", None))
    if one.closed_ns is not None:
        lines.append(("Refused" if one.state == "refused" else "Closed", _clock(one.closed_ns), None))
    if one.note:
        lines.append(("Why" if one.state != "not ZeroMQ" else "Speaks", visible(one.note), None))
    protocol = words.protocol_text(one)
    return [*lines, ("Protocol", protocol, None)] if protocol else lines


def _end(end: End) -> list[Line]:
    version = words.version_text(end.version)
    facts = [
        ("Address", visible(end.address)),
        ("Process", visible(f"{end.process}, pid {end.pid}") if end.process and end.pid is not None else ""),
        ("Socket type", visible(end.socket_type or "")),
        ("Identity", words.bytes_shown(end.identity)),
        ("Mechanism", visible(end.mechanism or "")),
        ("Version", f"ZMTP {version}" if version else ""),
        *(
            (visible(key, words.NAME_CHARS), words.bytes_shown(value))
            for key, value in end.metadata
            if key.lower() not in ("socket-type", "identity")
        ),
        ("Sent", f"{plural(end.sent, 'message')} · {bytes_text(end.sent_bytes)}"),
    ]
    return [(name, value, None) for name, value in facts if value]


def _clock(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // 1_000_000_000).strftime("%H:%M:%S")
    return f"{moment}.{time_ns // 1_000_000 % 1000:03d}"
