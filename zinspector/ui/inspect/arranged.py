"""Row numbers in an order of their own, and where each stands: eight bytes for each.

Making it takes a moment for millions of rows, so it is made in a thread.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from zinspector.capture.ordering import below
from zinspector.ui.inspect.number_list import Numbers

DENSE: Final = 4  # numbers that lie so close get a table by number; others are searched
AT_ONCE: Final = 1 << 18


class Arranged:
    """Numbers by place, in half the memory of 64 bits, and places by number."""

    def __init__(self, numbers: npt.NDArray[np.integer[Any]]) -> None:
        """They are kept as they are: in 32 bits if they come so."""
        self._ordered = numbers
        self._least = int(numbers.min()) if len(numbers) else 0
        span = int(numbers.max()) - self._least + 1 if len(numbers) else 0
        dense = span <= DENSE * len(numbers)
        self._order = np.argsort(numbers) if not dense else None
        self._places = np.full(span if dense else 0, len(numbers), np.uint32)  # that many: not there
        for start in range(0, len(numbers) if dense else 0, AT_ONCE):
            some = numbers[start : start + AT_ONCE].astype(np.int64)
            self._places[some - self._least] = np.arange(start, start + len(some), dtype=np.uint32)

    def __len__(self) -> int:
        return len(self._ordered)

    def n(self, place: int) -> int:
        """The number at a place."""
        return int(self._ordered[place])

    def place(self, n: int) -> int | None:
        """The place of a number, if it is there."""
        found = self.places(np.array([n]))
        return int(found[0]) if len(found) else None

    def places(self, numbers: Numbers) -> Numbers:
        """The places of those of some numbers that are there, ascending."""
        if self._order is None:
            wanted = numbers - self._least
            wanted = wanted[(wanted >= 0) & (wanted < len(self._places))]
            found = self._places[wanted].astype(np.int64)
            return np.sort(found[found < len(self)])
        at = np.minimum(np.searchsorted(self._ordered, numbers, sorter=self._order), len(self) - 1)
        found = self._order[at]
        return np.sort(found[self._ordered[found] == numbers])


class Leading(Arranged):
    """The first rows of an order, and behind them the others as they arrived: shown while all are being sorted."""

    def __init__(self, numbers: npt.NDArray[np.integer[Any]] | range, first: npt.NDArray[np.integer[Any]]) -> None:
        """`numbers` are ascending, and a range where there are no gaps; `first` are some of them."""
        self._numbers = numbers
        self._first = first
        self._ranks = np.argsort(first)
        self._sorted = first[self._ranks]
        # How many others come before each of the first, as they arrived
        self._others = below(numbers, self._sorted) - np.arange(len(first))

    def __len__(self) -> int:
        return len(self._numbers)

    def n(self, place: int) -> int:
        """The number at a place."""
        if place < len(self._first):
            return int(self._first[place])
        other = place - len(self._first)
        return int(self._numbers[other + np.searchsorted(self._others, other, "right")])

    def places(self, numbers: Numbers) -> Numbers:
        """The places of those of some numbers that are there, ascending."""
        at = below(self._numbers, numbers)
        there = below(self._numbers, numbers + 1) > at
        numbers, at = numbers[there], at[there]
        before = np.searchsorted(self._sorted, numbers)
        found = len(self._first) + at - before
        leads = before < len(self._first)
        leads[leads] = self._sorted[before[leads]] == numbers[leads]
        found[leads] = self._ranks[before[leads]]
        return np.sort(found)
