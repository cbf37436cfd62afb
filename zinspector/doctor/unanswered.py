"""Z208: handshakes that the server ends without a word, again and again: wrong keys, or nobody to ask.

libzmq tells neither end why, but where it stops tells it (curve_server.cpp, plain_server.cpp, zap_client.cpp):

| mechanism, last word of the client | the server closes on it when                                                  |
|---|---|
| CURVE HELLO                        | it can't open it: it was encrypted for another server's key                   |
| CURVE INITIATE                     | its ZAP handler says 300; or the client's secret key isn't that of its public |
| PLAIN HELLO                        | its ZAP handler says 300, or there is none                                    |

A server that dies at that moment looks the same, once. So this is told from the second time on, and of sessions that
were seen whole. It is over when the same client gets through.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from zinspector.capture.connection import Side
from zinspector.capture.message import Message
from zinspector.doctor.finding import Finding
from zinspector.doctor.sessions import OTHER, Place, Session

LEAST: Final = 2
ANSWERS: Final = {"HELLO": "WELCOME", "INITIATE": "READY"}
CAUSES: Final = {
    ("CURVE", "HELLO"): (
        "the client's CURVE_SERVERKEY is not the server's public key",
        "in the client: socket.curve_serverkey = <the public key of the server>",
    ),
    ("CURVE", "INITIATE"): (
        "the server refuses the client's key (ZAP status 300), or its secret and public key don't belong together",
        "add the client's public key to the server's certificates, and give the client both halves of one key pair",
    ),
    ("PLAIN", "HELLO"): (
        "no ZAP handler answers the server, or it answers 300",
        "in the server: auth = zmq.auth.thread.ThreadAuthenticator(context); auth.start(); auth.configure_plain(...)",
    ),
}


class _Key(NamedTuple):
    place: Place
    server: str
    mechanism: str
    word: str


@dataclass
class _Times:
    """How often it happened, and the rows of the words that had no answer."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    ended: bool = False


class Unanswered:
    """Handshakes that a server ended without a word."""

    def __init__(self, most: int, most_evidence: int) -> None:
        """Of at most so many places, and with so many rows of each."""
        self._most = most
        self._most_evidence = most_evidence
        self._times: dict[_Key, _Times] = {}

    def shook(self, session: Session, _time_ns: int) -> None:
        """A session that gets through ends what was wrong before."""
        if session.shaken:
            for key, times in self._times.items():
                times.ended |= key.place == session.place

    def closed(self, session: Session, _row: Message) -> None:
        """Count a handshake without an answer."""
        word = _unanswered(session)
        if word is None:
            return
        client = _client(session)
        server = session.place.listener if client == "connect" else session.place.client
        key = _Key(session.place, server or "the server", session.seen.mechanism or "", word)
        if key not in self._times and len(self._times) == self._most:
            return
        times = self._times.setdefault(key, _Times())
        times.count += 1
        times.ended = False
        if len(times.rows) < self._most_evidence:
            times.rows.append(session.steps[client][word])

    def findings(self, _now_ns: int) -> list[Finding]:
        """One for each client, server and place in the handshake."""
        return [_finding(key, times) for key, times in self._times.items() if times.count >= LEAST]


def _client(session: Session) -> Side:
    """Who says HELLO is the client, whoever connected (RFC 24, 25)."""
    return "connect" if session.said("connect", "HELLO") else "bind"


def _unanswered(session: Session) -> str | None:
    """The last word of the client, where the server ended a whole session on it without a word."""
    seen, client = session.seen, _client(session)
    server = OTHER[client]
    same = seen.connecting.mechanism == seen.listening.mechanism
    if not session.whole or not same or session.ended_by != server or session.said(server, "ERROR"):
        return None
    said = [word for word in ANSWERS if session.said(client, word)]
    word = said[-1] if said else None
    if word is None or session.said(server, ANSWERS[word]) or (seen.mechanism, word) not in CAUSES:
        return None
    return word


def _finding(key: _Key, times: _Times) -> Finding:
    cause, remedy = CAUSES[key.mechanism, key.word]
    text = f"{cause}: {key.server} ended {times.count:,} handshakes on the {key.mechanism} {key.word} without a word"
    return Finding(
        "Z208",
        "error",
        text,
        key.place.node,
        key.place.link,
        remedy,
        tuple(times.rows),
        confidence="likely",
        cause=f"{key}",
        ended=times.ended,
    )
