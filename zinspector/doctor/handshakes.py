"""Z208: handshakes that fail at sockets of our own, as their monitors tell; one finding for each socket and address.

libzmq says why only where it found out first: the other attempts at the same address just break off (zmtp.md). So the
most telling reason counts. It is over when a connection from here to that address gets through; who listens can't tell
which of its clients did.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import pyarrow as pa

from zinspector.capture.happenings import phrase
from zinspector.capture.masks import where
from zinspector.capture.message import Message, messages
from zinspector.capture.picking import pick
from zinspector.doctor.finding import Finding

BROKEN_OFF: Final = "HANDSHAKE_FAILED_NO_DETAIL"
NAMES: Final = frozenset(
    {BROKEN_OFF, "HANDSHAKE_FAILED_PROTOCOL", "HANDSHAKE_FAILED_AUTH", "HANDSHAKE_SUCCEEDED", "CONNECTED"}
)
REMEDIES: Final = {
    BROKEN_OFF: "the other end hung up: its log, or a tap in between, tells why",
    "HANDSHAKE_FAILED_AUTH": "give this end a name and password, or a key, that the other end knows",
    "HANDSHAKE_FAILED_PROTOCOL": (
        "give both ends the same mechanism: PLAIN_USERNAME and PLAIN_PASSWORD to the client of a PLAIN server, "
        "CURVE_SERVERKEY and a key pair to that of a CURVE server"
    ),
}


class _At(NamedTuple):
    """A socket, and the address at its other end, or at its own where it listens."""

    node: str
    link: str | None
    address: str


@dataclass
class _Failed:
    """How often, the first rows, and the most telling event."""

    name: str = BROKEN_OFF
    reason: str = ""
    count: int = 0
    rows: list[int] = field(default_factory=list)
    ended: bool = False

    def again(self, name: str, reason: str) -> None:
        """It failed once more."""
        self.count += 1
        self.ended = False
        if name != BROKEN_OFF or self.name == BROKEN_OFF:
            self.name, self.reason = name, reason


class Handshakes:
    """Handshakes that failed at sockets of our own."""

    def __init__(self, most: int, most_evidence: int) -> None:
        """Of at most so many places, and with so many rows of each."""
        self._most = most
        self._most_evidence = most_evidence
        self._failed: dict[_At, _Failed] = {}
        self._connecting: set[_At] = set()

    def consume(self, batch: pa.RecordBatch) -> None:
        """Take rows in."""
        mask = where(batch, "name", NAMES.__contains__)
        if mask.any():
            mask &= where(batch, "kind", "event".__eq__)
            for row in messages(pick(batch, mask)):
                self._take(row)

    def findings(self, _now_ns: int) -> list[Finding]:
        """One for each socket and address."""
        return [_finding(at, failed) for at, failed in self._failed.items()]

    def _take(self, row: Message) -> None:
        address, _, reason = phrase(row).partition(" ")
        at = _At(row.node, row.link, address)
        name = row.name or ""
        if name == "CONNECTED":
            if len(self._connecting) < self._most:
                self._connecting.add(at)
        elif name == "HANDSHAKE_SUCCEEDED":
            if at in self._failed:
                self._failed[at].ended = at in self._connecting
        elif at in self._failed or len(self._failed) < self._most:
            failed = self._failed.setdefault(at, _Failed())
            failed.again(name, reason)
            if len(failed.rows) < self._most_evidence:
                failed.rows.append(row.n)


def _finding(at: _At, failed: _Failed) -> Finding:
    times = f", {failed.count:,} times" if failed.count > 1 else ""
    return Finding(
        "Z208", "error", f"a handshake at {at.address} failed: {failed.reason}{times}", at.node, at.link,
        REMEDIES[failed.name], tuple(failed.rows), cause=at.address, ended=failed.ended,
    )  # fmt: skip
