"""Z204: two live peers of one ROUTER (or REP, which is one inside) that have the same routing id.

A ROUTER knows one peer of each name. The second finishes its handshake and stays connected, but what it sends is
dropped and nobody is told; with ROUTER_HANDOVER that befalls the first instead, which stays connected as well
(measured, libzmq 4.3.5; libzmq #4503). On the wire both look the same, so it isn't said which of both it is.

Proof: two sessions of one listening address are past their handshakes with the same identity, and `WAIT_NS` later both
were there still: the older one's client spoke, or it was only then that one of both ended. (An end that a capture
missed proves nothing: that one would be silent.) A listener that goes on writing to both tells them apart: no ROUTER.
CURVE hides identities. It is over when only one of them is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import pyarrow as pa

from zinspector.capture.connection import SIDES
from zinspector.capture.masks import where
from zinspector.capture.message import Message
from zinspector.capture.readable import shown
from zinspector.doctor.finding import Finding
from zinspector.doctor.sessions import Session

WAIT_NS: Final = 1_000_000_000
MOST_SHOWN: Final = 80  # bytes of an identity
MOST: Final = 20_000  # names that are remembered
MOST_WATCHED: Final = 50  # pairs
MOST_NUMBERS: Final = 5
ROUTERS: Final = frozenset({"ROUTER", "REP"})


class _Name(NamedTuple):
    """A routing id at a listening address."""

    listener: str
    identity: bytes


@dataclass
class _Pair:
    """An older and a younger session of one name."""

    older: Session
    younger: Session
    since_ns: int
    """When the younger finished its handshake."""
    proven: bool = False
    alive: bool = False
    """Whether the older one's client showed that it is no half-open remainder."""
    answered: set[Session] = field(default_factory=set)
    """Which of them the listener goes on writing to."""
    ended: bool = False

    @property
    def told(self) -> bool:
        """Whether it is known that one of both is not heard."""
        return self.proven and self.answered != {self.older, self.younger}


class Doubles:
    """Peers of one ROUTER with one name."""

    def __init__(self, most: int, most_evidence: int) -> None:
        """Of at most so many names, and with so many rows of each."""
        self._most = most
        self._most_evidence = most_evidence
        self._names: dict[Session, _Name] = {}
        self._open: dict[_Name, dict[Session, None]] = {}
        self._pairs: dict[_Name, list[_Pair]] = {}
        self._watched: list[_Pair] = []

    def shook(self, session: Session, time_ns: int) -> None:
        """Note the name of a session that is past its handshake."""
        name = _name(session)
        if name is None or session in self._names:
            return
        if len(self._names) == MOST:
            self._leave(next(iter(self._names)))
        self._names[session] = name
        others = self._open.setdefault(name, {})
        if others:
            self._meet(name, _Pair(next(iter(others)), session, time_ns))
        others[session] = None

    def closed(self, session: Session, row: Message) -> None:
        """One of two is left, or both were there for long enough."""
        self._leave(session)
        for pair in self._watched:
            if session in (pair.older, pair.younger) and not pair.ended:
                pair.ended = True
                pair.proven |= row.time_ns - pair.since_ns >= WAIT_NS
                pair.alive |= pair.proven and session is pair.older and session.ended_by == "connect"

    def watch(self, batch: pa.RecordBatch) -> None:
        """See in all rows who speaks, of those that share a name; to be called after their events were told."""
        if not self._watched:
            return
        late = batch.column("time_ns").to_numpy()
        numbers = batch.column("connection").fill_null(0).to_numpy()
        message = where(batch, "kind", "message".__eq__)
        says = ~where(batch, "kind", "event".__eq__)
        ways = {side: where(batch, "direction", way.__eq__) for way, side in SIDES.items()}
        for pair in self._watched:
            for session in (pair.older, pair.younger):
                rows = (numbers == session.seen.id) & (late >= pair.since_ns + WAIT_NS)
                if rows.any():
                    rows &= where(batch, "node", session.seen.node.__eq__)
                    if (rows & message & ways["bind"]).any():
                        pair.answered.add(session)
                    if session is pair.older and not pair.ended and (rows & says & ways["connect"]).any():
                        pair.proven = pair.alive = True
        self._watched = [pair for pair in self._watched if not pair.ended]

    def findings(self, _now_ns: int) -> list[Finding]:
        """One for each name."""
        found = [(name, [pair for pair in pairs if pair.told]) for name, pairs in self._pairs.items()]
        return [_finding(name, pairs, self._most_evidence) for name, pairs in found if pairs]

    def _meet(self, name: _Name, pair: _Pair) -> None:
        pairs = self._pairs.get(name, [])
        room = bool(pairs) or len(self._pairs) < self._most
        if room and len(self._watched) < MOST_WATCHED and len(pairs) < self._most_evidence:
            self._pairs[name] = [*pairs, pair]
            self._watched.append(pair)

    def _leave(self, session: Session) -> None:
        name = self._names.pop(session, None)
        if name is not None:
            del self._open[name][session]
            if not self._open[name]:
                del self._open[name]


def _name(session: Session) -> _Name | None:
    """The routing id that a session's client told a ROUTER, where both are known."""
    seen = session.seen
    identity, listener = seen.connecting.identity, seen.listening
    if not session.shaken or not identity or not listener.address or listener.socket_type not in ROUTERS:
        return None
    return _Name(listener.address, identity)


def _finding(name: _Name, pairs: list[_Pair], most_evidence: int) -> Finding:
    sessions = list(dict.fromkeys(session for pair in pairs for session in (pair.older, pair.younger)))
    kind = sessions[0].seen.listening.socket_type
    numbers = [f"{session.seen.id}" for session in sessions]
    identity = shown(name.identity, MOST_SHOWN)
    text = (
        f"{len(sessions)} peers of the {kind} at {name.listener} have the routing id {identity} at one time: "
        f"it hears one of them, drops what the others send and never answers them "
        f"(connections {', '.join(numbers[:MOST_NUMBERS])}{' ...' if len(numbers) > MOST_NUMBERS else ''})"
    )
    rows = [max(session.steps["connect"].values()) for session in sessions]
    younger = pairs[-1].younger
    return Finding(
        "Z204",
        "error",
        text,
        younger.seen.node,
        younger.link,
        "give each peer its own, before it connects: socket.routing_id = uuid.uuid4().bytes; or none",
        tuple(rows[:most_evidence]),
        confidence="certain" if any(pair.alive for pair in pairs) else "likely",
        cause=f"{name}",
        ended=all(pair.ended for pair in pairs),
    )
