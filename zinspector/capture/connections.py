"""The connections that taps saw, told by the rows of a capture alone: live, from a `.arrow` file or from packets.

Rules:
- A connection is a number within a node (`connection` and `node` of a row whose direction is `connect->bind` or
  `bind->connect`). An OPENED row begins one, also where that number was used before; without such a row (a capture
  that began in the middle) the first row of its number does.
- Messages and bytes are counted by numpy, a batch at a time. Only what tells something is read row by row: events,
  handshakes, subscriptions and anomalies, and of those only as much as is kept.
- Nothing grows with hostile traffic: topics, anomalies and metadata are capped for each connection and counted beyond,
  and of very many connections the closed ones are forgotten, oldest first.
- What a connection knows of its ends comes from OPENED, PEER (addresses, processes), GREETING (version, mechanism) and
  READY (socket type, identity, metadata): ZMTP RFCs 23 and 37, and 15 for versions before 3.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.masks import Mask, where
from zinspector.zmtp.commands import properties
from zinspector.zmtp.greeting import read_greeting

Side = Literal["connect", "bind"]
State = Literal["handshake", "open", "closed", "refused", "stalled", "not ZeroMQ"]

SIDES: dict[str, Side] = {"connect->bind": "connect", "bind->connect": "bind"}
TOPICS = 1000
ANOMALIES = 200
METADATA = 50
CONNECTIONS = 20_000
SUBSCRIPTIONS = frozenset({"SUBSCRIBE", "CANCEL"})

Ints = npt.NDArray[np.int64]


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
    """One live or past ZMTP session. Times are wall time in ns; `first_n` is the number of its first row."""

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


Key = tuple[str, int]


class ConnectionBook:
    """All connections of a capture, in the order in which they appeared."""

    def __init__(self, most: int = CONNECTIONS) -> None:
        """Beyond `most` connections, closed ones are forgotten."""
        self.changes = 0
        """Grows whenever something changed."""
        self.forgotten = 0
        self._most = most
        self._all: dict[int, Connection] = {}  # by order of appearance
        self._serial = 0
        self._current: dict[Key, Connection] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._all.values())

    def get(self, node: str, number: int, n: int | None = None) -> Connection | None:
        """The connection with that number at a node: the one that row `n` belongs to, or else the newest."""
        newest = self._current.get((node, number))
        if n is None or newest is None or newest.first_n <= n:
            return newest
        return next(
            (one for one in self if one.id == number and one.node == node and one.first_n <= n <= (one.last_n or n)),
            None,
        )

    def clear(self) -> None:
        """Forget everything: another capture comes."""
        self._all.clear()
        self._current.clear()
        self.forgotten = 0
        self.changes += 1

    def end_all(self, node: str | None = None, note: str = "the tap was stopped") -> None:
        """Close what is still open: the tap at `node` (None: every tap) no longer looks."""
        for one in self:
            if one.live and node in (None, one.node):
                one.closed_ns = one.last_ns
                if one.state not in ("refused", "not ZeroMQ"):
                    one.state = "closed"
                    one.note = note
                self.changes += 1

    def forget_closed(self) -> None:
        """Keep only what is still open."""
        for serial, one in list(self._all.items()):
            if not one.live:
                del self._all[serial]
                self._current.pop((one.node, one.id), None)
        self.changes += 1

    def consume(self, batch: pa.RecordBatch) -> bool:
        """Take rows in; whether there was any of a tapped connection among them."""
        wire = where(batch, "direction", SIDES.__contains__)
        numbers = batch.column("connection")
        if numbers.null_count:
            wire &= numbers.is_valid().to_numpy(zero_copy_only=False)
            numbers = numbers.fill_null(0)
        if not wire.any():
            return False
        rows = _Rows(batch, numbers.to_numpy().astype(np.int64), wire)
        for row in rows.telling():
            self._tell(rows, row)
        self._count(rows)
        self._find_anomalies(rows)
        self.changes += 1
        self._trim()
        return True

    # Counting

    def _count(self, rows: _Rows) -> None:
        chosen = np.flatnonzero(rows.wire & where(rows.batch, "kind", "message".__eq__))
        if not len(chosen):
            return
        keys = rows.keys[chosen]
        groups, firsts, inverse = np.unique(keys, return_index=True, return_inverse=True)
        counts = np.bincount(inverse, minlength=len(groups))
        volumes = np.bincount(inverse, rows.sizes[chosen], minlength=len(groups))
        last = np.zeros(len(groups), np.int64)
        last[inverse] = rows.times[chosen]  # of several assignments the last one stays
        for place, first in enumerate(firsts):
            row = int(chosen[first])
            one = self._at(rows, row)
            end = one.end(rows.side(row))
            end.sent += int(counts[place])
            end.sent_bytes += int(volumes[place])
            one.last_ns = max(one.last_ns, int(last[place]))
            if one.state in ("handshake", "stalled") and one.live:
                one.state = "open"  # whoever may send messages has shaken hands
                one.note = ""

    def _find_anomalies(self, rows: _Rows) -> None:
        column = rows.batch.column("anomalies")
        if column.null_count == len(column):
            return
        counts = column.value_lengths().fill_null(0).to_numpy()
        for row in np.flatnonzero(rows.wire & (counts > 0)).tolist():
            one = self._at(rows, row)
            one.anomaly_count += int(counts[row])
            if len(one.anomalies) < ANOMALIES:
                one.anomalies += [Anomaly(rows.n(row), text) for text in column[row].as_py()]

    # Telling

    def _tell(self, rows: _Rows, row: int) -> None:
        kind, name = rows.kind(row), rows.name(row)
        one = self._opened(rows, row) if (kind, name) == ("event", "OPENED") else self._at(rows, row)
        one.last_ns = max(one.last_ns, int(rows.times[row]))
        if kind == "event":
            _happened(one, name, rows.frames(row), int(rows.times[row]))
        elif kind == "handshake":
            _shook(one, rows.side(row), name, rows.frame(row))
        elif name in SUBSCRIPTIONS:
            _subscribed(one.end(rows.side(row)), name, rows.frame(row))
            if one.state == "handshake":
                one.state = "open"

    def _at(self, rows: _Rows, row: int) -> Connection:
        one = self._current.get(rows.key(row))
        return one if one is not None else self._begin(rows, row)

    def _opened(self, rows: _Rows, row: int) -> Connection:
        before = self._current.get(rows.key(row))
        if before is not None:
            if before.live:
                before.closed_ns = before.last_ns
                before.state = "closed"
            before.last_n = rows.n(row) - 1
        return self._begin(rows, row)

    def _begin(self, rows: _Rows, row: int) -> Connection:
        node, number = rows.key(row)
        time = int(rows.times[row])
        made = Connection(number, node, time, rows.n(row), last_ns=time)
        self._serial += 1
        self._all[self._serial] = self._current[node, number] = made
        return made

    def _trim(self) -> None:
        if len(self._all) <= self._most:
            return
        for serial, one in list(self._all.items()):
            if len(self._all) <= self._most:
                return
            if not one.live:
                del self._all[serial]
                self.forgotten += 1
                if self._current.get((one.node, one.id)) is one:
                    del self._current[one.node, one.id]


class _Rows:
    """The columns of a batch that the book reads, taken out of Arrow once."""

    def __init__(self, batch: pa.RecordBatch, numbers: Ints, wire: Mask) -> None:
        self.batch = batch
        self.wire = wire
        self.numbers = numbers
        self.times: Ints = batch.column("time_ns").to_numpy()
        self.sizes: Ints = batch.column("size").to_numpy()
        self._n = batch.column("n").to_numpy()
        self._codes = {name: _codes(batch, name) for name in ("node", "direction", "kind", "name")}
        self._words = {name: batch.column(name).dictionary.to_pylist() for name in self._codes}
        self._offsets = batch.column("frames").offsets.to_numpy()
        self._frames = batch.column("frames").values

    @property
    def keys(self) -> Ints:
        """One number for each node, connection and direction."""
        node, direction = self._codes["node"].astype(np.int64), self._codes["direction"].astype(np.int64)
        return (node << 48) | (self.numbers << 8) | direction

    def telling(self) -> list[int]:
        """The rows that must be read one by one, in order."""
        told = where(self.batch, "kind", ("event", "handshake").__contains__)
        told |= where(self.batch, "kind", "command".__eq__) & where(self.batch, "name", SUBSCRIPTIONS.__contains__)
        return [int(row) for row in np.flatnonzero(told & self.wire)]

    def key(self, row: int) -> Key:
        """Node and number."""
        return self._word("node", row), int(self.numbers[row])

    def n(self, row: int) -> int:
        """The number of the row in the capture."""
        return int(self._n[row])

    def kind(self, row: int) -> str:
        """What kind of row it is."""
        return self._word("kind", row)

    def name(self, row: int) -> str:
        """Its name; empty where it has none."""
        return self._word("name", row)

    def side(self, row: int) -> Side:
        """Who sent it."""
        return SIDES[self._word("direction", row)]

    def frame(self, row: int) -> bytes:
        """Its first frame."""
        start, end = self._offsets[row], self._offsets[row + 1]
        return bytes(self._frames[int(start)].as_py()) if end > start else b""

    def frames(self, row: int) -> list[bytes]:
        """All its frames."""
        return [bytes(self._frames[place].as_py()) for place in range(self._offsets[row], self._offsets[row + 1])]

    def _word(self, column: str, row: int) -> str:
        code = self._codes[column][row]
        return str(self._words[column][code]) if code >= 0 else ""


def _codes(batch: pa.RecordBatch, column: str) -> npt.NDArray[np.int32]:
    indices = batch.column(column).indices
    codes: npt.NDArray[np.int32] = indices.fill_null(-1).to_numpy() if indices.null_count else indices.to_numpy()
    return codes


def _happened(one: Connection, name: str, frames: list[bytes], time: int) -> None:
    """What an event row says of its connection."""
    text = frames[0].decode("utf-8", "backslashreplace") if frames else ""
    details = _details(frames[1]) if len(frames) > 1 else {}
    if name in ("OPENED", "PEER"):
        for side in SIDES.values():
            _introduce(one.end(side), details.get(side))
    elif name in ("CLOSED", "RESET"):
        one.closed_ns = time
        if one.state in ("handshake", "open", "stalled"):
            one.state = "closed"
            one.note = text
    elif name == "REFUSED":
        one.state, one.note = "refused", text
    elif name == "NOT_ZMTP":
        one.state, one.note = "not ZeroMQ", _protocol(details, text)
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


def _details(data: bytes) -> dict[str, Any]:
    """The JSON object of an event; empty where it is none. A file may hold anything."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _subscribed(end: End, name: str, topic: bytes) -> None:
    kept = end.topics.get(topic, 0)
    if name == "SUBSCRIBE":
        end.subscription_count += 1
        if kept or len(end.topics) < TOPICS:
            end.topics[topic] = kept + 1
        return
    end.subscription_count = max(0, end.subscription_count - 1)
    if kept > 1:
        end.topics[topic] = kept - 1
    elif kept:
        del end.topics[topic]


def _shook(one: Connection, side: Side, name: str, data: bytes) -> None:
    """What a handshake row says of the end that sent it."""
    end = one.end(side)
    if name == "GREETING":
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
