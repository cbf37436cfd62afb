"""A message that repeats: one with the same headers at the same distances, whatever its frames hold."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from zinspector.zmtp.events import Block, Bytes

WORTH: Final = 8  # repeats from which a pattern pays
WIDEST: Final = 32  # frames of a message that may repeat
FASTER: Final = 512  # times as many are compared at once, each time that all were equal


class Part(NamedTuple):
    """Some bytes of a header, to be compared as one number: their place in the message, type and value."""

    place: int
    kind: str
    value: int


class Pattern:
    """The headers of a message of `stride` bytes."""

    def __init__(self, data: Bytes, heads: list[int], behind: int) -> None:
        """`heads`: the places of the headers of a message in `data`; `behind`: of the byte after it."""
        begin = heads[0]
        self.stride = behind - begin
        self._heads = [head - begin for head in heads]
        long = [bool(data[head] & 2) for head in heads]
        self._starts = [head + (9 if each else 2) for head, each in zip(self._heads, long, strict=True)]
        ends = [*self._heads[1:], self.stride]
        self._lengths = [end - start for start, end in zip(self._starts, ends, strict=True)]
        self._parts = [
            part for head, each in zip(self._heads, long, strict=True) for part in _header(data, begin, head, each)
        ]

    def repeats(self, data: Bytes, at: int, end: int) -> int:
        """How often the message repeats from `data[at]` on, up to `end`."""
        possible = (end - at) // self.stride
        known, tried = 0, WORTH
        while known < possible:
            tried = min(tried, possible - known)
            equal = self._equal(data, at + known * self.stride, tried)
            known += equal
            if equal < tried:
                break
            tried *= FASTER
        return known

    def _equal(self, data: Bytes, at: int, count: int) -> int:
        """How many of the next `count` messages are such ones."""
        for place, kind, value in self._parts:
            equal = np.ndarray((count,), kind, data, at + place, (self.stride,)) == value
            different = int(equal.argmin())
            if not equal[different]:
                count = different
                if not count:
                    break
        return count

    def heads(self, at: int, count: int) -> npt.NDArray[np.int64]:
        """The places of the headers of `count` messages from `at` on."""
        return self._places(self._heads, at, count)

    def block(self, data: Bytes, at: int, count: int, offset: int) -> Block:
        """`count` messages at `data[at]`, which is at `offset` in the stream."""
        frames = len(self._heads)
        if frames == 1:
            lengths = np.full(count, self._lengths[0], np.int64)
        else:
            lengths = np.tile(np.array(self._lengths, np.int64), count)
        heads, starts = self.heads(at, count), self._places(self._starts, at, count)
        return Block(data, heads, starts, lengths, np.full(count, frames, np.int32), offset)

    def _places(self, places: list[int], at: int, count: int) -> npt.NDArray[np.int64]:
        if len(places) == 1:
            first = at + places[0]
            return np.arange(first, first + count * self.stride, self.stride, dtype=np.int64)
        begins = np.arange(at, at + count * self.stride, self.stride, dtype=np.int64)
        return (begins[:, None] + np.array(places, np.int64)).ravel()


def _header(data: Bytes, begin: int, head: int, long: bool) -> list[Part]:
    at = begin + head
    if not long:
        return [Part(head, "<u2", int.from_bytes(data[at : at + 2], "little"))]
    return [Part(head, "u1", data[at]), Part(head + 1, "<u8", int.from_bytes(data[at + 1 : at + 9], "little"))]
