"""Which recorded reply answers which recorded request: numbers of rows, found in one pass, before a replay.

What answers what is told in `follow`: what stands before the empty delimiter comes back as it was; without any, the
n-th reply of a connection answers its n-th request. A pair costs sixteen bytes, whatever its messages hold.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.masks import Mask, where
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.replay import Chosen, frames_of
from zinspector.capture.sending import fitting, head, owner
from zinspector.capture.ways import Way, ways_of

BACK: Final = {"in": "out", "out": "in", "connect->bind": "bind->connect", "bind->connect": "connect->bind"}
ROWS: Final = 4096
ASKING: Final = ("REQ", "DEALER")
COMPARED: Final = (*ASKING, "REP")

Numbers = npt.NDArray[np.uint64]


class Exchanges:
    """The recorded replies to the requests of a replay."""

    def __init__(self, batches: Sequence[pa.RecordBatch], pairs: Numbers, socket_type: str) -> None:
        """`pairs`: the numbers of requests and of their replies, in two columns, requests ascending."""
        self._batches = batches
        self._starts = [int(batch.column("n")[0].as_py()) for batch in batches if batch.num_rows]
        self._full = [batch for batch in batches if batch.num_rows]
        self._requests, self._replies = pairs[:, 0], pairs[:, 1]
        self._type = socket_type

    @property
    def count(self) -> int:
        """How many requests have a recorded reply."""
        return len(self._requests)

    def reply_number(self, request: int) -> int | None:
        """The number of the row that answered a request; None where none did."""
        place = int(np.searchsorted(self._requests, np.uint64(request)))
        if place == len(self._requests) or int(self._requests[place]) != request:
            return None
        return int(self._replies[place])

    def took_ns(self, request: int) -> int:
        """How long the recorded reply took, in nanoseconds; 0 where none was recorded."""
        reply = self.reply_number(request)
        return max(0, self._time_ns(reply) - self._time_ns(request)) if reply is not None else 0

    def reply(self, request: int) -> list[bytes] | None:
        """The frames that the replaying socket should receive for a request; None where none were recorded."""
        number = self.reply_number(request)
        if number is None:
            return None
        batch, row = self._place(number)
        way = Way(*(batch.column(name)[row].as_py() for name in ("direction", "from_type", "to_type")))
        frames, _ = frames_of(batch, np.array([row]))
        fit = fitting(self._type, owner(*way))
        return fit(frames) if fit is not None else frames

    def _time_ns(self, number: int) -> int:
        batch, row = self._place(number)
        return int(batch.column("time_ns")[row].as_py())

    def _place(self, number: int) -> tuple[pa.RecordBatch, int]:
        at = bisect_right(self._starts, number) - 1
        return self._full[at], number - self._starts[at]


def pair(chosen: Chosen, progress: Progress | None = None) -> Exchanges:
    """Find the replies to what is replayed, or of a REP the requests. `progress` may stop it: CancelledError."""
    answers = chosen.wanted.type == "REP"
    waiting: dict[Hashable, deque[int]] = defaultdict(deque)
    pairs: list[npt.NDArray[np.uint64]] = []
    done = 0
    total = max(1, sum(batch.num_rows for batch in chosen.batches))
    backs = frozenset(Way(BACK[way.direction], way.to_type, way.from_type) for way in chosen.ways)
    for place, batch in enumerate(chosen.batches):
        sent, came = chosen.mask(place), _replies(batch, backs)
        asked = came if answers else sent
        rows = np.flatnonzero(sent | came)
        rows = rows[np.argsort(batch.column("time_ns").to_numpy()[rows], kind="stable")]
        found: list[tuple[int, int]] = []
        for start in range(0, len(rows), ROWS):
            some = rows[start : start + ROWS]
            found += _match(batch, some, asked, waiting)
        pairs.append(np.array(found, np.uint64).reshape(-1, 2))
        done += batch.num_rows
        if progress is not None and not progress(done / total):
            raise CancelledError("looking for replies was cancelled")
    joined = np.concatenate(pairs) if pairs else np.zeros((0, 2), np.uint64)
    joined = joined[:, ::-1] if answers else joined
    return Exchanges(chosen.batches, joined[np.argsort(joined[:, 0], kind="stable")], chosen.wanted.type)


def _replies(batch: pa.RecordBatch, backs: frozenset[Way]) -> Mask:
    """Which rows go back on the ways of the requests. A type that nobody told fits any."""
    ways = ways_of(batch)
    fits = [any(_fits(way, back) for back in backs) for way in ways.names]
    mask: Mask = where(batch, "kind", "message".__eq__) & np.array(fits, np.bool_)[ways.codes]
    return mask


def _fits(way: Way, back: Way) -> bool:
    if way.direction != back.direction:
        return False
    return all(
        one is None or other is None or one == other
        for one, other in ((way.from_type, back.from_type), (way.to_type, back.to_type))
    )


def _match(
    batch: pa.RecordBatch, rows: npt.NDArray[np.int64], asked: Mask, waiting: dict[Hashable, deque[int]]
) -> list[tuple[int, int]]:
    """The pairs that are complete with these rows; `waiting` holds the requests without a reply, by their marks."""
    ways = ways_of(batch)
    owners = [owner(*way) for way in ways.names]
    nodes = batch.column("node").indices.to_numpy()
    words = batch.column("node").dictionary.to_pylist()
    connections = batch.column("connection").take(pa.array(rows)).to_pylist()
    numbers = batch.column("n").to_numpy()
    found = []
    flat, starts = frames_of(batch, rows)
    ends = starts or range(len(rows) + 1)
    for at, (row, connection) in enumerate(zip(rows.tolist(), connections, strict=True)):
        frames = flat[ends[at] : ends[at + 1]]
        mark = (words[nodes[row]], connection, _mark(owners[ways.codes[row]], frames))
        if asked[row]:
            waiting[mark].append(int(numbers[row]))
        elif (queue := waiting.get(mark)) is not None:
            found.append((queue.popleft(), int(numbers[row])))
            if not queue:
                del waiting[mark]
    return found


def _mark(seen_by: str, frames: list[bytes]) -> tuple[bytes, ...]:
    """The frames that a reply has in common with its request."""
    if seen_by == "ROUTER":
        return tuple(frames[: 1 + head(frames[1:])])
    return tuple(frames[: head(frames)]) if seen_by in ("DEALER", "wire") else ()
