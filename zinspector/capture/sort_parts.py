"""What the rows of single batches are sorted by, and between which bounds: so that the first rows of an order are found
by a look at those batches only that can hold one of them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.filter.kept import Kept
from zinspector.capture.held import Held
from zinspector.capture.masks import Mask

Array = npt.NDArray[Any]

GLANCED: Final = ("time_ns", "size")
"""Columns that are looked at before their batches are checked."""
BOUNDS: Final = "bounds"
SIZE: Final = 200  # bytes, of two numbers and their place


class Part:
    """What the rows of one batch are sorted by: numbers, which can be compared with those of the other parts."""

    def __init__(self, start: int, values: Array, there: Mask | None = None) -> None:
        """For the rows from number `start` on; None means that all are `there`."""
        self.start = start
        self.end = start + len(values)
        """The number after that of the last row."""
        self.settled = True
        """Whether the numbers are right for certain."""
        self._values = values
        self._there = there

    def bounds(self) -> tuple[float, float] | None:
        """No row lies outside these two; None where no row has any."""
        values, there = self.values()
        return _bounds(pa.array(values if there is None else values[there]))

    def values(self) -> tuple[Array, Mask | None]:
        """A number for each row, and which rows have one: None when all do."""
        return self._values, self._there

    def settle(self) -> bool:
        """Make certain that the numbers are right, which may take milliseconds; returns whether they were not."""
        return False


class Glance(Part):
    """A column of numbers that all rows have, before the batch was checked."""

    def __init__(self, held: Held, name: str, kept: Kept) -> None:
        """`kept` holds the bounds of batches that were checked."""
        super().__init__(held.start, np.zeros(0))
        self.end = held.end
        self.settled = held.checked
        self._held = held
        self._name = name
        self._kept = kept

    def bounds(self) -> tuple[float, float] | None:
        """No row lies outside these two; None where no row has any."""
        return known_bounds(self._held.batch(), self._name, self._kept) if self.settled else super().bounds()

    def values(self) -> tuple[Array, Mask | None]:
        """A number for each row: all have one."""
        return self._held.peek(self._name).column(self._name).to_numpy(), None

    def settle(self) -> bool:
        """Check the batch."""
        self._held.batch()
        self.settled = True
        return self._held.damaged


def known_bounds(batch: pa.RecordBatch, name: str, kept: Kept) -> tuple[float, float] | None:
    """The least and the greatest number in a column of a batch: looked for once."""
    known = kept.get(batch, (BOUNDS, name))
    if known is None:
        known = _bounds(batch.column(name))
        kept.put(batch, (BOUNDS, name), known, SIZE)
    bounds: tuple[float, float] | None = known
    return bounds


def _bounds(values: pa.Array) -> tuple[float, float] | None:
    least, most = pc.min_max(values).values()
    return (least.as_py(), most.as_py()) if least.is_valid else None


class Ranked(Part):
    """Words, by their places among all words in order."""

    def __init__(self, start: int, codes: Array, ranks: Array, used: Mask | None) -> None:
        """`codes` are places in `ranks`; a rank of -1 means that there is none.

        `used` tells which codes there are, as far as it goes; None means that all may be.
        """
        super().__init__(start, codes)
        self._ranks = ranks
        self._used = used

    def bounds(self) -> tuple[float, float] | None:
        """No row lies outside these two; None where no row has any."""
        ranks = self._ranks if self._used is None else self._ranks[: len(self._used)][self._used]
        known = ranks[ranks >= 0]
        return (int(known.min()), int(known.max())) if len(known) else None

    def values(self) -> tuple[Array, Mask | None]:
        """A number for each row, and which rows have one."""
        values = self._ranks.take(self._values)
        there: Mask = values >= 0
        return values, None if there.all() else there
