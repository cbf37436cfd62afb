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
from typing import NamedTuple

HALF, WHOLE = 1 << 31, 1 << 32
MOST_WAITING_BYTES = 8 << 20
MOST_WAITING_PIECES = 8192


class Piece(NamedTuple):
    """The next bytes of a direction and when the last of them was seen (ns); or a gap of `missing` bytes."""

    data: bytes
    time_ns: int
    missing: int = 0


class Stream:
    """Puts one direction in order."""

    __slots__ = ("_waiting", "_waiting_bytes", "acknowledged", "end", "end_ns", "first", "lost_ns", "next", "time_ns")

    def __init__(self) -> None:
        self.next: int | None = None
        self.first: int | None = None
        self.end: int | None = None
        self.end_ns = 0
        self.acknowledged = -1
        self.lost_ns: int | None = None
        self.time_ns = 0
        self._waiting: list[tuple[int, bytes, int]] = []
        self._waiting_bytes = 0

    @property
    def waiting(self) -> bool:
        """Whether bytes wait behind a hole."""
        return bool(self._waiting)

    @property
    def waits_since(self) -> int | None:
        """When the first packet behind a hole was seen (ns), or None when there is no hole."""
        if self._waiting:
            return self._waiting[0][2]
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

    def lost_since(self, time_ns: int) -> int | None:
        """Since when it is known that the receiver has what is missing here, so that it won't be sent again; or None.

        `time_ns` is now, for when it is found out now.
        """
        if self.next is None or not (self._waiting or self.end is not None):
            return None
        missing = self.missing
        if missing <= 0 or self.acknowledged < self.next + missing:
            return None
        if self.lost_ns is None:
            self.lost_ns = time_ns
        return self.lost_ns

    def begin(self, sequence: int) -> None:
        """A SYN said that the first byte is number `sequence`."""
        self.next = self.first = sequence & WHOLE - 1

    def position(self, sequence: int) -> int:
        """The unwrapped position of a sequence number: the nearest to what is expected."""
        if self.next is None:
            return sequence
        return self.next + ((sequence - self.next + HALF) % WHOLE) - HALF

    def acknowledge(self, sequence: int) -> None:
        """The receiver said that it has everything before `sequence`."""
        if self.next is not None:
            self.acknowledged = max(self.acknowledged, self.position(sequence))

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
        start = self.position(sequence)
        if start < self.next:
            data, start = data[self.next - start :], self.next
        if not data:
            return []
        if start > self.next:
            self._keep(start, data, time_ns)
            return []
        if not self._waiting:
            return [self.run(data, time_ns)]
        self._keep(start, data, time_ns)
        return self._ready()

    def run(self, data: bytes, time_ns: int) -> Piece:
        """Take in bytes that are known to be the next ones, with nothing waiting behind."""
        assert self.next is not None
        self.next += len(data)
        self.time_ns = max(self.time_ns, time_ns)
        return Piece(data, self.time_ns)

    def give_up(self) -> list[Piece]:
        """Give up on what is missing next; returns the gap, and what follows it."""
        missing = self.missing
        if missing <= 0 or self.next is None:
            return []
        self.time_ns = self._waiting[0][2] if self._waiting else max(self.time_ns, self.end_ns)
        self.next += missing
        return [Piece(b"", self.time_ns, missing), *self._ready()]

    def _keep(self, start: int, data: bytes, time_ns: int) -> None:
        """Keep those parts of a segment that nothing that waits covers yet."""
        if not self._waiting or start >= self._waiting[-1][0] + len(self._waiting[-1][1]):
            self._waiting.append((start, data, time_ns))
            self._waiting_bytes += len(data)
            return
        place = bisect_right(self._waiting, start, key=lambda each: each[0])
        if place and (before := self._waiting[place - 1])[0] + len(before[1]) > start:
            data = data[before[0] + len(before[1]) - start :]
            start = before[0] + len(before[1])
        while data:
            following = self._waiting[place] if place < len(self._waiting) else None
            fits = len(data) if following is None else min(len(data), following[0] - start)
            if fits:
                self._waiting.insert(place, (start, data[:fits], time_ns))
                self._waiting_bytes += fits
                place += 1
            covered = fits + (len(following[1]) if following is not None else 0)
            data, start, place = data[covered:], start + covered, place + 1

    def _ready(self) -> list[Piece]:
        """What waits and is next now."""
        count = 0
        pieces = []
        for start, data, time_ns in self._waiting:
            if start != self.next:
                break
            pieces.append(self.run(data, time_ns))
            count += 1
            self._waiting_bytes -= len(data)
        del self._waiting[:count]
        self.lost_ns = None
        return pieces
