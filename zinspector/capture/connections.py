"""The connections that taps saw, told by the rows of a capture alone: live, from a `.arrow` file or from packets.

Rules:
- A connection is a number within a node (`connection` and `node` of a row whose direction is `connect->bind` or
  `bind->connect`). An OPENED row begins one, also where that number was used before; without such a row (a capture
  that began in the middle) the first row of its number does.
- A refused attempt is no open connection. Those of a node in a row, until it opens one, are one entry with a count:
  a program tries again several times a second for as long as its target is down.
- Messages and bytes are counted by numpy, a batch at a time. Only what tells something is read row by row: events,
  handshakes, subscriptions and anomalies, and of those only as much as is kept (see `connection`).
- Of very many connections the closed ones are forgotten, oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.connection import (
    ANOMALIES,
    SIDES,
    TOPICS,
    Anomaly,
    Connection,
    End,
    Side,
    State,
    happened,
    shook,
    subscribed,
)
from zinspector.capture.masks import Mask, codes, where

__all__ = ["ANOMALIES", "SIDES", "TOPICS", "Anomaly", "Connection", "ConnectionBook", "End", "Side", "State"]

CONNECTIONS = 20_000
SUBSCRIPTIONS = frozenset({"SUBSCRIBE", "CANCEL"})

Ints = npt.NDArray[np.int64]
Key = tuple[str, int]


class ConnectionBook:
    """All connections of a capture, in the order in which they appeared."""

    def __init__(self, most: int = CONNECTIONS) -> None:
        """Beyond `most` connections, closed ones are forgotten."""
        self.changes = 0
        """Grows whenever something changed."""
        self.introductions = 0
        """Grows whenever a program became known by another name."""
        self.forgotten = 0
        self.nodes: set[str] = set()
        """The nodes that saw connections."""
        self._most = most
        self._all: dict[int, Connection] = {}  # by order of appearance
        self._serial = 0
        self._current: dict[Key, Connection] = {}
        self._recent: list[Connection] = []
        self._refusing: dict[str, Connection] = {}  # by node: refused since it last opened a connection

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._all.values())

    def get(self, node: str, number: int, n: int | None = None) -> Connection | None:
        """The connection with that number at a node: the one that row `n` belongs to, or else the newest."""
        refusing = self._refusing.get(node)
        newest = self._current.get((node, number), refusing if refusing and number > refusing.id else None)
        if n is None or newest is None or newest.first_n <= n:
            return newest
        return next(
            (one for one in self if one.id == number and one.node == node and one.first_n <= n <= (one.last_n or n)),
            None,
        )

    def recent(self, since_ns: int) -> list[Connection]:
        """Those that are open, or were closed after a wall time; it must not go back from call to call."""
        self._recent = [one for one in self._recent if one.closed_ns is None or one.closed_ns >= since_ns]
        return list(self._recent)

    def clear(self) -> None:
        """Forget everything: another capture comes."""
        self._all.clear()
        self._recent.clear()
        self.nodes.clear()
        self._current.clear()
        self._refusing.clear()
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
        self._refusing.clear()
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
        self._subscribe(rows)
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
        if (kind, name) == ("event", "OPENED"):
            one = self._opened(rows, row)
        elif (kind, name) == ("event", "REFUSED"):
            one = self._refused(rows, row)
        else:
            one = self._at(rows, row)
        one.last_ns = max(one.last_ns, int(rows.times[row]))
        if kind == "event":
            self.introductions += name in ("OPENED", "PEER")
            happened(one, name, rows.frames(row), int(rows.times[row]))
        else:
            shook(one, rows.side(row), name, rows.frame(row))

    def _subscribe(self, rows: _Rows) -> None:
        """There may be a million of them in a row."""
        chosen = rows.subscribing()
        if not len(chosen):
            return
        keys, topics = rows.keys[chosen], rows.first_frames(chosen)
        begins = where(rows.batch, "name", "SUBSCRIBE".__eq__)[chosen]
        for key, first in zip(*np.unique(keys, return_index=True), strict=True):
            row = int(chosen[first])
            one = self._at(rows, row)
            end = one.end(rows.side(row))
            for place in np.flatnonzero(keys == key).tolist():
                subscribed(end, topics[place], begins=bool(begins[place]))
            if one.state == "handshake" and one.live:
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

    def _refused(self, rows: _Rows, row: int) -> Connection:
        node, number = rows.key(row)
        one = self._refusing.get(node)
        if one is not None and (node, number) not in self._current:
            one.attempts += 1
            return one
        one = self._refusing[node] = self._at(rows, row)
        return one

    def _begin(self, rows: _Rows, row: int) -> Connection:
        node, number = rows.key(row)
        self._refusing.pop(node, None)
        time = int(rows.times[row])
        made = Connection(number, node, time, rows.n(row), last_ns=time)
        self._serial += 1
        self._all[self._serial] = self._current[node, number] = made
        self._recent.append(made)
        self.nodes.add(node)
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
                if self._refusing.get(one.node) is one:
                    del self._refusing[one.node]
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
        self._codes = {name: codes(batch.column(name).indices) for name in ("node", "direction", "kind", "name")}
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
        return [int(row) for row in np.flatnonzero(told & self.wire)]

    def subscribing(self) -> Ints:
        """The rows of subscriptions and their ends."""
        commands = where(self.batch, "kind", "command".__eq__) & self.wire
        return np.flatnonzero(commands & where(self.batch, "name", SUBSCRIPTIONS.__contains__))

    def first_frames(self, chosen: Ints) -> list[bytes]:
        """The first frame of each of these rows; read at once where they stand close together."""
        start, end = int(self._offsets[chosen[0]]), int(self._offsets[chosen[-1] + 1])
        if end - start > 4 * len(chosen) + 1000:
            return [self.frame(int(row)) for row in chosen]
        every = self._frames.slice(start, end - start).to_pylist()
        places, ends = self._offsets[chosen] - start, self._offsets[chosen + 1] - start
        return [
            every[first] if first < last else b"" for first, last in zip(places.tolist(), ends.tolist(), strict=True)
        ]

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
