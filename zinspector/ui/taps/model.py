"""The table of connections: one row each, in the order that was asked for, brought up to date a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from zinspector.capture.connection import Connection
from zinspector.decode.api import visible
from zinspector.ui.inspect.columns import ROUTING
from zinspector.ui.status import bytes_text
from zinspector.ui.taps import words
from zinspector.ui.theme import mono_font, theme
from zinspector.ui.workspace import Workspace

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
CONNECTION = Role.UserRole
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
NOTHING = QModelIndex()


@dataclass(frozen=True)
class Column:
    """A column: its text and what it is sorted by; `sample` is the text that it has room for."""

    title: str
    sample: str
    text: Callable[[Connection, ConnectionModel], str]
    key: Callable[[Connection, ConnectionModel], Any]
    right: bool = False
    mono: bool = False
    tip: str = ""


class ConnectionModel(QAbstractTableModel):
    """Connections of the workspace's book that `shows` lets through."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.workspace = workspace
        self.connections: list[Connection] = []
        self.delays: dict[tuple[str, int], float] = {}
        self.now_ns = 0
        self.shows: Callable[[Connection], bool] = lambda _: True
        self._order = (0, Qt.SortOrder.AscendingOrder)

    def refresh(self) -> None:
        """Show the book as it is now. Rows that stay where they were keep their selection."""
        self.now_ns = time.time_ns()
        self.delays = self.workspace.taps.delays()
        column, order = self._order
        wanted = [one for one in self.workspace.taps.book if self.shows(one)]
        if self._order != (0, Qt.SortOrder.AscendingOrder):  # the book's own order
            wanted.sort(key=lambda one: COLUMNS[column].key(one, self), reverse=order == Qt.SortOrder.DescendingOrder)
        self._show(wanted)

    def _show(self, wanted: list[Connection]) -> None:
        before = len(self.connections)
        same = len(wanted) >= before and all(a is b for a, b in zip(self.connections, wanted, strict=False))
        if not same:
            self.beginResetModel()
            self.connections = wanted
            self.endResetModel()
            return
        if len(wanted) > before:
            self.beginInsertRows(NOTHING, before, len(wanted) - 1)
            self.connections = wanted
            self.endInsertRows()
        if before:
            self.dataChanged.emit(self.index(0, 0), self.index(before - 1, len(COLUMNS) - 1))

    def row_of(self, connection: Connection) -> int | None:
        """The row that shows a connection."""
        return next((row for row, one in enumerate(self.connections) if one is connection), None)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self._order = column, order
        self.refresh()

    def rowCount(self, parent: Index = NOTHING) -> int:
        """How many connections are shown."""
        return 0 if parent.isValid() else len(self.connections)

    def columnCount(self, parent: Index = NOTHING) -> int:
        """How many columns there are."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        """Titles, aligned as their columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.ToolTipRole:
            return column.tip or None
        if role == Role.TextAlignmentRole:
            return RIGHT if column.right else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Text, colour and alignment of a cell."""
        connection, column = self.connections[index.row()], COLUMNS[index.column()]
        match role:
            case Role.DisplayRole:
                said: Any = column.text(connection, self)
            case Role.ForegroundRole:
                said = _colour(connection, column)
            case Role.ToolTipRole:
                said = _tip(connection, column, column.text(connection, self))
            case Role.TextAlignmentRole:
                said = RIGHT if column.right else None
            case Role.FontRole:
                said = mono_font() if column.mono else None
            case _:
                said = connection if role == CONNECTION else None
        return said


def _colour(connection: Connection, column: Column) -> Any:
    if column.title == "State":
        return theme().colour(words.STATE_SIGNS[connection.state][1])
    if column.title == "Sockets":
        types = (connection.connecting.socket_type, connection.listening.socket_type)
        known = next((one for one in types if one in ROUTING), types[0] or types[1])
        return theme().pattern(known)
    if column.title == "Anomalies":
        return theme().colour("warn")
    if not connection.live or column.title in ("#", "Tap", "Age"):
        return theme().colour("muted")
    return None


def _tip(connection: Connection, column: Column, shown: str) -> str | None:
    """What is said in full. Plain texts only: what looks like markup would be read as such in a tooltip."""
    match column.title:
        case "State":
            said = visible(f"{words.STATE_TIPS[connection.state]}. {connection.note}".rstrip(". "))
        case "From":
            said = words.end_text(connection.connecting)
        case "To":
            said = words.end_text(connection.listening)
        case _:
            said = "" if column.right else shown
    return said.replace("<", "‹") or None


def _tap(connection: Connection, model: ConnectionModel) -> str:
    node = model.workspace.document.node(connection.node)
    return visible(node.title if node is not None else connection.node, words.NAME_CHARS)


def _age(connection: Connection, model: ConnectionModel) -> float:
    end = connection.closed_ns
    if end is None:
        end = model.now_ns if model.workspace.taps.is_watched(connection) else connection.last_ns
    return (end - connection.opened_ns) / 1e9


def _delay(connection: Connection, model: ConnectionModel) -> float | None:
    return model.delays.get((connection.node, connection.id)) if connection.live else None


def _subscriptions(connection: Connection) -> int:
    return connection.connecting.subscription_count + connection.listening.subscription_count


def _identity(connection: Connection) -> str:
    return words.bytes_shown(connection.connecting.identity or connection.listening.identity)


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


COLUMNS = (
    Column("#", "1,234", lambda one, _: f"{one.id:,}", lambda one, _: one.id, right=True, mono=True),
    Column("Tap", "tap :65536", _tap, _tap, tip="The node that sees it"),
    Column("State", "✖ not ZeroMQ", lambda one, _: words.state_text(one), lambda one, _: one.state),
    Column(
        "From", "python3 1234567", lambda one, _: words.end_name(one.connecting, words.WHOLE_CHARS),
        lambda one, _: one.connecting.name,
        tip="The program that connected",
    ),
    Column(
        "To", "python3 1234567", lambda one, _: words.end_name(one.listening, words.WHOLE_CHARS),
        lambda one, _: one.listening.name,
        tip="The program that listens",
    ),
    Column(
        "Sockets", "DEALER→ROUTER", lambda one, _: words.types_text(one), lambda one, _: words.types_text(one),
        tip="The socket types of who connects and who listens",
    ),
    Column(
        "Messages", "12,345,678", lambda one, _: f"{one.messages:,}", lambda one, _: one.messages, right=True, mono=True
    ),
    Column("Bytes", "123.4 MB", lambda one, _: bytes_text(one.bytes), lambda one, _: one.bytes, right=True, mono=True),
    Column(
        "Delay", "1234 µs", lambda one, model: words.delay_text(_delay(one, model)),
        lambda one, model: _delay(one, model) or 0.0, right=True, mono=True, tip="What the relay adds to every message",
    ),
    Column(
        "Subs", "1,234", lambda one, _: _count(_subscriptions(one)), lambda one, _: _subscriptions(one), right=True,
        mono=True, tip="Subscriptions that hold now",
    ),
    Column(
        "Anomalies", "▲ 1,234", lambda one, _: f"▲ {one.anomaly_count:,}" if one.anomaly_count else "",
        lambda one, _: one.anomaly_count, tip="Rows where a program broke the rules of the protocol",
    ),
    Column("Age", "59 min 59 s", lambda one, model: words.age_text(_age(one, model)), _age),
    Column("Identity", "client-7 abc", lambda one, _: _identity(one), lambda one, _: _identity(one), mono=True),
    Column(
        "Protocol", "ZMTP 3.1 · CURVE", lambda one, _: words.protocol_text(one), lambda one, _: words.protocol_text(one)
    ),
)  # fmt: skip
