"""Rows that belong together: those of one connection, of one topic, of one request and its reply.

A `Follow` tells which rows of a batch belong, as a mask of array operations; tables show it like any other scope.

What answers what, as far as the wire tells (RFC 28 and libzmq's req.cpp, rep.cpp, dealer.cpp, router.cpp):
- Messages before the empty delimiter (routing ids, a REQ_CORRELATE id) come back as they were: the reply to a request
  is the next message the other way with the same ones.
- Without any, a REQ waits for its reply, so the next message the other way is the reply.
- Without any, requests of a DEALER are taken to be answered in order: the n-th reply answers the n-th request. Who
  answers out of order puts something into the payload that this doesn't know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.masks import Mask, first_frame_is, numbers_are, where
from zinspector.capture.message import TOPIC_TYPES, Message

ASKS = frozenset({"REQ", "DEALER"})
ANSWERS = frozenset({"REP", "ROUTER"})
BACK = {"in": "out", "out": "in", "connect->bind": "bind->connect", "bind->connect": "connect->bind"}
MOST_HOPS = 16

Places = npt.NDArray[np.int64]


class Follow(Protocol):
    """What a table can be narrowed to."""

    def mask(self, batch: pa.RecordBatch) -> Mask:
        """Which rows of a batch belong."""


@dataclass(frozen=True)
class OfConnection:
    """Everything of one tapped connection; `first_n` to `last_n` are the rows while its number was its own."""

    node: str
    connection: int
    first_n: int = 0
    last_n: int | None = None

    def mask(self, batch: pa.RecordBatch) -> Mask:
        """Which rows of a batch belong."""
        belongs = numbers_are(batch, "connection", self.connection)
        if belongs.any():
            belongs &= where(batch, "node", self.node.__eq__) & where(batch, "direction", lambda way: "->" in way)
            numbers = batch.column("n").to_numpy()
            belongs &= numbers >= self.first_n
            if self.last_n is not None:
                belongs &= numbers <= self.last_n
        return belongs


@dataclass(frozen=True)
class OfRefusals:
    """The attempts that a tap's target refused, from row `first_n` on."""

    node: str
    first_n: int = 0

    def mask(self, batch: pa.RecordBatch) -> Mask:
        """Which rows of a batch belong."""
        belongs = where(batch, "name", "REFUSED".__eq__) & where(batch, "node", self.node.__eq__)
        belongs &= batch.column("n").to_numpy() >= self.first_n
        return belongs


@dataclass(frozen=True)
class OfTopic:
    """The messages whose whole first frame is `topic`, in publish-subscribe traffic."""

    topic: bytes

    def mask(self, batch: pa.RecordBatch) -> Mask:
        """Which rows of a batch belong."""
        published = where(batch, "from_type", TOPIC_TYPES.__contains__)
        published |= where(batch, "to_type", TOPIC_TYPES.__contains__)
        published &= where(batch, "kind", "message".__eq__)
        return published & first_frame_is(batch, self.topic) if published.any() else published


@dataclass(frozen=True)
class OfNumbers:
    """Rows by their numbers, ascending."""

    numbers: tuple[int, ...]

    def mask(self, batch: pa.RecordBatch) -> Mask:
        """Which rows of a batch belong."""
        belongs: Mask = np.isin(batch.column("n").to_numpy(), np.array(self.numbers, np.uint64))
        return belongs


def is_exchange(message: Message) -> bool:
    """Whether a message asks or answers: one of request-reply traffic, of a known connection or link."""
    placed = message.connection is not None or message.link is not None
    types = {message.from_type, message.to_type}
    return message.kind == "message" and placed and bool(types & (ASKS | ANSWERS))


def exchange(batches: Sequence[pa.RecordBatch], message: Message) -> OfNumbers:
    """A request and its reply, whichever of the two `message` is; alone where the other isn't in `batches`."""
    asks = _asks(message)
    search = _Search(batches, message)
    head = _head(message.frames)
    asking = message.from_type if asks else message.to_type
    if any(head):
        other = search.same_head(head, forward=asks)
    elif asking == "DEALER":
        other = search.in_order()
    else:
        other = search.same_head((), forward=asks)
    return OfNumbers(tuple(sorted({message.n, *([other] if other is not None else [])})))


def _asks(message: Message) -> bool:
    """Whether a message is the request of an exchange and not the reply."""
    if message.from_type == "REQ" or message.to_type == "REP":
        return True
    if message.from_type == "REP" or message.to_type == "REQ":
        return False
    if message.from_type != message.to_type and {message.from_type, message.to_type} & ANSWERS:
        return message.to_type in ANSWERS
    return message.direction in ("connect->bind", "out")


def _head(frames: Sequence[bytes]) -> tuple[bytes, ...]:
    """The frames before the delimiter; none where there is no delimiter."""
    end = next((place for place, frame in enumerate(frames[:MOST_HOPS]) if not frame), None)
    return () if end is None or end == len(frames) - 1 else tuple(frames[:end])


class _Search:
    """Looks for the other half of an exchange among the messages of the same node, connection and link."""

    def __init__(self, batches: Sequence[pa.RecordBatch], message: Message) -> None:
        self._batches = batches
        self._message = message

    def same_head(self, head: tuple[bytes, ...], *, forward: bool) -> int | None:
        """The nearest message the other way, after or before, whose head equals `head` (none: any)."""
        for batch, found in self._rows(BACK[self._message.direction], forward=forward):
            numbers = batch.column("n").to_numpy()[found]
            rows = found[numbers > self._message.n] if forward else found[numbers < self._message.n][::-1]
            for row in rows.tolist():
                if not head or _head(batch.column("frames")[row].as_py()) == head:
                    return int(batch.column("n")[row].as_py())
        return None

    def in_order(self) -> int | None:
        """The message the other way that has as many before it as this one has its own way."""
        before = 0
        for batch, rows in self._rows(self._message.direction, forward=True):
            before += int(np.count_nonzero(batch.column("n").to_numpy()[rows] < self._message.n))
        for batch, rows in self._rows(BACK[self._message.direction], forward=True):
            if before < len(rows):
                return int(batch.column("n")[int(rows[before])].as_py())
            before -= len(rows)
        return None

    def _rows(self, direction: str, *, forward: bool) -> Iterator[tuple[pa.RecordBatch, Places]]:
        """Batch by batch, the places of the messages that go that way."""
        message = self._message
        for batch in self._batches if forward else reversed(self._batches):
            found = where(batch, "node", message.node.__eq__) & where(batch, "kind", "message".__eq__)
            found &= where(batch, "direction", direction.__eq__)
            if message.connection is not None:
                found &= numbers_are(batch, "connection", message.connection)
            if message.link is not None:
                found &= where(batch, "link", message.link.__eq__)
            if found.any():
                yield batch, np.flatnonzero(found)
