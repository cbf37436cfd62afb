"""Z206: messages to a REP or a REQ without the empty frame that must stand before the payload.

REP and REQ take nothing else, and tell nobody (rep.cpp, req.cpp, req_session.cpp; measured, libzmq 4.3.5):

| to  | must be                                                            | otherwise                            |
|---|---|---|
| REP | any frames, an empty one, the payload                              | it drops the message                 |
| REQ | an empty frame, the payload; with REQ_CORRELATE a 4-byte id before | it drops the message, and hangs up   |

One row on the wire is enough to see it. Nothing is concluded of rows that are encrypted, or odd in any way (their
first frames may be missing), nor of what comes in pieces. It is over when all connections that did it do it no more: a
later message had the empty frame, or they are closed and another connection has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from zinspector.capture.connection import SIDES
from zinspector.capture.masks import Mask, frame_sizes, has_items, where
from zinspector.capture.message import Message
from zinspector.capture.schema import ENCRYPTED
from zinspector.doctor.finding import Finding
from zinspector.doctor.sessions import Session

FOREIGN: Final = "its ZeroMQ library has to send an empty frame first (RFC 28)"
REMEDIES: Final = {
    ("DEALER", "REP"): 'in the DEALER: socket.send_multipart([b"", payload]); an answer begins with b"" as well',
    ("REQ", "REP"): FOREIGN,
    ("ROUTER", "REQ"): (
        "in the ROUTER: socket.send_multipart([*envelope, payload]), where the envelope is all frames of the request "
        'up to the empty one as they came: [routing_id, b""]'
    ),
    ("REP", "REQ"): FOREIGN,
}
EFFECTS: Final = {
    "REP": "drops such messages silently and never answers",
    "REQ": "drops such messages, and libzmq ends the connection; it waits on for its reply",
}
REQUEST_ID: Final = 4
MOST_NUMBERS: Final = 5
KEYS: Final = ["node", "link", "from_type", "to_type", "connection", "delimited"]


class _Way(NamedTuple):
    """Where the messages were seen, and which socket sent them to which."""

    node: str
    link: str | None
    sender: str
    receiver: str


@dataclass
class _Lost:
    """Messages without the empty frame, and the connections that may still send such."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    last: dict[int, int] = field(default_factory=dict)
    """By connection, the row of the last one."""
    closed: dict[int, int] = field(default_factory=dict)
    """By connection, the row that says that it ended."""
    delimited_n: int = 0
    """The last row with the empty frame, of any connection."""

    @property
    def ended(self) -> bool:
        """Whether no connection does it any more."""
        return all(n < self.closed.get(number, 0) < self.delimited_n for number, n in self.last.items())


class Undelimited:
    """What REP and REQ drop."""

    def __init__(self, most: int, most_evidence: int) -> None:
        """Of at most so many ways and connections of each, and with so many rows of each."""
        self._most = most
        self._most_evidence = most_evidence
        self._lost: dict[_Way, _Lost] = {}
        self._endless: set[tuple[str, int]] = set()

    def consume(self, batch: pa.RecordBatch) -> None:
        """Take rows in."""
        reply = where(batch, "to_type", EFFECTS.__contains__)
        if not reply.any():
            return
        reply &= where(batch, "kind", "message".__eq__) & where(batch, "direction", SIDES.__contains__)
        reply &= batch.column("connection").is_valid().to_numpy(zero_copy_only=False)
        odd = has_items(batch, "anomalies")
        self._note_endless(batch, reply & odd)
        reply &= ~odd & ~where(batch, "name", ENCRYPTED.__eq__)
        delimited = _delimited(batch)
        if not (reply & ~delimited).any() and not self._lost:
            return
        groups = _groups(batch, reply, delimited)
        for group in sorted(groups, key=lambda group: bool(group["delimited"])):
            self._take(group)

    def shook(self, session: Session, _time_ns: int) -> None:
        """A handshake tells nothing of what follows."""

    def closed(self, session: Session, row: Message) -> None:
        """A connection that did it does it no more."""
        for way, lost in self._lost.items():
            if way.node == row.node and session.seen.id in lost.last:
                lost.closed[session.seen.id] = row.n

    def findings(self, _now_ns: int) -> list[Finding]:
        """One for each place and pair of sockets."""
        return [_finding(way, lost) for way, lost in self._lost.items()]

    def _note_endless(self, batch: pa.RecordBatch, odd: Mask) -> None:
        """Remember connections with a message in pieces: its last piece looks like any message."""
        for place in np.flatnonzero(odd).tolist() if odd.any() else ():
            if any(text.startswith("endless-message") for text in batch.column("anomalies")[place].as_py()):
                self._endless.add((batch.column("node")[place].as_py(), batch.column("connection")[place].as_py()))

    def _take(self, group: dict[str, Any]) -> None:
        """Take in the messages of one connection and way that all have the empty frame, or all have not."""
        way = _Way(*(group[key] for key in KEYS[:4]))
        number, last = group["connection"], group["n_max"]
        if (way.node, number) in self._endless or (way.sender, way.receiver) not in REMEDIES:
            return
        lost = self._lost.get(way)
        if group["delimited"]:
            if lost is not None:
                lost.delimited_n = last
                if lost.last.get(number, last) < last:
                    del lost.last[number]
            return
        if lost is None:
            if len(self._lost) == self._most:
                return
            lost = self._lost[way] = _Lost()
        lost.count += group["n_count"]
        lost.rows += group["n_list"][: self._most_evidence - len(lost.rows)]
        if number not in lost.numbers and len(lost.numbers) <= MOST_NUMBERS:
            lost.numbers.append(number)
        if number in lost.last or len(lost.last) < self._most:
            lost.last[number] = last


def _delimited(batch: pa.RecordBatch) -> Mask:
    """Which rows have the empty frame where their receiver looks for it, and something behind it."""
    sizes, places = frame_sizes(batch)
    begins, counts = places[:-1], np.diff(places)
    inner = sizes == 0
    inner[places[1:][counts > 0] - 1] = False  # the last frame is no delimiter
    before = np.concatenate(([0], np.cumsum(inner)))
    somewhere: Mask = before[places[1:]] > before[begins]
    first, second = (np.zeros(len(counts), np.bool_) for _ in range(2))
    first[counts > 0] = inner[begins[counts > 0]]
    two = begins[counts > 1]
    second[counts > 1] = (sizes[two] == REQUEST_ID) & inner[two + 1]
    return np.where(where(batch, "to_type", "REQ".__eq__), first | second, somewhere)


def _groups(batch: pa.RecordBatch, rows: Mask, delimited: Mask) -> list[dict[str, Any]]:
    """The chosen rows by connection, way, and whether they have the empty frame."""
    chosen = pa.array(np.flatnonzero(rows))
    columns = {name: batch.column(name).take(chosen) for name in (*KEYS[:-1], "n")}
    table = pa.table(columns | {"delimited": delimited[rows]})
    wanted = [("n", "count"), ("n", "max"), ("n", "list")]
    found: list[dict[str, Any]] = table.group_by(KEYS, use_threads=False).aggregate(wanted).to_pylist()
    return found


def _finding(way: _Way, lost: _Lost) -> Finding:
    numbers = ", ".join(map(str, lost.numbers[:MOST_NUMBERS])) + (" ..." if len(lost.numbers) > MOST_NUMBERS else "")
    many = "a message" if lost.count == 1 else f"{lost.count:,} messages"
    text = (
        f"a {way.sender} sent {many} to a {way.receiver} without the empty frame before the payload: "
        f"{way.receiver} {EFFECTS[way.receiver]} (connection{'s' if len(lost.numbers) > 1 else ''} {numbers})"
    )
    return Finding(
        "Z206",
        "error",
        text,
        way.node,
        way.link,
        REMEDIES[way.sender, way.receiver],
        tuple(lost.rows),
        cause=f"{way}",
        ended=lost.ended,
    )
