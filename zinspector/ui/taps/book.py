"""The connections of the window: the book, kept in step with the store, and which taps are paused.

Everything about a connection is in the captured rows, so an opened file and a running tap look the same here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from zinspector.capture.connection import Connection
from zinspector.capture.connections import ConnectionBook
from zinspector.capture.follow import OfConnection, OfRefusals
from zinspector.capture.message import Message
from zinspector.tasks import spawn
from zinspector.topology.document import AnyNode, ImportNode, ProxyNode, RelayNode, SpyNode
from zinspector.ui.backlog import Backlog

if TYPE_CHECKING:
    from zinspector.ui.workspace import Workspace

DELAYS_S = 0.4  # the worker tells them no more often


class Taps(QObject):
    """What is known of tapped connections.

    Signals:
        changed(): connections came, changed or went; at most once a tick.
        renamed(): a program became known by another name.
        pausedChanged(): capturing was paused or goes on.
    """

    changed = Signal()
    renamed = Signal()
    pausedChanged = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self.book = ConnectionBook()
        self.paused: frozenset[str] = frozenset()
        self._backlog = Backlog(workspace.store)
        self._delays: dict[tuple[str, int], float] = {}
        self._delays_until = 0.0
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.catch_up)
        workspace.ticked.connect(self.catch_up)
        workspace.runningChanged.connect(self._running_changed)

    @property
    def behind(self) -> bool:
        """Whether there are rows that it hasn't taken in yet."""
        return bool(self._backlog)

    def catch_up(self) -> None:
        """Take in what is new in the store, for a while; the rest follows by itself."""
        if self._backlog.begins_anew():
            self._cleared()
        before, names = self.book.changes, self.book.introductions
        for piece in self._backlog.take():
            self.book.consume(piece)
        if self.behind:
            self._later.start(self._backlog.wait_ms)
        if self.book.introductions != names:
            self.renamed.emit()
        if self.book.changes != before:
            self.changed.emit()

    def connection_of(self, message: Message) -> Connection | None:
        """The tapped connection that a row belongs to."""
        if message.connection is None or "->" not in message.direction:
            return None
        return self.book.get(message.node, message.connection, message.n)

    def delays(self) -> dict[tuple[str, int], float]:
        """The delay that a relay adds, in microseconds, by node and connection number."""
        session = self._workspace.live.session
        if session is None or not self._workspace.running:
            return {}
        if time.monotonic() < self._delays_until:
            return self._delays
        self._delays_until = time.monotonic() + DELAYS_S
        relays = [node.id for node in self._workspace.document.nodes if isinstance(node, RelayNode)]
        told = session.delays()
        every = ((relay, number) for number in told for relay in relays)
        self._delays = {key: told[key[1]] for key in every if self.book.get(*key) is not None}
        return self._delays

    def is_watched(self, connection: Connection) -> bool:
        """Whether it goes on and something looks at it now; of an opened file nobody knows how it went on."""
        node = self._workspace.document.node(connection.node)
        watched = self._workspace.running and not (isinstance(node, ImportNode) and not node.interface)
        return connection.live and watched

    # Pausing

    def pause(self, node_ids: Iterable[str], paused: bool) -> None:
        """Stop capturing at these taps, or go on; traffic always goes on."""
        before = self.paused
        self.paused = before | set(node_ids) if paused else before - set(node_ids)
        session = self._workspace.live.session
        for node_id in before ^ self.paused:
            if session is not None and self._workspace.running:
                spawn(session.pause(node_id, paused), f"pause {node_id}")
        if self.paused != before:
            self.pausedChanged.emit()

    def pausable(self) -> list[str]:
        """The taps of the drawing whose capture can be paused."""
        return [node.id for node in self._workspace.document.nodes if can_pause(node)]

    def toggle_all(self) -> None:
        """Pause every tap, or go on with all if one is paused."""
        if self.paused:
            self.resume_all()
        elif self._workspace.running and (taps := self.pausable()):
            self.pause(taps, True)
        else:
            self._workspace.message.emit("No tap runs: there is no capture to pause", "info")

    def resume_all(self) -> None:
        """Go on capturing at every tap."""
        self.pause(self.paused, False)

    # Inside

    def _cleared(self) -> None:
        """The store was emptied: what is still connected stays, unless nothing runs."""
        if self._workspace.running:
            self.book.forget_closed()
        else:
            self.book.clear()
        self.changed.emit()

    def _running_changed(self, running: bool) -> None:
        if not running:
            self.book.end_all()
            self.changed.emit()
        if self.paused:
            self.paused = frozenset()
            self.pausedChanged.emit()


def can_pause(node: AnyNode) -> bool:
    """Whether a node is a tap whose capture can be paused."""
    return isinstance(node, RelayNode | SpyNode | ProxyNode)


def follow_of(connection: Connection) -> OfConnection | OfRefusals:
    """The rows of a connection, or of all attempts of one that was refused again and again."""
    if connection.attempts > 1:
        return OfRefusals(connection.node, connection.first_n)
    return OfConnection(connection.node, connection.id, connection.first_n, connection.last_n)
