"""Z209: reconnect storms: a client that comes back at once, and is turned out, again and again.

libzmq reconnects after 100 to 200 ms, for ever, unless RECONNECT_IVL_MAX lets it wait longer each time (measured: five
to seven attempts a second). What makes a storm of it is a listener that ends each session: it rejects the client, or
it dies. So a storm is `ROUNDS` sessions of one client host, each begun after the one before had ended and each ended
by the listener, in `WITHIN_NS`. A client that doesn't even greet is none of ZeroMQ. A socket for each request ends
its sessions itself, and many sockets that lose one listener are one round: neither is a storm. It is over when no round
came for as long.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from zinspector.capture.message import Message
from zinspector.doctor.finding import Finding
from zinspector.doctor.sessions import Place, Session

ROUNDS: Final = 10
WITHIN_NS: Final = 10_000_000_000
GENTLE_MS: Final = 10_000


class _Round(NamedTuple):
    """A session that the listener ended: when, whether its handshake was over, and the row that says so."""

    opened_ns: int
    closed_ns: int
    shaken: bool
    n: int


@dataclass
class _Chain:
    """Sessions that followed each other, and what of them was a storm."""

    lately: deque[_Round] = field(default_factory=lambda: deque(maxlen=ROUNDS))
    uncounted: int = 0
    """How many of `lately` are not yet counted below."""
    count: int = 0
    shaken: int = 0
    fastest_ns: int = WITHIN_NS
    last_ns: int = 0
    rows: list[int] = field(default_factory=list)

    def add(self, one: _Round, most_evidence: int) -> None:
        """Take in a session that began after the last one; those that went on meanwhile belong to its round."""
        if self.lately and one.opened_ns < self.lately[-1].closed_ns:
            return
        self.lately.append(one)
        self.uncounted = min(self.uncounted + 1, ROUNDS)
        took = one.closed_ns - self.lately[0].opened_ns
        if len(self.lately) < ROUNDS or took > WITHIN_NS:
            return
        new = list(self.lately)[-self.uncounted :]
        self.uncounted = 0
        self.count += len(new)
        self.shaken += sum(each.shaken for each in new)
        self.fastest_ns = min(self.fastest_ns, took)
        self.last_ns = one.closed_ns
        self.rows += [each.n for each in new][: most_evidence - len(self.rows)]


class Storms:
    """Clients that are turned out again and again."""

    def __init__(self, most: int, most_evidence: int) -> None:
        """Of at most so many places, and with so many rows of each."""
        self._most = most
        self._most_evidence = most_evidence
        self._chains: dict[Place, _Chain] = {}

    def shook(self, _session: Session, _time_ns: int) -> None:
        """A handshake alone tells nothing of what follows."""

    def closed(self, session: Session, row: Message) -> None:
        """See whether the listener ended it, and whether it ended the one before."""
        greeted = session.said("connect", "GREETING") and session.seen.state != "not ZeroMQ"
        if greeted and session.ended_by == "bind" and (session.place in self._chains or len(self._chains) < self._most):
            chain = self._chains.setdefault(session.place, _Chain())
            chain.add(_Round(session.seen.opened_ns, row.time_ns, session.shaken, row.n), self._most_evidence)

    def findings(self, now_ns: int) -> list[Finding]:
        """One for each client host and listener."""
        return [_finding(place, chain, now_ns) for place, chain in self._chains.items() if chain.count]


def _finding(place: Place, chain: _Chain, now_ns: int) -> Finding:
    client, listener = place.client or "a client", place.listener or "the listener"
    when = f"{chain.shaken:,} of them after the handshake" if chain.shaken else "all before the handshake was over"
    text = (
        f"reconnect storm: {listener} ended {chain.count:,} sessions of {client} one after another, "
        f"{ROUNDS} of them within {chain.fastest_ns / 1e9:.1f} s, {when}"
    )
    remedy = f"find out why it ends them; until then let the client wait: socket.reconnect_ivl_max = {GENTLE_MS}"
    over = now_ns - chain.last_ns > WITHIN_NS
    return Finding(
        "Z209", "warning", text, place.node, place.link, remedy, tuple(chain.rows), cause=f"{place}", ended=over
    )
