"""Rows of a capture as a table for spreadsheets: `-T csv`.

A spreadsheet runs a cell that begins like a formula, so such cells get an apostrophe in front (OWASP, CSV injection).
Frames are joined in one cell as `lines` shows them, in full up to what a cell can hold.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from zinspector.capture.message import Message
from zinspector.capture.readable import printable, shown

COLUMNS = (
    *("n", "time_ns", "node", "link", "connection", "direction", "kind", "name", "from_type", "to_type"),
    *("size", "frame_sizes", "topic", "frames", "decoded", "anomalies"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_IN_A_CELL = 32_000
MOST_FRAMES = 1000

Decode = Callable[[Message], list[dict[str, Any]]]


def header() -> str:
    """The first line."""
    return ",".join(COLUMNS)


def lines(messages: Iterable[Message], decode: Decode | None = None) -> Iterator[str]:
    """One line a row, without line ends. `decode` is as with `jsonl.lines`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="")
    for message in messages:
        writer.writerow([_safe(value) for value in _cells(message, decode)])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _cells(message: Message, decode: Decode | None) -> tuple[object, ...]:
    topic = message.topic
    decoded = decode(message) if decode is not None else []
    return (
        *(message.n, message.time_ns, message.node, message.link, message.connection, message.direction),
        *(message.kind, message.name, message.from_type, message.to_type, message.size),
        " ".join(map(str, message.true_sizes[:MOST_FRAMES])),
        None if topic is None else topic[:MOST_IN_A_CELL],
        " | ".join(shown(frame, MOST_IN_A_CELL) for frame in message.frames[:MOST_FRAMES])[:MOST_IN_A_CELL],
        json.dumps(decoded)[:MOST_IN_A_CELL] if decoded else None,
        "; ".join(message.anomalies),
    )


def _safe(value: object) -> object:
    if not isinstance(value, str):
        return value
    value = printable(value)
    return f"'{value}" if value.startswith(FORMULA) else value
