"""Findings from a capture: what its rows say that went wrong on the wire, each once, with the rows that show it.

- Anomalies carry the parser's code; how grave one is follows from what libzmq does on it (`zmtp/anomalies.py`).
- Events count where they tell that a connection could not be made, or was no ZeroMQ at all.
- Rows of the same node and link that say the same are one finding; beyond `MOST` findings the rest is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from zinspector.capture.happenings import phrase
from zinspector.capture.masks import has_items, where
from zinspector.capture.message import Message, preview
from zinspector.capture.readable import printable
from zinspector.doctor.finding import ORDER, Finding, Severity
from zinspector.zmtp.anomalies import KINDS, libzmq

MOST = 1000
MOST_EVIDENCE = 20
GRAVITY: dict[str, Severity] = {
    "closes": "error", "refused": "error", "out of step": "error", "delivers": "warning", "goes on": "info", "-": "info"
}  # fmt: skip
CODES = {
    **dict.fromkeys(("mechanism-mismatch", "unknown-mechanism", "error", "not-encrypted", "curve-nonce"), "Z208"),
    **dict.fromkeys(("short-ping", "ping-ttl-overflow", "long-ping-context"), "Z207"),
    **dict.fromkeys(("socket-type-mismatch", "unknown-socket-type"), "Z216"),
    "oversize-frame": "Z219",
}
EVENTS: dict[str, tuple[str, Severity]] = {
    "NOT_ZMTP": ("Z210", "warning"),
    "REFUSED": ("Z209", "warning"),
    "STALLED": ("Z207", "warning"),
    "DAMAGED": ("Z000", "warning"),
    "BIND_FAILED": ("Z104", "error"),
    "HANDSHAKE_FAILED_NO_DETAIL": ("Z208", "error"),
    "HANDSHAKE_FAILED_PROTOCOL": ("Z208", "error"),
    "HANDSHAKE_FAILED_AUTH": ("Z208", "error"),
}
REFUSED_WHO = re.compile(r"(.+) refused \S+:\d+:")  # each attempt comes from another port, and they are one fault
_Key = tuple[str, Severity, str, str | None, str]


@dataclass
class _Seen:
    """The rows that say the same: how many, the first of them, and their connections."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    connections: dict[int, None] = field(default_factory=dict)

    def add(self, row: Message) -> None:
        self.count += 1
        if len(self.rows) < MOST_EVIDENCE:
            self.rows.append(row.n)
        if row.connection is not None:
            self.connections[row.connection] = None


def check(batches: Iterable[pa.RecordBatch]) -> list[Finding]:
    """What went wrong in a capture, errors first."""
    seen: dict[_Key, _Seen] = {}
    more = 0
    for row in _telling(batches):
        for code, severity, text in _wrong(row):
            key = (code, severity, row.node, row.link, text)
            if key not in seen and len(seen) == MOST:
                more += 1
                continue
            seen.setdefault(key, _Seen()).add(row)
    found = sorted((_finding(key, rows) for key, rows in seen.items()), key=lambda one: (ORDER[one.severity], one.code))
    if more:
        found.append(Finding("Z000", "info", f"{more:,} more rows are odd", remedy="filter by: anomalies"))
    return found


def _telling(batches: Iterable[pa.RecordBatch]) -> Iterator[Message]:
    for batch in batches:
        mask = where(batch, "name", EVENTS.__contains__) & where(batch, "kind", "event".__eq__)
        for row in np.flatnonzero(mask | has_items(batch, "anomalies")).tolist():
            yield preview(batch, row)


def _wrong(row: Message) -> Iterator[tuple[str, Severity, str]]:
    if row.kind == "event" and row.name in EVENTS:
        yield (*EVENTS[row.name], REFUSED_WHO.sub(r"\1 refused a connection:", phrase(row)))
    for anomaly in row.anomalies:
        kind = anomaly.partition(":")[0]
        severity = GRAVITY[libzmq(kind)] if kind in KINDS else "warning"  # a capture of another version may know more
        yield CODES.get(kind, "Z000"), severity, printable(anomaly)


def _finding(key: _Key, seen: _Seen) -> Finding:
    code, severity, node, link, text = key
    times = f", {seen.count:,} times" if seen.count > 1 else ""
    places = [f"connection {number}" for number in seen.connections]
    among = f" ({', '.join(places[:3])}{f' and {len(places) - 3:,} more' if len(places) > 3 else ''})" if places else ""
    return Finding(code, severity, f"{text}{times}{among}", node, link, evidence=tuple(seen.rows))
