"""The ZMTP sessions in a capture, as far as the rules about them need it: who shook hands how far, and who ended it.

Rules:
- A session is a connection number of a node. An OPENED row begins it, also where that number was used before.
- Only events and handshakes are read, in their order: messages cost nothing here.
- A session is `whole` when all bytes of its handshake were seen: it was there from its OPENED row, without a gap, and
  the parser never gave up. Without that nothing is concluded from what is missing.
- Of very many open sessions the oldest are forgotten: they may be half of a capture whose ends were never seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import pyarrow as pa

from zinspector.capture.connection import SIDES, Connection, Side, details, happened, shook
from zinspector.capture.masks import where
from zinspector.capture.message import Message, messages
from zinspector.capture.picking import pick

MOST = 20_000
MOST_STEPS = 16
OTHER: dict[Side, Side] = {"connect": "bind", "bind": "connect"}


class Place(NamedTuple):
    """A client's host, the address that it connects to, and the tap between both; empty where nobody knows.

    The port of the client is no part of it: each attempt comes from another.
    """

    node: str
    link: str | None
    client: str
    listener: str


@dataclass(eq=False)
class Session:
    """One session. `steps` are the names of the first handshake rows of each side, with their row numbers; `shaken`
    says that the handshake is over.
    """

    seen: Connection
    link: str | None
    whole: bool
    shaken: bool = False
    ended_by: Side | None = None
    steps: dict[Side, dict[str, int]] = field(default_factory=lambda: {"connect": {}, "bind": {}})

    @property
    def place(self) -> Place:
        """Between whom it is."""
        client = self.seen.connecting.address.rpartition(":")[0]
        return Place(self.seen.node, self.link, client, self.seen.listening.address)

    def said(self, side: Side, name: str) -> bool:
        """Whether a side took that step of the handshake."""
        return name in self.steps[side]


class Rule(Protocol):
    """What wants to know of sessions."""

    def shook(self, session: Session, time_ns: int) -> None:
        """A session came a step further in its handshake."""

    def closed(self, session: Session, row: Message) -> None:
        """A session ended, and `row` says so."""


class Sessions:
    """Follows all sessions, and tells the rules."""

    def __init__(self, rules: Sequence[Rule], most: int = MOST) -> None:
        self._rules = rules
        self._most = most
        self._open: dict[tuple[str, int], Session] = {}

    def consume(self, batch: pa.RecordBatch) -> None:
        """Take rows in."""
        for row in _telling(batch):
            assert row.connection is not None, "chosen so"
            key = row.node, row.connection
            if row.name == "OPENED" or (row.kind == "handshake" and key not in self._open):
                seen = Connection(row.connection, row.node, row.time_ns, row.n)
                self._open[key] = Session(seen, row.link, whole=row.name == "OPENED")
                self._forget()
            session = self._open.get(key)
            if session is not None and row.kind == "handshake":
                self._shook(session, row)
            elif session is not None:
                self._happened(session, key, row)

    def _shook(self, session: Session, row: Message) -> None:
        side, name = SIDES[row.direction], row.name or ""
        steps = session.steps[side]
        if len(steps) < MOST_STEPS:
            steps.setdefault(name, row.n)
        shook(session.seen, side, name, row.frames[0] if row.frames else b"")
        session.shaken |= session.seen.state == "open"
        for rule in self._rules:
            rule.shook(session, row.time_ns)

    def _happened(self, session: Session, key: tuple[str, int], row: Message) -> None:
        happened(session.seen, row.name or "", list(row.frames), row.time_ns)
        if row.name in ("GAP", "STOPPED", "NOT_ZMTP"):
            session.whole = False
        if row.name in ("CLOSED", "RESET"):
            session.ended_by = _ended_by(row)
            del self._open[key]
            for rule in self._rules:
                rule.closed(session, row)

    def _forget(self) -> None:
        if len(self._open) > self._most:
            del self._open[next(iter(self._open))]


def _telling(batch: pa.RecordBatch) -> Iterator[Message]:
    """The events and handshakes of tapped connections."""
    mask = where(batch, "kind", ("event", "handshake").__contains__) & where(batch, "direction", SIDES.__contains__)
    mask &= batch.column("connection").is_valid().to_numpy(zero_copy_only=False)
    return messages(pick(batch, mask)) if mask.any() else iter(())


def _ended_by(row: Message) -> Side | None:
    by = details(row.frames[1]).get("by") if len(row.frames) > 1 else None
    return by if isinstance(by, str) and by in OTHER else None  # a file may hold anything
