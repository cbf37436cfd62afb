"""Findings that single rows tell: anomalies of the parser, and events that no healthy connection has.

- Anomalies carry the parser's code; how grave one is follows from what libzmq does on it (`zmtp/anomalies.py`).
- Events count where they tell that a connection could not be made, or was no ZeroMQ at all.
- Rows of the same node and link that say the same are one finding; beyond a limit the rest is counted. What they say is
  read once a batch: a file can be damaged in very many rows.
- That a target refuses is over when its tap opens a connection.
- What else than ZeroMQ packets carry is one finding for each protocol, with its ports: on an interface that is a matter
  of course. A protocol that nobody knows is no more than a hint, it may be ZeroMQ that began before the capture did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from zinspector.capture.happenings import LEFT_EARLY, happening
from zinspector.capture.masks import has_items, where
from zinspector.capture.picking import pick
from zinspector.capture.readable import printable
from zinspector.doctor import remedies
from zinspector.doctor.finding import Finding, Severity
from zinspector.zmtp.anomalies import KINDS, libzmq

GRAVITY: Final[dict[str, Severity]] = {
    "closes": "error", "refused": "error", "out of step": "error", "delivers": "warning", "goes on": "info", "-": "info"
}  # fmt: skip
CODES: Final = {
    **dict.fromkeys(("mechanism-mismatch", "unknown-mechanism", "error", "not-encrypted", "curve-nonce"), "Z208"),
    **dict.fromkeys(("short-ping", "ping-ttl-overflow", "long-ping-context"), "Z207"),
    **dict.fromkeys(("socket-type-mismatch", "unknown-socket-type"), "Z216"),
    "oversize-frame": "Z219",
}
EVENTS: Final[dict[str, tuple[str, Severity]]] = {
    "NOT_ZMTP": ("Z210", "warning"),
    "REFUSED": ("Z209", "warning"),
    "STALLED": ("Z207", "warning"),
    "DAMAGED": ("Z000", "warning"),
    "REMARK": ("Z000", "info"),
    "BIND_FAILED": ("Z104", "error"),
}
REFUSED: Final = " refused "
REFUSED_WHO: Final = re.compile(r"\S{1,300}:\d{1,5}:")  # each attempt comes from another port; they are one fault
OTHER: Final = re.compile(r"(.{1,100} on) port (\d{1,5}): .*")  # as `capture.packets.scribe` tells it
UNKNOWN: Final = "unknown protocol on"
MOST_PLACES: Final = 3


class _What(NamedTuple):
    """What rows say: they are one finding."""

    code: str
    severity: Severity
    node: str
    link: str | None
    text: str
    remedy: str
    place: str = "connection"
    """What the numbers of the rows' places are: this, or `port`."""


class _Row(NamedTuple):
    """One row that says it."""

    n: int
    place: int | None
    what: _What


@dataclass
class _Seen:
    """The rows that say the same: how many, the first of them, and their places."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    places: set[int] = field(default_factory=set)
    last_n: int = 0


class Oddities:
    """What single rows tell."""

    def __init__(self, most: int, most_evidence: int) -> None:
        """Of at most so many kinds and places, and with so many rows of each."""
        self._most = most
        self._most_evidence = most_evidence
        self._seen: dict[_What, _Seen] = {}
        self._opened: dict[str, int] = {}  # by node: the row of the last connection
        self._more = 0

    def consume(self, batch: pa.RecordBatch) -> None:
        """Take rows in."""
        for row in (*self._events(batch), *_anomalies(batch)):
            seen = self._seen.get(row.what)
            if seen is None:
                if len(self._seen) == self._most:
                    self._more += 1
                    continue
                seen = self._seen[row.what] = _Seen()
            seen.count += 1
            seen.last_n = row.n
            if len(seen.rows) < self._most_evidence:
                seen.rows.append(row.n)
            if row.place is not None:
                seen.places.add(row.place)

    def findings(self, _now_ns: int) -> list[Finding]:
        """One for each thing that rows say."""
        found = [self._finding(what, seen) for what, seen in self._seen.items()]
        if self._more:
            found.append(Finding("Z000", "info", f"{self._more:,} more rows are odd", remedy="filter by: anomalies"))
        return found

    def _events(self, batch: pa.RecordBatch) -> Iterator[_Row]:
        mask = where(batch, "kind", "event".__eq__)
        mask &= where(batch, "name", lambda name: name in EVENTS or name == "OPENED")
        if not mask.any():
            return
        known: dict[tuple[str, str | None, str, bytes], tuple[_What, int | None] | None] = {}
        names = ("n", "connection", "node", "link", "name", "frames")
        for n, connection, node, link, name, frames in _values(pick(batch, mask), names):
            if name == "OPENED":
                self._opened[node] = n
                continue
            key = node, link, name, frames[0] if frames else b""
            if key not in known:
                known[key] = _event(*key)
            if (told := known[key]) is not None:
                what, port = told
                yield _Row(n, connection if port is None else port, what)

    def _finding(self, what: _What, seen: _Seen) -> Finding:
        times = f", {seen.count:,} times" if seen.count > 1 else ""
        places = [f"{what.place} {number}" for number in sorted(seen.places)]
        rest = f" and {len(places) - MOST_PLACES:,} more" if len(places) > MOST_PLACES else ""
        among = f"{', '.join(places[:MOST_PLACES])}{rest}"
        text = f"{what.text} {among}" if what.place == "port" else f"{what.text}{times}" + f" ({among})" * bool(among)
        ended = what.remedy == remedies.REFUSED and self._opened.get(what.node, 0) > seen.last_n
        return Finding(
            what.code, what.severity, text, what.node, what.link, what.remedy, tuple(seen.rows),
            cause=what.text, ended=ended,
        )  # fmt: skip


def _event(node: str, link: str | None, name: str, said: bytes) -> tuple[_What, int | None] | None:
    """What an event says, and of which port; nothing where nobody is to blame."""
    text = happening(said)
    code, severity = EVENTS[name]
    if LEFT_EARLY in text:
        return None
    if name == "NOT_ZMTP" and (other := OTHER.fullmatch(text)):
        protocol, port = other.groups()
        severity = "info" if protocol == UNKNOWN else severity
        return _What(code, severity, node, link, protocol, remedies.EVENTS[name], "port"), int(port)
    who, refused, whom = text.rpartition(REFUSED)
    if who and (found := REFUSED_WHO.match(whom)):
        text = f"{who}{refused}a connection:{whom[found.end() :]}"
    return _What(code, severity, node, link, text, remedies.EVENTS[name]), None


def _values(batch: pa.RecordBatch, names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """The rows, with these columns as Python has them."""
    columns = [batch.column(name) for name in names]
    plain = [each.dictionary_decode() if isinstance(each, pa.DictionaryArray) else each for each in columns]
    return zip(*(column.to_pylist() for column in plain), strict=True)


def _anomalies(batch: pa.RecordBatch) -> Iterator[_Row]:
    """Without the frames of their rows: there may be many, and large ones."""
    places = np.flatnonzero(has_items(batch, "anomalies"))
    if not len(places):
        return
    known: dict[tuple[str, str | None, str], _What] = {}
    names = ("n", "connection", "node", "link", "anomalies")
    odd = batch.select(names).take(pa.array(places))
    for n, connection, node, link, anomalies in _values(odd, names):
        for anomaly in anomalies:
            key = node, link, anomaly
            if key not in known:
                known[key] = _anomaly(*key)
            yield _Row(n, connection, known[key])


def _anomaly(node: str, link: str | None, anomaly: str) -> _What:
    kind = anomaly.partition(":")[0]
    severity = GRAVITY[libzmq(kind)] if kind in KINDS else "warning"  # another version may know more
    text = printable(anomaly)
    return _What(CODES.get(kind, "Z000"), severity, node, link, text, remedies.of_anomaly(kind, text))
