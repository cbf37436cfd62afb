"""After a gap: where does a frame begin? Found by proof, or not at all (ZMTP 2.0 and 3.x).

Nothing in a stream marks a frame, so places are weighed, in bits: how unlikely would these bytes be as anything else?
A place that may be a header predicts where the next one is; a chain is what kept its predictions. A kept prediction
weighs as much as headers are rare among the last 2 KiB (those of the chain itself don't count): in a text nothing looks
like one, in a table of small numbers nearly everything does, and then nothing weighs.

| header                                 | bits       |                                                               |
|---|---|---|
| short                                  | up to 7    | flags 0 or 1, and any size                                    |
| long                                   | up to 16   | flags 2 or 3, three zeros and more, and a size that fits      |
| like the one before, in steps of four  | 0          | tables of numbers do that: bytes, with zeros in the body      |
| a command or MESSAGE of CURVE, by name | 8 a letter |                                                               |
| the stream ends where the chain says   | 12         |                                                               |

Proof is a chain of `ENOUGH` bits while no other chain of `DOUBT` bits is alive that will be judged within a mebibyte:
a payload may hold ZMTP itself, or equal records that look like it; then nobody can tell, and we wait. What a chain
found in its first `DOUBT` bits isn't told, because a false beginning may have led into the right chain by chance; the
first message told is the first one after that. Where two heavy chains meet, nothing before is told.
"""

from __future__ import annotations

import heapq
from array import array
from math import log2
from typing import Final, NamedTuple

import numpy as np

from zinspector.zmtp.commands import CURVE_MESSAGE
from zinspector.zmtp.frames import LARGEST

ENOUGH: Final = 36
DOUBT: Final = 16
AHEAD: Final = 20  # bytes that a header and a name take
REACH: Final = 1 << 20
KEPT: Final = 1 << 17
LOCAL: Final = 1 << 11
RARE: Final = 8  # bytes for each that looks like a header, from which on they say something
MOST_CHAINS: Final = 1024
SHORT, LONG, LETTER, ENDING = 7, 16, 8, 12
NAMES: Final = tuple(
    bytes((len(name),)) + name
    for name in (b"PING", b"PONG", b"SUBSCRIBE", b"CANCEL", b"JOIN", b"LEAVE", b"READY", b"ERROR")
)


class Chain(NamedTuple):
    """Kept predictions: their weight, the first place that may be believed (-1: none yet), whether a message ended.

    `size` is the length of the last body; `start` and `hops` are the first place and the number of headers.
    """

    bits: float
    trusted: int
    closed: bool
    size: int
    start: int
    hops: int


class Header(NamedTuple):
    """What may be a header: length with its body, MORE, size of the body, and what its name weighs."""

    length: int
    more: bool
    size: int
    named: int
    usual: bool


class Seeker:
    """Takes the bytes after a gap until a frame is proven to begin among them."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._base = 0  # place of the first kept byte, counted from the gap
        self._next = 0  # place that is looked at next
        self._chains: dict[int, Chain] = {}
        self._predicted: list[int] = []
        self._short = array("L", [0])  # how many of the places before look like a short header, for each kept byte
        self._long = array("L", [0])

    @property
    def seen(self) -> int:
        """Bytes since the gap."""
        return self._base + len(self._data)

    def add(self, data: bytes, *, ends: bool = False) -> tuple[int, bytes] | None:
        """More bytes; `ends` with the last ones. The proven place, from the gap, and all bytes from there; or None."""
        self._data += data
        end = self.seen
        place = self._seek(end if ends else end - AHEAD)
        if place is None and ends:
            last = self._chains.get(end)
            if (
                last is not None
                and last.bits + ENDING >= ENOUGH
                and self._believed(last, end)
                and self._alone(end, end)
            ):
                place = last.trusted
        if place is not None:
            return place, bytes(self._data[place - self._base :])
        extra = self._next - KEPT - self._base
        if extra > KEPT:
            del self._data[:extra], self._short[:extra], self._long[:extra]
            self._base += extra
        return None

    def _seek(self, until: int) -> int | None:
        """Look at all places before `until`; returns the proven one."""
        if until <= self._next:
            return None
        for place in self._candidates(until):
            found = self._until(place)
            if found is not None:
                return found
            self._look(place, None)
        found = self._until(until - 1)
        self._next = until
        return found

    @staticmethod
    def _believed(chain: Chain, place: int) -> bool:
        """Whether something of a chain may be told at a place: what is long ago isn't kept."""
        return chain.trusted >= max(0, place - KEPT)

    def _until(self, place: int) -> int | None:
        """Judge the predictions up to a place, in order."""
        while self._predicted and self._predicted[0] <= place:
            predicted = heapq.heappop(self._predicted)
            chain = self._chains.pop(predicted)
            after = self._look(predicted, chain)
            if after is None or after.bits < ENOUGH or not self._believed(after, predicted):
                continue
            if self._alone(self._best(), predicted):
                return after.trusted
        return None

    def _candidates(self, until: int) -> list[int]:
        """Places where a chain may begin."""
        first = self._next - self._base
        octets = np.frombuffer(bytes(self._data[first : until - self._base + AHEAD]), np.uint8)
        count = until - self._next
        padded = np.concatenate((octets, np.full(AHEAD, 0xFF, np.uint8)))
        flags, following = padded[:count], padded[1 : count + 1]
        plain = (flags < 2) & (following > 0)
        long = (flags >= 2) & (flags < 4) & (following == 0) & (padded[2 : count + 2] == 0)
        commands = (flags == 4) & (following > 1)
        self._short.extend((np.cumsum(flags < 2) + self._short[-1]).tolist())
        self._long.extend((np.cumsum(long) + self._long[-1]).tolist())
        return (np.flatnonzero(plain | long | commands) + self._next).tolist()

    def _look(self, place: int, chain: Chain | None) -> Chain | None:
        """Judge one place, predicted by a chain or not; returns the chain that goes on from it."""
        header = self._header(place - self._base, -1 if chain is None else chain.size)
        if header is None or (chain is None and (not header.size or len(self._chains) >= MOST_CHAINS)):
            return None
        chain = Chain(0, -1, False, 0, place, 0) if chain is None else chain
        trusted = place if chain.trusted < 0 and chain.closed and chain.bits >= DOUBT else chain.trusted
        bits = chain.bits + self._weight(place, header, chain)
        made = Chain(bits, trusted, not header.more, header.size, chain.start, chain.hops + 1)
        following = place + header.length
        known = self._chains.get(following)
        if known is not None and min(known.bits, made.bits) >= DOUBT:
            self._chains[following] = max(known, made)._replace(trusted=-1)
            return None
        if known is None:
            heapq.heappush(self._predicted, following)
        if known is None or known.bits < made.bits:
            self._chains[following] = made
        return made

    def _weight(self, place: int, header: Header, chain: Chain) -> float:
        """How unlikely it is that such a header stands here by chance, in bits."""
        if header.named or header.usual:
            return header.named
        counts, most = (self._long, LONG) if header.size > 255 else (self._short, SHORT)
        first = max(self._base, place - LOCAL)
        span = place - first
        own = chain.hops * min(1.0, span / (place - chain.start + 1))
        others = counts[place - self._base] - counts[first - self._base] - own
        if others < 1:
            return most
        return min(most, log2(span / others)) if RARE * others < span else 0

    def _header(self, at: int, before: int) -> Header | None:
        """What may be a header here; `before` is the size of the last frame."""
        seen = bytes(self._data[at : at + AHEAD])
        if len(seen) < 2 or seen[0] > 4:
            return None
        flags, size, header = seen[0], seen[1], 2
        if flags & 2:
            size, header = int.from_bytes(seen[1:9], "big"), 9
            if len(seen) < 9 or not 255 < size <= LARGEST:
                return None
        body = seen[header : header + size]
        if flags == 4:
            name = next((each for each in NAMES if body.startswith(each)), None)
            return None if name is None else Header(header + size, False, size, LETTER * len(name), False)
        named = LETTER * len(CURVE_MESSAGE) if body.startswith(CURVE_MESSAGE) else 0
        usual = size == before and not (header + size) % 4 and (0 in body or size < 4)
        return Header(header + size, bool(flags & 1), size, named, usual)

    def _best(self) -> int:
        return max(self._chains, key=lambda place: self._chains[place].bits)

    def _alone(self, best: int, here: int) -> bool:
        """Whether the chain that predicted `best` has no rival that will be judged soon."""
        return not any(
            chain.bits >= DOUBT and place - here < REACH for place, chain in self._chains.items() if place != best
        )
