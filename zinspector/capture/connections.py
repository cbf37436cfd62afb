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
import pyarrow as pa

from zinspector.capture.connection import ANOMALIES, SIDES, Anomaly, Connection, happened, shook, subscribed
from zinspector.capture.connection_rows import ConnectionRows, Key
from zinspector.capture.masks import where

CONNECTIONS = 20_000


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
        rows = ConnectionRows(batch, numbers.to_numpy().astype(np.int64), wire)
        for row in rows.telling():
            self._tell(rows, row)
        self._subscribe(rows)
        self._count(rows)
        self._find_anomalies(rows)
        self.changes += 1
        self._trim()
        return True

    # Counting

    def _count(self, rows: ConnectionRows) -> None:
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

    def _find_anomalies(self, rows: ConnectionRows) -> None:
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

    def _tell(self, rows: ConnectionRows, row: int) -> None:
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

    def _subscribe(self, rows: ConnectionRows) -> None:
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

    def _at(self, rows: ConnectionRows, row: int) -> Connection:
        one = self._current.get(rows.key(row))
        return one if one is not None else self._begin(rows, row)

    def _opened(self, rows: ConnectionRows, row: int) -> Connection:
        before = self._current.get(rows.key(row))
        if before is not None:
            if before.live:
                before.closed_ns = before.last_ns
                before.state = "closed"
            before.last_n = rows.n(row) - 1
        return self._begin(rows, row)

    def _refused(self, rows: ConnectionRows, row: int) -> Connection:
        node, number = rows.key(row)
        one = self._refusing.get(node)
        if one is not None and (node, number) not in self._current:
            one.attempts += 1
            return one
        one = self._refusing[node] = self._at(rows, row)
        return one

    def _begin(self, rows: ConnectionRows, row: int) -> Connection:
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
