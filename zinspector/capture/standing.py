"""What holds of the connections that are open where a file begins: the rows that say it, kept beside its own rows.

Who the programs are, what sockets they have and what is subscribed to is told once, when a connection begins. A file
that begins later (the next of a rotation, a recording of what runs already) would know nothing of it.

- Kept are rows, as they were: who reads connections from rows reads these first, and needs nothing else.
- They are no rows of the file: nothing is there twice, and other readers of Arrow files don't see them. Their number
  is 0, which no row has; what was wrong with them is told where they are rows.
- They are a note that is written before the first row: the file of a killed writer has them, too. Captures that are
  saved or converted carry it on, where the format has room for notes.
- Bounded: the newest `CONNECTIONS`, of each `TOLD` events and handshakes and, from each end, `TOPICS` subscriptions;
  all of them together `MOST_BYTES`.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from zinspector.capture.arrow_piece import UNREADABLE
from zinspector.capture.connection import SIDES
from zinspector.capture.formats.sound import sound
from zinspector.capture.masks import Mask, where
from zinspector.capture.picking import copied
from zinspector.capture.schema import SCHEMA
from zinspector.capture.words import Words

NOTE: Final = "standing"
CONNECTIONS: Final = 10_000
TOLD: Final = 32
TOPICS: Final = 4096
MOST_BYTES: Final = 32 << 20
ROW_BYTES: Final = 120  # of a row without its frames, about
MANY_ROWS: Final = 10_000
MANY_BATCHES: Final = 256
ENDS: Final = frozenset({"CLOSED", "RESET", "REFUSED"})
SUBSCRIPTIONS: Final = frozenset({"SUBSCRIBE", "CANCEL"})


class Standing:
    """Follows the rows of a capture, and holds little more of them than what still tells something."""

    def __init__(self) -> None:
        self._parts: list[pa.RecordBatch] = []
        self._small: list[pa.RecordBatch] = []  # those that came last
        self._rows = 0
        self._most = MANY_ROWS

    def consume(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Take rows in, in the order of the capture."""
        for batch in batches:
            told = np.flatnonzero(_telling(batch))
            if len(told):
                self._small.append(copied(batch, told))
                self._rows += len(told)
            if self._rows > self._most:
                self.rows()
            elif len(self._small) > MANY_BATCHES:
                self._parts.append(Words().joined(self._small))
                self._small = []

    def rows(self) -> pa.RecordBatch | None:
        """The rows that made what holds now, in order; None when no connection is open."""
        if not (self._parts or self._small):
            return None
        every = Words().joined([*self._parts, *self._small])
        kept = copied(every, np.array(_holding(every), np.int64))
        self._parts, self._small = [kept] if kept.num_rows else [], []
        self._rows = kept.num_rows
        self._most = 2 * self._rows + MANY_ROWS
        return kept if kept.num_rows else None


def as_text(rows: pa.RecordBatch) -> str:
    """Rows as a note."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        writer.write_batch(_apart(rows))
    return base64.b64encode(zlib.compress(sink.getvalue(), 1)).decode("ascii")


def from_text(text: bytes | str) -> pa.RecordBatch | None:
    """The rows of such a note; None where they are damaged: the file can be read without."""
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(base64.b64decode(text, validate=True), 2 * MOST_BYTES)
        rows = pa.ipc.open_stream(data).read_next_batch()
        if not unpacking.eof or rows.schema != SCHEMA:
            return None
        return _apart(sound(rows))
    except (*UNREADABLE, zlib.error, OSError, StopIteration):
        return None


def left_out(rows: pa.RecordBatch | None, where: str) -> tuple[str, ...]:
    """What is lost where such rows have no place: a sentence, or none where there are no rows."""
    if rows is None:
        return ()
    count = len(set(zip(*(rows.column(name).to_pylist() for name in ("node", "connection")), strict=True)))
    what = "who it joins, and its subscriptions" if count == 1 else "who they join, and their subscriptions"
    many = "the connection that was" if count == 1 else f"the {count:,} connections that were"
    return (f"What was noted of {many} open before the first row ({what}) is not kept in {where}.",)


def _apart(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The same, with the number of no row, and without what was wrong."""
    numbers = pa.array(np.zeros(rows.num_rows, np.uint64))
    nothing = pa.nulls(rows.num_rows, SCHEMA.field("anomalies").type)
    columns = {"n": numbers, "anomalies": nothing}
    return pa.RecordBatch.from_arrays([columns.get(name, rows.column(name)) for name in SCHEMA.names], schema=SCHEMA)


def _telling(batch: pa.RecordBatch) -> Mask:
    """Which rows say something of a tapped connection that may last."""
    told = where(batch, "kind", ("event", "handshake").__contains__)
    told |= where(batch, "kind", "command".__eq__) & where(batch, "name", SUBSCRIPTIONS.__contains__)
    if told.any():
        told &= where(batch, "direction", SIDES.__contains__)
        told &= batch.column("connection").is_valid().to_numpy(zero_copy_only=False)
    return told


@dataclass
class _Open:
    """The places of the rows of one open connection."""

    told: list[int] = field(default_factory=list)
    topics: dict[str, dict[bytes, list[int]]] = field(default_factory=dict)
    """By direction and topic: it may be subscribed to several times."""
    subscriptions: dict[str, int] = field(default_factory=dict)

    def say(self, place: int) -> None:
        """An event or a handshake."""
        if len(self.told) < TOLD:
            self.told.append(place)

    def subscribe(self, direction: str, topic: bytes, place: int) -> None:
        """A subscription."""
        count = self.subscriptions.get(direction, 0)
        if count < TOPICS:
            self.topics.setdefault(direction, {}).setdefault(topic, []).append(place)
            self.subscriptions[direction] = count + 1

    def cancel(self, direction: str, topic: bytes) -> None:
        """The end of one subscription."""
        of_topic = self.topics.get(direction, {}).get(topic)
        if of_topic:
            of_topic.pop()
            self.subscriptions[direction] -= 1
            if not of_topic:
                del self.topics[direction][topic]

    @property
    def places(self) -> list[int]:
        """All of them; what tells most first."""
        topics = (places for by_topic in self.topics.values() for places in by_topic.values())
        return [*self.told, *(place for places in topics for place in places)]


def _holding(rows: pa.RecordBatch) -> list[int]:
    """The places of the rows that hold in the end."""
    found: dict[tuple[str, int], _Open] = {}
    names = ("node", "connection", "direction", "kind", "name")
    columns = [rows.column(name).to_pylist() for name in names]
    frames, offsets = rows.column("frames").values, rows.column("frames").offsets.to_numpy()
    for place, (node, number, direction, kind, name) in enumerate(zip(*columns, strict=True)):
        key = node, number
        if kind == "event" and (name in ENDS or name == "OPENED"):
            found.pop(key, None)
            if name in ENDS:
                continue
        elif kind == "event" and key not in found:
            continue  # it came after the end
        one = found.setdefault(key, _Open())
        if kind != "command":
            one.say(place)
            continue
        start, end = int(offsets[place]), int(offsets[place + 1])
        topic = bytes(frames[start].as_py()) if start < end else b""
        if name == "SUBSCRIBE":
            one.subscribe(direction, topic, place)
        else:
            one.cancel(direction, topic)
    return _bounded(rows, list(found.values()))


def _bounded(rows: pa.RecordBatch, found: list[_Open]) -> list[int]:
    """The places of as many of them as may be kept, in order."""
    sizes = rows.column("size").to_numpy()
    chosen: list[int] = []
    room = MOST_BYTES
    for one in reversed(found[-CONNECTIONS:]):
        for place in one.places:
            cost = ROW_BYTES + int(sizes[place])
            if cost <= room:
                room -= cost
                chosen.append(place)
    return sorted(chosen)
