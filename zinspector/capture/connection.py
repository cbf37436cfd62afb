"""One connection of two programs, and what the rows of a capture tell of it.

What is known of its ends comes from OPENED and PEER (addresses, processes), GREETING (version, mechanism) and READY
(socket type, identity, metadata): ZMTP RFCs 23 and 37, and 15 for versions before 3.0. Nothing here grows with hostile
traffic: topics, anomalies and metadata are capped, and counted beyond.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from zinspector.zmtp.commands import properties
from zinspector.zmtp.greeting import OLD, read_greeting

Side = Literal["connect", "bind"]
State = Literal["handshake", "open", "closed", "refused", "stalled", "not ZeroMQ"]

SIDES: dict[str, Side] = {"connect->bind": "connect", "bind->connect": "bind"}
TOPICS = 1000
ANOMALIES = 200
METADATA = 50


@dataclass
class End:
    """One of the two programs of a connection, as far as it is known. `sent` and `sent_bytes` count messages."""

    address: str = ""
    process: str = ""
    pid: int | None = None
    socket_type: str | None = None
    identity: bytes | None = None
    mechanism: str | None = None
    version: tuple[int, int] | None = None
    metadata: list[tuple[str, bytes]] = field(default_factory=list)
    topics: dict[bytes, int] = field(default_factory=dict)
    """How often each topic is subscribed to; the first `TOPICS` of them."""
    subscription_count: int = 0
    """Subscriptions that hold now, those beyond the kept topics included."""
    sent: int = 0
    sent_bytes: int = 0
    ready: bool = False

    @property
    def name(self) -> str:
        """`python3 4121`, or the address where the process isn't known; empty where nothing is."""
        if self.process:
            return f"{self.process} {self.pid}" if self.pid is not None else self.process
        return self.address or (f"pid {self.pid}" if self.pid is not None else "")


class Anomaly(NamedTuple):
    """What was wrong in the row with number `n`: `code: text`."""

    n: int
    text: str


@dataclass
class Connection:
    """One live or past ZMTP session. Times are wall time in ns.

    `first_n` is the number of its first row, or 0 where that came before the first row of a file.
    """

    id: int
    node: str
    opened_ns: int
    first_n: int
    closed_ns: int | None = None
    state: State = "handshake"
    note: str = ""
    """A sentence on a state that is no open one: what else it speaks, who closed it."""
    connecting: End = field(default_factory=End)
    listening: End = field(default_factory=End)
    anomalies: list[Anomaly] = field(default_factory=list)
    anomaly_count: int = 0
    last_ns: int = 0
    last_n: int | None = None
    """The number of its last row, once its number is used for another connection."""
    attempts: int = 1
    """How often it was tried: refusals of one tap in a row are one connection."""

    @property
    def messages(self) -> int:
        """Messages both ways."""
        return self.connecting.sent + self.listening.sent

    @property
    def bytes(self) -> int:
        """Payload bytes both ways."""
        return self.connecting.sent_bytes + self.listening.sent_bytes

    @property
    def live(self) -> bool:
        """Whether it has not ended, as far as was seen."""
        return self.closed_ns is None

    @property
    def mechanism(self) -> str | None:
        """The mechanism of the session: both ends must have the same."""
        return self.connecting.mechanism or self.listening.mechanism

    @property
    def version(self) -> tuple[int, int] | None:
        """The version that is spoken: the lower of both ends' (zmtp.md, section 2)."""
        known = [end.version for end in (self.connecting, self.listening) if end.version is not None]
        return min(known) if known else None

    def end(self, side: Side) -> End:
        """The end of a side."""
        return self.connecting if side == "connect" else self.listening


def happened(one: Connection, name: str, frames: list[bytes], time: int) -> None:
    """What an event row says: its name, a sentence and perhaps details as JSON, and its time in ns."""
    text = frames[0].decode("utf-8", "backslashreplace") if frames else ""
    told = details(frames[1]) if len(frames) > 1 else {}
    if name in ("OPENED", "PEER", "REFUSED"):
        for side in SIDES.values():
            _introduce(one.end(side), told.get(side))
    if name in ("CLOSED", "RESET"):
        one.closed_ns = time
        if one.state in ("handshake", "open", "stalled"):
            one.state = "closed"
            one.note = text
    elif name == "REFUSED":
        one.state, one.note, one.closed_ns = "refused", text, time
    elif name == "NOT_ZMTP":
        one.state, one.note = "not ZeroMQ", _protocol(told, text)
    elif name == "STALLED" and one.state == "handshake":
        one.state, one.note = "stalled", text
    elif name == "STOPPED":
        one.note = text


def _introduce(end: End, known: Any) -> None:
    if not isinstance(known, dict):
        return
    address, process, pid = known.get("address"), known.get("process"), known.get("pid")
    if isinstance(address, str):
        end.address = address
    if isinstance(process, str):
        end.process = process
    if isinstance(pid, int):
        end.pid = pid


def _protocol(details: dict[str, Any], text: str) -> str:
    protocol = details.get("protocol")
    return protocol if isinstance(protocol, str) else text


def details(data: bytes) -> dict[str, Any]:
    """The JSON object of an event; empty where it is none. A file may hold anything."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def subscribed(end: End, topic: bytes, *, begins: bool) -> None:
    """What a SUBSCRIBE row (or a CANCEL: it doesn't begin) says of the end that sent it."""
    kept = end.topics.get(topic, 0)
    if begins:
        end.subscription_count += 1
        if kept or len(end.topics) < TOPICS:
            end.topics[topic] = kept + 1
        return
    end.subscription_count = max(0, end.subscription_count - 1)
    if kept > 1:
        end.topics[topic] = kept - 1
    elif kept:
        del end.topics[topic]


def shook(one: Connection, side: Side, name: str, data: bytes) -> None:
    """What a handshake row says of the end that sent it."""
    end = one.end(side)
    if name == "GREETING":
        if 0 < len(data) < OLD:  # it broke off before the version
            return
        greeting = read_greeting(data)
        end.version, end.mechanism = greeting.version, greeting.mechanism
        end.socket_type = greeting.socket_type or end.socket_type
    elif name in ("READY", "INITIATE") and one.mechanism != "CURVE":  # there they are encrypted
        for found in properties(data)[0]:
            _described(end, found.name, found.value)
    elif name == "IDENTITY":  # ZMTP 1.0 and 2.0: the first frame
        end.identity = data
    elif name == "ERROR":
        one.note = f"refused in the handshake: {data[1:].decode('utf-8', 'backslashreplace')}"
    if name in ("READY", "IDENTITY"):
        end.ready = True
    by_both = one.connecting.ready and one.listening.ready
    by_server = one.listening.ready and one.mechanism in ("PLAIN", "CURVE")  # the client sends INITIATE instead
    if one.state in ("handshake", "stalled") and (by_both or by_server):
        one.state, one.note = "open", ""


def _described(end: End, key: str, value: bytes) -> None:
    if len(end.metadata) < METADATA:
        end.metadata.append((key, value))
    if key.lower() == "socket-type":
        end.socket_type = value.decode("ascii", "backslashreplace")[:16]
    elif key.lower() == "identity":
        end.identity = value
