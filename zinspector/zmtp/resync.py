"""After a gap: where does a frame begin? Found by proof, or not at all (ZMTP 2.0 and 3.x).

Nothing in a stream marks a frame, so places are weighed, in bits: how unlikely would these bytes be as anything else?
A place that may be a header predicts where the next one is; a chain is what kept its predictions.

| header                                 | bits  | because                                                             |
|---|---|---|
| short, not empty                       | 6     | two of 256 values may stand there, but zeros are common in payloads |
| empty                                  | 1     | zeros; counts only where it was predicted                           |
| long                                   | 16    | three zeros and more, and a size that fits                          |
| a command or MESSAGE of CURVE, by name | 8 each | for each letter                                                    |
| the stream ends where the chain says   | 12    |                                                                     |

Proof is a chain of `ENOUGH` bits while no other chain of `DOUBT` bits is alive that will be judged within a mebibyte:
a payload may hold ZMTP itself, or equal records that look like it; then nobody can tell, and we wait. What a chain
found in its first `DOUBT` bits isn't told, because a false beginning may have led into the right chain by chance; the
first message told is the first one after that.
"""

from __future__ import annotations

import heapq
from typing import Final, NamedTuple

import numpy as np

from zinspector.zmtp.commands import CURVE_MESSAGE
from zinspector.zmtp.frames import LARGEST

ENOUGH: Final = 36
DOUBT: Final = 16
AHEAD: Final = 20  # bytes that a header and a name take
REACH: Final = 1 << 20
KEPT: Final = 1 << 17
MOST_CHAINS: Final = 1024
SHORT, EMPTY, LONG, LETTER, ENDING = 6, 1, 16, 8, 12
NAMES: Final = tuple(
    bytes((len(name),)) + name
    for name in (b"PING", b"PONG", b"SUBSCRIBE", b"CANCEL", b"JOIN", b"LEAVE", b"READY", b"ERROR")
)


class Chain(NamedTuple):
    """Kept predictions: their weight, the first place that may be believed (-1: none yet), whether a message ended."""

    bits: int
    trusted: int
    closed: bool


class Seeker:
    """Takes the bytes after a gap until a frame is proven to begin among them."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._base = 0  # place of the first kept byte, counted from the gap
        self._next = 0  # place that is looked at next
        self._chains: dict[int, Chain] = {}
        self._predicted: list[int] = []

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
            del self._data[:extra]
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
        return (np.flatnonzero(plain | long | commands) + self._next).tolist()

    def _look(self, place: int, chain: Chain | None) -> Chain | None:
        """Judge one place, predicted by a chain or not; returns the chain that goes on from it."""
        header = self._header(place - self._base)
        if header is None:
            return None
        bits, following, more = header
        before = 0 if chain is None else chain.bits
        if chain is None and bits < SHORT:
            return None
        trusted = -1 if chain is None else chain.trusted
        if trusted < 0 and chain is not None and chain.closed and before >= DOUBT:
            trusted = place
        made = Chain(before + bits, trusted, not more)
        known = self._chains.get(place + following)
        if known is None:
            if chain is None and len(self._chains) >= MOST_CHAINS:
                return None
            heapq.heappush(self._predicted, place + following)
        if known is None or known.bits < made.bits:
            self._chains[place + following] = made
        return made

    def _header(self, at: int) -> tuple[int, int, bool] | None:
        """Weight of a header, bytes to the next one, and whether it has MORE; None when it is no header."""
        data = self._data
        seen = bytes(data[at : at + AHEAD])
        if len(seen) < 2 or seen[0] > 4:
            return None
        flags, size, header = seen[0], seen[1], 2
        if flags & 2:
            size, header = int.from_bytes(seen[1:9], "big"), 9
            if len(seen) < 9 or not 255 < size <= LARGEST:
                return None
        body = seen[header:]
        if flags == 4:
            name = next((each for each in NAMES if body.startswith(each)), None)
            return None if name is None or size < len(name) else (LETTER * len(name), header + size, False)
        bits = LONG if flags & 2 else SHORT if size else EMPTY
        if body.startswith(CURVE_MESSAGE):
            bits += LETTER * len(CURVE_MESSAGE)
        return bits, header + size, bool(flags & 1)

    def _best(self) -> int:
        return max(self._chains, key=lambda place: self._chains[place].bits)

    def _alone(self, best: int, here: int) -> bool:
        """Whether the chain that predicted `best` has no rival that will be judged soon."""
        return not any(
            chain.bits >= DOUBT and place - here < REACH for place, chain in self._chains.items() if place != best
        )
