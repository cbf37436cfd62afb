"""An ascending list of row numbers that grows at both ends and shrinks at the front, in little time and memory.

Numbers lie in blocks, each of the numbers from one multiple of `BLOCK` to before the next, and only their rests are
kept: without gaps as a range, many as a bit for each number that could be there, few as 16 bits each. So whatever is
shown of ten million rows takes 1.3 MB at most, and adding numbers touches one block.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Rests = npt.NDArray[np.uint16]
Block = range | Rests | bytes

BLOCK = 1 << 16
AT_ONCE = 1 << 20


class NumberList:
    """Numbers by place, 0 being the smallest."""

    def __init__(self, numbers: Numbers | None = None) -> None:
        """Begins with these."""
        self._keys: list[int] = []  # of each block: its numbers divided by BLOCK
        self._blocks: list[Block] = []
        self._starts: list[int] = []  # how many numbers come before those of a block, from any zero on
        self._end = 0  # and before what comes next
        self._unpacked: tuple[object, Rests] = (None, np.zeros(0, np.uint16))  # the block that was looked into last
        if numbers is not None:
            self.append(numbers)

    def __len__(self) -> int:
        return self._end - self._starts[0] if self._starts else 0

    def __getitem__(self, place: int) -> int:
        at = self._starts[0] + place
        index = bisect_right(self._starts, at) - 1
        return self._keys[index] * BLOCK + int(self._rests(index)[at - self._starts[index]])

    def place(self, number: int) -> int:
        """The place of a number, or where it would stand."""
        key, rest = divmod(number, BLOCK)
        index = bisect_left(self._keys, key)
        if index == len(self._keys):
            return len(self)
        before = self._starts[index] - self._starts[0]
        return before + (bisect_left(self._rests(index), rest) if self._keys[index] == key else 0)

    def array(self, start: int = 0, end: int | None = None) -> Numbers:
        """The numbers at the places from `start` to before `end`, copied."""
        end = len(self) if end is None else min(end, len(self))
        found = np.empty(max(0, end - start), np.int64)
        filled = 0
        while filled < len(found):
            at = self._starts[0] + start + filled
            index = bisect_right(self._starts, at) - 1
            rests = _array(self._rests(index)[at - self._starts[index] :][: len(found) - filled])
            found[filled : filled + len(rests)] = rests
            found[filled : filled + len(rests)] += self._keys[index] * BLOCK
            filled += len(rests)
        return found

    def holds(self, numbers: Numbers) -> npt.NDArray[np.bool_]:
        """Which of some ascending numbers are there."""
        found = np.zeros(len(numbers), np.bool_)
        if not len(self) or not len(numbers):
            return found
        keys = range(int(numbers[0]) // BLOCK, int(numbers[-1]) // BLOCK + 1)
        edges = [*np.searchsorted(numbers, [key * BLOCK for key in keys]).tolist(), len(numbers)]
        for key, (start, end) in zip(keys, pairwise(edges), strict=True):
            index = bisect_left(self._keys, key)
            if start < end and index < len(self._keys) and self._keys[index] == key:
                found[start:end] = _among(self._blocks[index], numbers[start:end] - key * BLOCK)
        return found

    def append(self, numbers: Numbers) -> None:
        """Add numbers at the end; they are larger than all that are there."""
        for key, rests in _by_block(numbers):
            if self._keys and self._keys[-1] == key:
                self._blocks[-1] = _joined(self._rests(-1), rests)
            else:
                self._keys.append(key)
                self._blocks.append(_packed(rests))
                self._starts.append(self._end)
            self._end += len(rests)

    def prepend(self, numbers: Numbers) -> None:
        """Add numbers at the front; they are larger than 0, and smaller than all that are there."""
        for key, rests in reversed(_by_block(numbers)):
            if self._keys and self._keys[0] == key:
                self._blocks[0] = _joined(rests, self._rests(0))
                self._starts[0] -= len(rests)
            else:
                self._keys.insert(0, key)
                self._blocks.insert(0, _packed(rests))
                self._starts.insert(0, (self._starts[0] if self._starts else self._end) - len(rests))

    def drop_below(self, number: int) -> None:
        """Remove all numbers that are smaller."""
        key, rest = divmod(number, BLOCK)
        gone = bisect_left(self._keys, key)
        del self._keys[:gone], self._blocks[:gone], self._starts[:gone]
        if not self._keys or self._keys[0] != key:
            return
        rests = self._rests(0)
        less = bisect_left(rests, rest)
        if less == len(rests):
            del self._keys[0], self._blocks[0], self._starts[0]
        elif less:
            self._blocks[0] = _packed(rests[less:])
            self._starts[0] += less

    def clear(self) -> None:
        """Remove all numbers."""
        self._keys, self._blocks, self._starts = [], [], []
        self._end = 0

    def _rests(self, index: int) -> range | Rests:
        block = self._blocks[index]
        if not isinstance(block, bytes):
            return block
        if self._unpacked[0] is not block:
            bits = np.unpackbits(np.frombuffer(block, np.uint8), bitorder="little")
            self._unpacked = (block, np.flatnonzero(bits).astype(np.uint16))
        return self._unpacked[1]


def _by_block(numbers: Numbers) -> list[tuple[int, range | Rests]]:
    """The rests of numbers, by what block they belong to; a block may come in several pieces."""
    return [block for at in range(0, len(numbers), AT_ONCE) for block in _blocks(numbers[at : at + AT_ONCE])]


def _blocks(numbers: Numbers) -> list[tuple[int, range | Rests]]:
    first, end = int(numbers[0]), int(numbers[-1]) + 1
    if end - first == len(numbers):  # as most are: then none has to be looked at
        starts = [first, *range((first // BLOCK + 1) * BLOCK, end, BLOCK), end]
        return [
            (start // BLOCK, range(start % BLOCK, start % BLOCK + stop - start)) for start, stop in pairwise(starts)
        ]
    keys = numbers // BLOCK
    edges = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(numbers)]
    return [
        (int(keys[start]), (numbers[start:end] - keys[start] * BLOCK).astype(np.uint16))
        for start, end in pairwise(edges)
    ]


def _joined(first: range | Rests, second: range | Rests) -> Block:
    if isinstance(first, range) and isinstance(second, range) and first.stop == second.start:
        return range(first.start, second.stop)
    return _packed(np.concatenate([_array(first), _array(second)]))


def _array(rests: range | Rests) -> Rests:
    """Made without a look at each number of a range."""
    return np.arange(rests.start, rests.stop).astype(np.uint16) if isinstance(rests, range) else rests


def _packed(rests: range | Rests) -> Block:
    """In whatever way they take the least."""
    if isinstance(rests, range):
        return rests
    first, end = int(rests[0]), int(rests[-1]) + 1
    if end - first == len(rests):
        return range(first, end)
    if len(rests) * 16 <= BLOCK:
        return rests
    bits = np.zeros(BLOCK, np.bool_)
    bits[rests] = True
    return np.packbits(bits, bitorder="little").tobytes()


def _among(block: Block, rests: Numbers) -> npt.NDArray[np.bool_]:
    """Which of some rests are in a block."""
    if isinstance(block, range):
        return (rests >= block.start) & (rests < block.stop)
    if not isinstance(block, bytes):
        return np.isin(rests, block)
    there: npt.NDArray[np.bool_] = (np.frombuffer(block, np.uint8)[rests >> 3] >> (rests & 7) & 1).astype(np.bool_)
    return there
