"""The programs at a relay, as the canvas shows them: its connections grouped by process and side. Free of Qt.

Rules:
- Messages flow from left to right on the canvas: who sends is left of the relay, who receives is right of it; where
  both do, who connects is left.
- Connections of one process on one side of one relay are one program. Where no process is known, those of one host are;
  but it takes a moment to find the process of a new connection, and until then nothing is shown.
- A program stays for `LINGER_S` after its last connection has closed, so that a restart is seen as one. Of a capture
  that was opened all programs are shown: nothing in it is live, and nobody has gone.
- Beyond `MOST` programs a side, the rest is one entry that says how many there are.
- An attempt that the target refused is no program beside the relay: the relay itself says that nobody listens.
- An end that the drawing shows already is left out: our own sockets, and the program at the target where one is drawn.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from zinspector.capture.connection import Connection, End, Side
from zinspector.capture.connections import ConnectionBook
from zinspector.decode.api import visible
from zinspector.topology.document import Document, ExternalNode, Position, RelayNode
from zinspector.topology.edits import connect, new_id
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.topology.wiring import meets_target
from zinspector.ui.canvas.words import plural
from zinspector.ui.taps import words

LINGER_S = 5.0
UNKNOWN_S = 2.0  # on a busy machine; a client that connects again and again would flicker
MOST = 8
RECEIVERS = frozenset({"SUB", "XSUB", "PULL", "REP"})
REST = "…"
Column = Literal["left", "right"]
Key = tuple[str, Column, str]


@dataclass
class Program:
    """What stands at one side of a relay: `connections` are its own, live or closed a moment ago."""

    key: Key
    title: str
    mark: str
    listens: bool
    connections: list[Connection] = field(default_factory=list)
    past: bool = False
    """Whether it is known from a capture that was opened."""

    @cached_property
    def live(self) -> int:
        """How many of its connections are open."""
        return 0 if self.past else sum(one.live for one in self.connections)

    @cached_property
    def health(self) -> str:
        """As nodes have it: `ok`, `waiting`, `error`, or `idle` when it has gone, or is past."""
        if self.past:
            return "idle"
        states = {one.state for one in self.connections if one.live}
        if "open" in states:
            return "ok"
        if "not ZeroMQ" in states:
            return "error"
        return "waiting" if states else "idle"

    @property
    def subtitle(self) -> str:
        """`2 connections · ZMTP 3.1 · NULL`, or what it is instead of ZeroMQ."""
        if not self.live and not self.past:
            return "disconnected"  # that its process is gone, nobody knows
        spoke = [one for one in self.connections if one.version is not None and (self.past or one.state == "open")]
        newest = (spoke or self.connections)[-1]  # one client that speaks HTTP says nothing about the server
        if newest.state == "not ZeroMQ":
            return words.state_text(newest)
        count = len(self.connections) if self.past else self.live
        parts = [plural(count, "connection") if count > 1 else "", words.protocol_text(newest)]
        return " · ".join(part for part in parts if part) or newest.state


def programs(book: ConnectionBook, document: Document, now_ns: int | None) -> list[Program]:
    """The programs at the relays of a drawing, in the order in which they came; without a time, of all connections."""
    relays = {node.id: _Drawn(document, node) for node in document.nodes if isinstance(node, RelayNode)}
    found: dict[Key, Program] = {}
    for one in book if now_ns is None else book.recent(now_ns - int(LINGER_S * 1e9)):
        drawn = relays.get(one.node)
        if drawn is None or one.state == "refused":
            continue
        young = now_ns is not None and now_ns - one.opened_ns < UNKNOWN_S * 1e9
        for side in drawn.undrawn(one):
            end = one.end(side)
            if young and not end.process:
                continue
            key = (one.node, _column(one, side), _title(end.process, end.pid, end.address if not end.process else ""))
            program = found.get(key)
            if program is None:
                mark = end.socket_type or "EXTERNAL"
                program = found[key] = Program(key, key[2], mark, side == "bind", past=now_ns is None)
            program.connections.append(one)
    return _capped(found.values())


def draw(document: Document, program: Program, place: Position) -> tuple[Document, str]:
    """The drawing with the program as an external node, linked to its relay; and the node's id."""
    relay = document.node(program.key[0])
    if not isinstance(relay, RelayNode):
        return document, ""
    end = program.connections[-1].end("bind" if program.listens else "connect")
    kind = next((one for one in SOCKET_TYPES if one == end.socket_type), None)
    node_id = new_id(document, "external")
    bind, calls = ((relay.target,), ()) if program.listens else ((), (relay.listen,))
    node = ExternalNode(id=node_id, label=program.title, position=place, type=kind, bind=bind, connect=calls)
    document = document.with_node(node)
    ends = (node_id, relay.id) if program.key[1] == "left" else (relay.id, node_id)
    return connect(document, *ends), node_id


class _Drawn:
    """Which ends of a relay the drawing shows."""

    def __init__(self, document: Document, relay: RelayNode) -> None:
        links = document.links_of(relay.id)
        self._target = any(meets_target(document, link, relay) for link in links)
        self._clients = any(not meets_target(document, link, relay) for link in links)
        others = [document.node(link.other(relay.id)) for link in links]
        self._names = {node.title for node in others if isinstance(node, ExternalNode)}

    def undrawn(self, one: Connection) -> Iterable[Side]:
        """The ends of a connection that are to be shown."""
        ours = self._clients and one.connecting.pid == os.getpid()
        if not ours and not (self._names and words.end_name(one.connecting) in self._names):
            yield "connect"
        if not self._target:
            yield "bind"


def _column(one: Connection, side: Side) -> Column:
    kinds = one.connecting.socket_type, one.listening.socket_type
    connects_right = kinds[0] in RECEIVERS or kinds[1] in ("PUB", "XPUB", "PUSH", "REQ")
    return "right" if connects_right == (side == "connect") else "left"


@lru_cache(maxsize=4096)
def _title(process: str, pid: int | None, address: str) -> str:
    """The process, or the part of an address that connections of one program share."""
    host, separator, port = address.rpartition(":")
    if process or not separator or not port.isdecimal():
        return words.end_name(End(address, process, pid))
    return visible(host, words.NAME_CHARS)


def _capped(found: Iterable[Program]) -> list[Program]:
    columns: dict[tuple[str, Column], list[Program]] = defaultdict(list)
    for program in found:
        columns[program.key[:2]].append(program)
    shown = []
    for (node, column), several in columns.items():
        shown += several[:MOST]
        if len(several) > MOST:
            rest = several[MOST:]
            title = f"{len(rest):,} more programs"
            many = Program((node, column, REST), title, rest[0].mark, rest[0].listens, past=rest[0].past)
            many.connections = [one for program in rest for one in program.connections]
            shown.append(many)
    return shown
