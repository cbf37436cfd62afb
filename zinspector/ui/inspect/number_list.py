"""An ascending list of row numbers that grows at both ends and shrinks at the front, in constant time for each number.

Numbers are kept in blocks of one size, so that growing never copies what is there: one array of all would have to be
copied when it is full, which takes 30 ms at a million rows and shows as a stutter. A full block without gaps is kept as
a range, so ten million rows that are all shown take no memory worth mentioning.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

BLOCK = 1 << 16


class NumberList:
    """Numbers by place, 0 being the smallest."""

    def __init__(self) -> None:
        self._blocks: list[Numbers | range] = []
        self._firsts: list[int] = []  # the smallest number of each block
        self._start = 0  # place of the smallest number in the first block
        self._end = 0  # places in all blocks

    def __len__(self) -> int:
        return self._end - self._start

    def __getitem__(self, place: int) -> int:
        block, rest = divmod(self._start + place, BLOCK)
        return int(self._blocks[block][rest])

    def place(self, number: int) -> int:
        """The place of a number, or where it would stand."""
        return max(0, self._position(number) - self._start)

    def array(self, start: int = 0, end: int | None = None) -> Numbers:
        """The numbers at the places from `start` to before `end`, copied."""
        start, end = self._start + start, self._end if end is None else self._start + min(end, len(self))
        parts = [np.zeros(0, np.int64)]
        while start < end:
            block, rest = divmod(start, BLOCK)
            part = self._blocks[block][rest : rest + end - start]
            parts.append(np.arange(part.start, part.stop) if isinstance(part, range) else part)
            start += len(part)
        return np.concatenate(parts)

    def holds(self, numbers: Numbers) -> npt.NDArray[np.bool_]:
        """Which of some ascending numbers are there."""
        found = np.zeros(len(numbers), np.bool_)
        if not len(self) or not len(numbers):
            return found
        first, last = (max(0, bisect_right(self._firsts, end) - 1) for end in (numbers[0], numbers[-1]))
        edges = [*np.searchsorted(numbers, self._firsts[first : last + 1]).tolist(), len(numbers)]
        for index, (start, end) in enumerate(pairwise(edges), first):
            some, block = numbers[start:end], self._blocks[index]
            if isinstance(block, range):
                found[start:end] = some < block.stop
            elif len(some):
                filled = block[: self._end - index * BLOCK]
                found[start:end] = filled[np.minimum(np.searchsorted(filled, some), len(filled) - 1)] == some
        found[: np.searchsorted(numbers, self[0])] = False  # the front is gone
        return found

    def append(self, numbers: Numbers) -> None:
        """Add numbers at the end; they are larger than all that are there."""
        while len(numbers):
            used = self._end % BLOCK
            if used == 0:
                self._blocks.append(np.empty(BLOCK, np.int64))
                self._firsts.append(int(numbers[0]))
            taken = numbers[: BLOCK - used]
            block = self._blocks[-1]
            assert not isinstance(block, range)
            block[used : used + len(taken)] = taken
            self._end += len(taken)
            numbers = numbers[len(taken) :]
            if self._end % BLOCK == 0 and block[-1] - block[0] == BLOCK - 1:
                self._blocks[-1] = range(int(block[0]), int(block[-1]) + 1)

    def prepend(self, numbers: Numbers) -> None:
        """Add numbers at the front; they are larger than 0, and smaller than all that are there."""
        while len(numbers):
            if self._start == 0:
                self._blocks.insert(0, np.empty(BLOCK, np.int64))
                self._firsts.insert(0, 0)
                self._start += BLOCK
                self._end += BLOCK
            numbers, taken = numbers[: -self._start], numbers[-self._start :]
            block = np.array(self._blocks[0])
            end, self._start = self._start, self._start - len(taken)
            block[self._start : end] = taken
            block[: self._start] = 0  # it stays ascending
            self._firsts[0] = int(taken[0])
            whole = self._start == 0 and self._end >= BLOCK and block[-1] - block[0] == BLOCK - 1
            self._blocks[0] = range(int(block[0]), int(block[-1]) + 1) if whole else block

    def drop_below(self, number: int) -> None:
        """Remove all numbers that are smaller."""
        self._start = max(self._start, self._position(number))
        if self._start == self._end:
            self.clear()
            return
        gone = self._start // BLOCK
        del self._blocks[:gone], self._firsts[:gone]
        self._start -= gone * BLOCK
        self._end -= gone * BLOCK

    def clear(self) -> None:
        """Remove all numbers."""
        self._blocks, self._firsts = [], []
        self._start = self._end = 0

    def _position(self, number: int) -> int:
        """How many places of all blocks come before a number."""
        index = bisect_right(self._firsts, number) - 1
        if index < 0:
            return 0
        block = self._blocks[index]
        if isinstance(block, range):
            return index * BLOCK + bisect_left(block, number)
        return index * BLOCK + int(np.searchsorted(block[: self._end - index * BLOCK], number))
