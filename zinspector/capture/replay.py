"""Which messages of a capture a socket replays, in what order and when. Pure: rows in, chunks of messages out.

- Only messages are replayed: subscriptions, handshakes, heartbeats and events are the business of the sockets.
- Whose messages those are, `ways` tells.
- Messages that were captured with a part cut off are left out and counted; so are empty rows of a STREAM.
- Rows go in the order of their times, which never run backwards. Frames are made to fit by `sending`.

A chosen row costs a bit of memory; frames are read a chunk at a time.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.masks import Mask, numbers_are, where
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.sending import fitting, owner
from zinspector.capture.sources import MOST_NAMED, Source, mixed, sources_of
from zinspector.capture.ways import Coded, Wanted, Way, counts_of, fitting_ways, same_kind, ways_of
from zinspector.errors import UserError

Times = npt.NDArray[np.int64]
Masks = Callable[[Sequence[pa.RecordBatch]], Iterable[Mask]]

CHUNK_ROWS: Final = 2048
CHUNK_BYTES: Final = 8 << 20
SLOWEST, FASTEST = 0.1, 100.0
ROUTED: Final = ("ROUTER", "STREAM")  # they keep the connections apart
LONE_GAP_NS: Final = 1_000_000_000  # between the rounds of a replay of one message


class Chunk(NamedTuple):
    """Messages in a row: their row numbers, when they are due (ns after the first of all), and their frames.

    `frames` lie side by side: those of a message begin at its `starts`, which has one place more; None: one frame each.
    A list for each message would keep the garbage collector busy. `peers` says to whom each went, as far as the capture
    tells: those that differ there went to different ones.
    """

    numbers: npt.NDArray[np.uint64]
    due_ns: Times
    frames: list[bytes]
    starts: list[int] | None
    peers: list[Hashable]

    def message(self, at: int) -> list[bytes]:
        """The frames of the message at a place."""
        if self.starts is None:
            return [self.frames[at]]
        return self.frames[self.starts[at] : self.starts[at + 1]]


@dataclass
class Chosen:
    """The rows to replay. `cut` rows were left out because the capture has only a part of them.

    `seen_twice`: rows that were left out because their message is there in another row. `sources`: how many were seen
    where.
    """

    wanted: Wanted
    batches: Sequence[pa.RecordBatch]
    ways: frozenset[Way]
    count: int = 0
    cut: int = 0
    seen_twice: int = 0
    first_ns: int = 0
    last_ns: int = 0
    sources: Counter[Source] = field(default_factory=Counter)
    _bits: list[npt.NDArray[np.uint8]] = field(default_factory=list)

    @property
    def nodes(self) -> list[str]:
        """The nodes that saw them, in order."""
        return sorted({source.node for source in self.sources})

    @property
    def mixed(self) -> str:
        """What one socket replays of several, and the filter that takes one of them; empty where it is of one."""
        return mixed(self.sources, of_connections=self.wanted.type not in ROUTED)

    @property
    def duration_ns(self) -> int:
        """From the first message to the last."""
        return self.last_ns - self.first_ns

    @property
    def round_ns(self) -> int:
        """How long one round of many takes: up to the first message of the next."""
        return self.duration_ns + (self.duration_ns // (self.count - 1) if self.count > 1 else LONE_GAP_NS)

    def mask(self, place: int) -> Mask:
        """Which rows of a batch are replayed."""
        rows = self.batches[place].num_rows
        return np.unpackbits(self._bits[place], count=rows).astype(np.bool_)

    def chunks(self) -> Iterator[Chunk]:
        """All messages, in order, as the socket sends them."""
        latest = self.first_ns
        for place, batch in enumerate(self.batches):
            rows = np.flatnonzero(self.mask(place))
            if not len(rows):
                continue
            times = batch.column("time_ns").to_numpy()[rows]
            if (np.diff(times) < 0).any():
                order = np.argsort(times, kind="stable")
                rows, times = rows[order], times[order]
            times = np.maximum(np.maximum.accumulate(times), latest)
            latest = int(times[-1])
            ways = ways_of(batch)
            for some in _portions(batch, rows):
                yield _chunk(batch, rows[some], times[some] - self.first_ns, ways, self.wanted.type)


def speed(text: str) -> float | None:
    """`2`, `x2` or `0.5`: how much faster than it was; None for `max`, as fast as it goes. Raises UserError."""
    if text.lower() == "max":
        return None
    try:
        value = float(text.removeprefix("x").removesuffix("x"))
    except ValueError:
        value = math.nan
    if not SLOWEST <= value <= FASTEST:
        remedy = f"write a number from {SLOWEST:g} to {FASTEST:g}, or max"
        raise UserError(f"{text!r} is no speed", where="speed", remedy=remedy)
    return value


def choose(
    batches: Sequence[pa.RecordBatch], wanted: Wanted, masks: Masks | None = None, progress: Progress | None = None
) -> Chosen:
    """Choose what to replay; `masks` tells the rows that a filter lets through. Raises UserError when there is nothing.

    `progress` is told the share that is done and stops by returning False: CancelledError.
    """
    seen: Counter[Way] = Counter()
    bits = []
    total, done = max(1, sum(batch.num_rows for batch in batches)), 0
    every: Iterable[Mask | None] = masks(batches) if masks is not None else [None] * len(batches)
    for batch, passed in zip(batches, every, strict=True):
        mask = _candidates(batch, wanted)
        if passed is not None:
            mask &= passed
        bits.append(np.packbits(mask))
        seen.update(counts_of(batch, mask))
        done += batch.num_rows
        if progress is not None and not progress(0.8 * done / total):
            raise CancelledError("the search for what to replay was cancelled")
    ways = fitting_ways(seen, wanted)
    chosen = Chosen(wanted, batches, ways, _bits=bits)
    chosen.seen_twice = sum(count for way, count in seen.items() if way not in ways and same_kind(way, wanted))
    _settle(chosen)
    return chosen


def _candidates(batch: pa.RecordBatch, wanted: Wanted) -> Mask:
    mask = where(batch, "kind", "message".__eq__)
    if wanted.node is not None:
        mask &= where(batch, "node", wanted.node.__eq__)
    if wanted.connection is not None:
        mask &= numbers_are(batch, "connection", wanted.connection)
    if wanted.type == "STREAM":
        mask &= batch.column("size").to_numpy() > 0
    return mask


def _settle(chosen: Chosen) -> None:
    """The rows of the ways that were chosen, their number and their time."""
    firsts, lasts = [], []
    for place, batch in enumerate(chosen.batches):
        ways = ways_of(batch)
        mask = chosen.mask(place)
        if not mask.any():
            continue
        mask &= np.array([way in chosen.ways for way in ways.names])[ways.codes]
        cut = mask & batch.column("true_sizes").is_valid().to_numpy(zero_copy_only=False)
        chosen.cut += int(np.count_nonzero(cut))
        mask &= ~cut
        chosen._bits[place] = np.packbits(mask)
        count = int(np.count_nonzero(mask))
        if count:
            chosen.count += count
            times = batch.column("time_ns").to_numpy()[mask]
            firsts.append(int(times.min()))
            lasts.append(int(times.max()))
            chosen.sources.update(sources_of(batch, mask))
    if not chosen.count:
        text = f"all {chosen.cut:,} messages were captured with a part cut off"
        raise UserError(text, remedy="capture them with a larger frame limit")
    chosen.first_ns, chosen.last_ns = min(firsts), max(lasts)
    if len(chosen.nodes) > 1 and all(way.from_type == way.to_type for way in chosen.ways) and _both_ends(chosen):
        names = " or ".join(f"--from-node {name}" for name in chosen.nodes[:MOST_NAMED])
        raise UserError("both ends sent messages", where=f"replay as {chosen.wanted.type}", remedy=f"say {names}")


def _both_ends(chosen: Chosen) -> bool:
    return chosen.wanted.direction is None and any(way.direction == "out" for way in chosen.ways)


def _portions(batch: pa.RecordBatch, rows: npt.NDArray[np.int64]) -> Iterator[slice]:
    """The rows in portions of bounded size; a large message is a portion of its own."""
    sizes = batch.column("size").to_numpy()[rows]
    ends = np.cumsum(sizes)
    start = 0
    while start < len(rows):
        before = int(ends[start - 1]) if start else 0
        end = min(start + CHUNK_ROWS, int(np.searchsorted(ends, before + CHUNK_BYTES, "right")))
        yield slice(start, max(start + 1, end))
        start = max(start + 1, end)


def _chunk(batch: pa.RecordBatch, rows: npt.NDArray[np.int64], due: Times, ways: Coded, socket_type: str) -> Chunk:
    frames, starts = frames_of(batch, rows)
    chunk = Chunk(batch.column("n").to_numpy()[rows], due, frames, starts, [])
    owners = [owner(*way) for way in ways.names]
    fits = [fitting(socket_type, seen_by) for seen_by in owners]
    routed = socket_type in ROUTED
    codes = ways.codes[rows].tolist()
    if not routed and not any(fits[code] for code in set(codes)):
        return chunk
    messages = [chunk.message(at) for at in range(len(rows))]
    if routed:
        connections = batch.column("connection").take(pa.array(rows)).to_pylist()
        knows = [seen_by in ("ROUTER", "STREAM") for seen_by in owners]
        chunk.peers.extend(
            message[0] if knows[code] and message else connection
            for message, code, connection in zip(messages, codes, connections, strict=True)
        )
    made = [
        fit(message) if (fit := fits[code]) is not None else message
        for message, code in zip(messages, codes, strict=True)
    ]
    ends = list(accumulate(map(len, made), initial=0))
    return chunk._replace(frames=list(chain.from_iterable(made)), starts=ends)


def frames_of(batch: pa.RecordBatch, rows: npt.NDArray[np.int64]) -> tuple[list[bytes], list[int] | None]:
    """The frames of some rows and where each row's begin, with the end; None in place of 0, 1, 2 ...

    Neighbours are read at once: ten times as fast as row by row.
    """
    column = batch.column("frames")
    offsets = column.offsets.to_numpy()
    low, high = int(rows.min()), int(rows.max()) + 1
    counts = offsets[rows + 1] - offsets[rows]
    starts = None if (counts == 1).all() else [0, *np.cumsum(counts).tolist()]
    if high - low == len(rows) and (np.diff(rows) == 1).all():
        base = int(offsets[low])
        return column.values.slice(base, int(offsets[high]) - base).to_pylist(), starts
    places = np.repeat(offsets[rows] - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
    base = int(offsets[low])
    span = int(offsets[high]) - base
    sizes = batch.column("size").slice(low, high - low).to_numpy()
    if span > 4 * len(places) or int(sizes.sum()) > 4 * max(CHUNK_BYTES, int(sizes[rows - low].sum())):
        values = column.values
        return [values[place].as_py() for place in places.tolist()], starts
    flat = column.values.slice(base, span).to_pylist()
    return [flat[place] for place in (places - base).tolist()], starts
