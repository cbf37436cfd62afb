"""What the rows of single batches are sorted by, and between which bounds: so that the first rows of an order are found
by a look at those batches only that can hold one of them.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.held import Held
from zinspector.capture.masks import Mask

Array = npt.NDArray[Any]


class Part:
    """What the rows of one batch are sorted by: numbers, which can be compared with those of the other parts."""

    def __init__(self, start: int, values: Array, there: Mask | None = None) -> None:
        """For the rows from number `start` on; None means that all are `there`."""
        self.start = start
        self.settled = True
        """Whether the numbers are right for certain."""
        self._values = values
        self._there = there

    @property
    def end(self) -> int:
        """The number after that of the last row."""
        return self.start + len(self._values)

    def bounds(self) -> tuple[float, float] | None:
        """No row lies outside these two; None where no row has any."""
        values, there = self.values()
        least, most = pc.min_max(pa.array(values if there is None else values[there])).values()
        return (least.as_py(), most.as_py()) if least.is_valid else None

    def values(self) -> tuple[Array, Mask | None]:
        """A number for each row, and which rows have one: None when all do."""
        return self._values, self._there

    def settle(self) -> bool:
        """Make certain that the numbers are right, which may take milliseconds; returns whether they were not."""
        return False


class Glance(Part):
    """A column of numbers that all rows have, before the batch was checked."""

    def __init__(self, held: Held, name: str) -> None:
        self._held = held
        self._name = name
        settled = held.checked
        super().__init__(held.start, self._look())
        self.settled = settled

    def settle(self) -> bool:
        """Check the batch."""
        self._held.batch()
        self.settled = True
        if self._held.damaged:
            self._values = self._look()
        return self._held.damaged

    def _look(self) -> Array:
        values: Array = self._held.peek(self._name).column(self._name).to_numpy()
        return values


class Ranked(Part):
    """Words, by their places among all words in order."""

    def __init__(self, start: int, codes: Array, ranks: Array) -> None:
        """`codes` are places in `ranks`; a rank of -1 means that there is none."""
        super().__init__(start, codes)
        self._ranks = ranks

    def bounds(self) -> tuple[float, float] | None:
        """No row lies outside these two; None where no row has any."""
        known = self._ranks[self._ranks >= 0]
        return (int(known.min()), int(known.max())) if len(known) else None

    def values(self) -> tuple[Array, Mask | None]:
        """A number for each row, and which rows have one."""
        values = self._ranks.take(self._values)
        there: Mask = values >= 0
        return values, None if there.all() else there
