"""One direction of a TCP connection: segments in any order to bytes in order (RFC 9293, 3.4 and 3.10).

- Sequence numbers are unwrapped: positions only grow, whatever the 32 bits do.
- Of bytes that came twice, those that came first count, as with most receivers.
- Bytes that come out of order wait for those before them. A hole is given up, and told as a gap of so many bytes, only
  when whoever uses this says so (`give_up`): the other end acknowledged it, the connection ended, or too much waits.
  Nothing is ever put in its place.
- A byte counts as seen when all bytes before it were: its time is the latest of theirs, but not of those before a gap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import NamedTuple

import numpy as np

from zinspector.capture.packets.columns import Ints

HALF, WHOLE = 1 << 31, 1 << 32
MOST_WAITING_BYTES = 8 << 20
MOST_WAITING_PIECES = 8192


class Piece(NamedTuple):
    """The next bytes of a direction and when the last of them was seen (ns); or a gap of `missing` bytes.

    Of more than one packet, `ends` says where each ends in `data`, and `times` when each was seen.
    """

    data: bytes
    time_ns: int
    missing: int = 0
    ends: Ints | None = None
    times: Ints | None = None

    @property
    def first_ns(self) -> int:
        """When the first of these bytes were seen."""
        return self.time_ns if self.times is None else int(self.times[0])

    def part(self, start: int, end: int) -> Piece:
        """Some of the bytes."""
        if self.ends is None or self.times is None:
            return self._replace(data=self.data[start:end])
        first, last = self.ends.searchsorted(start, side="right"), self.ends.searchsorted(end)
        ends, times = np.minimum(self.ends[first : last + 1], end) - start, self.times[first : last + 1]
        return Piece(self.data[start:end], int(times[-1]), 0, ends, times)

    def since(self, time_ns: int) -> Piece:
        """The bytes, none of which counts as seen before this time, nor before those in front of it."""
        if self.times is None:
            return self._replace(time_ns=max(self.time_ns, time_ns))
        times = np.maximum.accumulate(np.maximum(self.times, time_ns))
        return Piece(self.data, int(times[-1]), 0, self.ends, times)


def joined(pieces: list[Piece]) -> Piece:
    """Pieces that follow each other, without a gap, as one."""
    if len(pieces) == 1:
        return pieces[0]
    ends: list[Ints | list[int]] = []
    size = 0
    for each in pieces:
        ends.append([size + len(each.data)] if each.ends is None else each.ends + size)
        size += len(each.data)
    times = np.concatenate([each.times if each.times is not None else [each.time_ns] for each in pieces])
    return Piece(b"".join([each.data for each in pieces]), pieces[-1].time_ns, 0, np.concatenate(ends), times)


class Stream:
    """Puts one direction in order."""

    __slots__ = (
        *("_acknowledged_at", "_start", "_waiting", "_waiting_bytes", "acknowledged", "early", "end", "end_ns"),
        *("first", "next", "time_ns"),
    )

    def __init__(self) -> None:
        self.next: int | None = None
        self.first: int | None = None
        self.end: int | None = None
        self.end_ns = 0
        self.early = 0  # bytes that came after others that belong behind them and were told as the first
        self.acknowledged = -1
        self.time_ns = 0
        self._acknowledged_at: deque[tuple[int, int]] = deque()  # positions that the receiver has, and since when
        self._waiting: list[tuple[int, Piece]] = []
        self._waiting_bytes = 0
        self._start: int | None = None

    @property
    def told(self) -> int:
        """How many bytes were put in order here, or given up."""
        return 0 if self.next is None or self._start is None else self.next - self._start

    @property
    def waiting(self) -> bool:
        """Whether bytes wait behind a hole."""
        return bool(self._waiting)

    @property
    def waits_since(self) -> int | None:
        """When the first packet behind a hole was seen (ns), or None when there is no hole."""
        if self._waiting:
            return self._waiting[0][1].first_ns
        return self.end_ns if self.end is not None and self.missing > 0 else None

    @property
    def crowded(self) -> bool:
        """Whether too much waits to wait any longer."""
        return self._waiting_bytes > MOST_WAITING_BYTES or len(self._waiting) > MOST_WAITING_PIECES

    @property
    def finished(self) -> bool:
        """Whether the sender closed this direction, and all before that was seen or given up."""
        return self.end is not None and self.next is not None and self.next >= self.end

    @property
    def missing(self) -> int:
        """The bytes that are known to have been sent and were not seen, up to the next that was."""
        if self.next is None:
            return 0
        until = self._waiting[0][0] if self._waiting else max(self.acknowledged, self.next)
        if not self._waiting and self.end is not None:
            until = self.end
        return until - self.next

    @property
    def lost_since(self) -> int | None:
        """Since when it is known that the receiver has what is missing here, and won't get it again; or None."""
        waits_since = self.waits_since
        if self.next is None or waits_since is None:
            return None
        until = self.next + self.missing
        known = self._acknowledged_at
        while known and known[0][0] < until:
            known.popleft()
        return max(known[0][1], waits_since) if known else None

    def begin(self, sequence: int) -> None:
        """A SYN said that the first byte is number `sequence`."""
        self.next = self.first = sequence & WHOLE - 1

    def place(self, sequences: Ints) -> Ints:
        """The positions of many, of which the first is the first of all if none was seen before."""
        if self.next is None:
            self.next = int(sequences[0])
        return self.next + ((sequences - self.next + HALF) % WHOLE) - HALF

    def position(self, sequence: int) -> int:
        """The unwrapped position of a sequence number: the nearest to what is expected."""
        if self.next is None:
            return sequence
        return self.next + ((sequence - self.next + HALF) % WHOLE) - HALF

    def acknowledge(self, sequence: int, time_ns: int) -> None:
        """The receiver said that it has everything before `sequence`."""
        if self.next is None:
            return
        position = self.position(sequence)
        if position > self.acknowledged:
            self.acknowledged = position
            self._forget()
            if position > self.next:
                self._acknowledged_at.append((position, time_ns))

    def acknowledge_all(self, sequences: Ints, times: Ints) -> None:
        """The receiver said so many times, also of bytes that are put here after this."""
        if self.next is None or not len(sequences):
            return
        positions = np.maximum.accumulate(self.place(sequences))
        news = np.flatnonzero(np.diff(positions, prepend=max(self.acknowledged, self.next)) > 0)
        self._forget()
        self._acknowledged_at.extend(zip(positions[news].tolist(), times[news].tolist(), strict=True))

    def _forget(self) -> None:
        """While nothing waits, the latest is enough: what will wait came after it."""
        while len(self._acknowledged_at) > 1 and not self._waiting:
            self._acknowledged_at.popleft()

    def close(self, sequence: int, time_ns: int) -> None:
        """The sender said that nothing follows after `sequence`."""
        if self.next is None:
            self.next = sequence
        if self.end is None:
            self.end, self.end_ns = max(self.position(sequence), self.next), time_ns

    def add(self, sequence: int, data: bytes, time_ns: int) -> list[Piece]:
        """Take in a segment; returns what is in order now."""
        if self.next is None:
            self.next = sequence
        return self.put(self.position(sequence), Piece(data, time_ns))

    def put(self, start: int, piece: Piece) -> list[Piece]:
        """Take in bytes at their position; returns what is in order now."""
        assert self.next is not None
        if self._start is None:
            self._start = self.next
        if start < self.next:
            self.early += max(0, min(start + len(piece.data), self._start) - start)
            if start + len(piece.data) <= self.next:
                return []
            piece, start = piece.part(self.next - start, len(piece.data)), self.next
        if not piece.data:
            return []
        if start > self.next:
            self._keep(start, piece)
            return []
        if not self._waiting:
            return [self._told(piece)]
        self._keep(start, piece)
        return self._ready()

    def _told(self, piece: Piece) -> Piece:
        """The bytes that are next."""
        assert self.next is not None
        piece = piece.since(self.time_ns)
        self.next += len(piece.data)
        self.time_ns = piece.time_ns
        return piece

    def give_up(self) -> list[Piece]:
        """Give up on what is missing next; returns the gap, and what follows it."""
        missing = self.missing
        if missing <= 0 or self.next is None:
            return []
        self.time_ns = self._waiting[0][1].first_ns if self._waiting else max(self.time_ns, self.end_ns)
        self.next += missing
        return [Piece(b"", self.time_ns, missing), *self._ready()]

    def _keep(self, start: int, piece: Piece) -> None:
        """Keep those parts of a segment that nothing that waits covers yet."""
        waiting, size = self._waiting, len(piece.data)
        if not waiting or start >= waiting[-1][0] + len(waiting[-1][1].data):
            waiting.append((start, piece))
            self._waiting_bytes += size
            return
        place = bisect_right(waiting, start, key=lambda each: each[0])
        at = 0  # how much of the segment is done with
        if place:
            before, other = waiting[place - 1]
            at = max(0, before + len(other.data) - start)
        while at < size:
            following = waiting[place] if place < len(waiting) else None
            until = size if following is None else min(size, following[0] - start)
            if until > at:
                waiting.insert(place, (start + at, piece.part(at, until)))
                self._waiting_bytes += until - at
                place += 1
            at = until + (len(following[1].data) if following is not None else 0)
            place += 1

    def _ready(self) -> list[Piece]:
        """What waits and is next now."""
        count = 0
        pieces = []
        for start, piece in self._waiting:
            if start != self.next:
                break
            pieces.append(self._told(piece))
            count += 1
            self._waiting_bytes -= len(piece.data)
        del self._waiting[:count]
        return pieces
