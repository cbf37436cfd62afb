"""How long messages take, from two sources:

- *stamps*: a generator that stamps appends a frame of its own, `ZINSTAMP` and the monotonic sending time (u64, little
  endian). Where it arrives, arrival minus stamp is the latency. Both ends must be on one host: they share its clock.
- *requests*: on REQ and DEALER, the time from a request to its reply. A REQ has one request under way. A DEALER's
  replies are taken in the order of its requests, which is exact with one peer that answers everything, and an
  estimate else; a lost connection gives up what was under way.

Everything is measured per batch with arrays, but for nodes that lost something. Stamps win: a link with stamped
messages is not measured by requests too.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.clock import Clock
from zinspector.capture.envelope import STAMP_MAGIC, STAMP_SIZE
from zinspector.capture.masks import codes, where
from zinspector.measure.histogram import Histogram

SECOND_NS = 1_000_000_000
HISTORY_S = 600
MOST_WAITING = 100_000
REQUESTERS = ("REQ", "DEALER")
ASK, REPLY, END = 1, -1, 0
PERCENTILES = (50.0, 99.0, 99.9)

Nanoseconds = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def stamp(monotonic_ns: int) -> bytes:
    """The stamp frame, 16 bytes."""
    return STAMP_MAGIC + monotonic_ns.to_bytes(8, "little")


class LatencyBook:
    """Latencies by link: a histogram over the run, and percentiles second by second."""

    def __init__(self) -> None:
        self._links: dict[str, Histogram] = {}
        self._seconds: dict[str, deque[tuple[int, ...]]] = {}  # seconds that are over: time, p50, p99, p99.9
        self._present: dict[str, tuple[int, Histogram]] = {}  # the second that still fills, a histogram for each link
        self._newest = 0
        self._offset_ns = 0
        self._queues: defaultdict[str, Queue] = defaultdict(Queue)
        self._stamped: set[str] = set()

    def consume(self, batch: pa.RecordBatch, clock: Clock) -> None:
        """Measure what a batch tells. Times in the batch are wall times of `clock`."""
        self._offset_ns = clock.offset_ns
        self._consume_stamps(batch, clock)
        self._consume_requests(batch)

    def links(self) -> Mapping[str, Histogram]:
        """The histogram of every link that was measured."""
        return self._links

    def history(self, link: str, now_ns: int = 0) -> tuple[Floats, Floats, Floats, Floats]:
        """Times in seconds before now, and p50, p99, p99.9 in ns for the second that ends there, where it had messages.

        `now_ns`: monotonic; without it, now is the newest second of all links.
        """
        if link not in self._present:
            return np.empty(0), np.empty(0), np.empty(0), np.empty(0)
        rows = np.array([*self._seconds[link], _row(*self._present[link])], np.float64)
        now = (now_ns + self._offset_ns) / SECOND_NS if now_ns else self._newest + 1.0
        return np.minimum(rows[:, 0] + 1 - now, 0.0), rows[:, 1], rows[:, 2], rows[:, 3]

    def _consume_stamps(self, batch: pa.RecordBatch, clock: Clock) -> None:
        frames = batch.column("frames")
        offsets = frames.offsets.to_numpy()
        rows = np.flatnonzero(where(batch, "direction", "in".__eq__) & (np.diff(offsets) > 0))
        if not len(rows):
            return
        last = offsets[rows + 1] - 1
        lengths, places = _views(frames.values)
        candidates = lengths[last] == STAMP_SIZE
        rows, last = rows[candidates], last[candidates]
        if not len(rows):
            return
        stamps = _stamps(frames.values, last, places)
        good = stamps >= 0
        rows, stamps = rows[good], stamps[good]
        times = batch.column("time_ns").to_numpy()[rows]
        latencies = times - clock.offset_ns - stamps
        links = batch.column("link")
        over = codes(batch.column("link").indices)[rows]
        for code in np.unique(over[over >= 0]):
            link = links.dictionary[int(code)].as_py()
            mine = over == code
            self._stamped.add(link)
            self._add(link, times[mine], latencies[mine])

    def _consume_requests(self, batch: pa.RecordBatch) -> None:
        asking, asked_of = (where(batch, column, REQUESTERS.__contains__) for column in ("from_type", "to_type"))
        if not (asking.any() or asked_of.any()):
            return
        messages = where(batch, "kind", "message".__eq__)
        asks = messages & where(batch, "direction", "out".__eq__) & asking
        replies = messages & where(batch, "direction", "in".__eq__) & asked_of
        ends = where(batch, "name", "DISCONNECTED".__eq__) & asking
        rows = np.flatnonzero(asks | replies | ends)
        if not len(rows):
            return
        steps = np.where(asks, ASK, np.where(replies, REPLY, END))[rows]
        times = batch.column("time_ns").to_numpy()[rows]
        links = codes(batch.column("link").indices)[rows]
        link_names = batch.column("link").dictionary
        nodes = codes(batch.column("node").indices)[rows]
        alone = where(batch, "from_type", "REQ".__eq__)[rows] | where(batch, "to_type", "REQ".__eq__)[rows]
        for node in np.unique(nodes):
            mine = nodes == node
            queue = self._queues[batch.column("node").dictionary[int(node)].as_py()]
            asked = queue.match(steps[mine], times[mine], alone=bool(alone[mine].any()))
            answered, over = times[mine][steps[mine] == REPLY], links[mine][steps[mine] == REPLY]
            for link in np.unique(over[over >= 0]):
                name = link_names[int(link)].as_py()
                good = (over == link) & (asked >= 0)
                if good.any() and name not in self._stamped:
                    self._add(name, answered[good], answered[good] - asked[good])

    def _add(self, link: str, times: Nanoseconds, latencies: Nanoseconds) -> None:
        self._links.setdefault(link, Histogram()).add(latencies)
        history = self._seconds.setdefault(link, deque(maxlen=HISTORY_S))
        seconds = times // SECOND_NS
        for second in np.unique(seconds):
            present = self._present.get(link)
            if present is None or present[0] < second:
                if present is not None:
                    history.append(_row(*present))
                present = self._present[link] = (int(second), Histogram())
            present[1].add(latencies[seconds == second])
            self._newest = max(self._newest, int(second))


class Queue:
    """The requests of one node that have no reply yet, oldest first."""

    def __init__(self) -> None:
        self._waiting = np.empty(0, np.int64)
        self._gave_up = False

    def match(self, steps: npt.NDArray[np.int64], times: Nanoseconds, *, alone: bool) -> Nanoseconds:
        """For each reply among `steps`, when it was asked for, or -1. `alone`: one request at a time, as a REQ."""
        level = len(self._waiting) + np.cumsum(steps)
        plain = (steps != END).all() and level.min() >= 0 and not (alone and level.max() > 1) and not self._gave_up
        asked = self._in_order(steps, times) if plain else self._one_by_one(steps, times, alone)
        if len(self._waiting) > MOST_WAITING:  # this DEALER does not ask for replies
            self._waiting, self._gave_up = np.empty(0, np.int64), True
        return asked

    def _in_order(self, steps: npt.NDArray[np.int64], times: Nanoseconds) -> Nanoseconds:
        asked = np.concatenate((self._waiting, times[steps == ASK]))
        replies = int((steps == REPLY).sum())
        self._waiting = asked[replies:]
        return asked[:replies]

    def _one_by_one(self, steps: npt.NDArray[np.int64], times: Nanoseconds, alone: bool) -> Nanoseconds:
        """The rare case: something was lost, repeated or disconnected."""
        waiting = deque(self._waiting.tolist())
        asked = []
        for step, time in zip(steps.tolist(), times.tolist(), strict=True):
            if step == END:
                waiting.clear()  # replies to what was under way won't come
                self._gave_up = False
            elif step == REPLY:
                asked.append(waiting.popleft() if waiting else -1)
            elif not self._gave_up:
                if alone:
                    waiting.clear()  # a REQ that asks again has given its last request up
                waiting.append(time)
        self._waiting = np.array(waiting, np.int64)
        return np.array(asked, np.int64)


def _row(second: int, histogram: Histogram) -> tuple[int, ...]:
    """A second of the history: a histogram takes 270 KB and a percentile 30 us, so only the result is kept."""
    return second, *(histogram.percentile(percent) for percent in PERCENTILES)


def _views(frames: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Lengths, and the rows of raw views, of a binary_view array (16 bytes each: length, prefix, buffer, offset)."""
    raw = np.frombuffer(frames.buffers()[1], np.int32)[frames.offset * 4 :]
    views = raw[: len(frames) * 4].reshape(-1, 4)
    return views[:, 0], views


def _stamps(frames: pa.Array, which: npt.NDArray[np.int64], views: npt.NDArray[np.int32]) -> Nanoseconds:
    """The times in frames of 16 bytes; -1 where a frame is no stamp."""
    prefix = int.from_bytes(STAMP_MAGIC[:4], "little")
    stamps = np.full(len(which), -1, np.int64)
    buffers = frames.buffers()[2:]
    likely = np.flatnonzero(views[which, 1] == prefix)
    for number in np.unique(views[which[likely], 2]):
        rows = likely[views[which[likely], 2] == number]
        offsets = views[which[rows], 3].astype(np.int64)
        data = np.frombuffer(buffers[number], np.uint8)
        whole = data[offsets[:, None] + np.arange(STAMP_SIZE)]
        real = (whole[:, :8] == np.frombuffer(STAMP_MAGIC, np.uint8)).all(axis=1)
        times = np.ascontiguousarray(whole[:, 8:]).view(np.int64)[:, 0]
        stamps[rows] = np.where(real, times, -1)
    return stamps
