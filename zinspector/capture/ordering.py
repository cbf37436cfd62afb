"""Rows in the order of a column: for tables that are sorted by something else than arrival.

- A column is named as in a filter: `size`, `time`, `node`, `frames.count`, `topic`, `json.price`. In JSON, numbers come
  before text.
- Rows that have nothing there come last, whichever way the others go. Equal rows stay in the order of their arrival.
- All are sorted in one go (`stable_order`). The first rows are known before: only those batches
  are looked at that can hold one of them.
- Sizes and times of a file that has just been opened are believed before their batches are checked (`Glance`), but
  for the first rows, which are about to be seen. All are checked before all are sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from zinspector.capture.filter.evaluate import THREADS
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.reading import read
from zinspector.capture.filter.tree import Field, Test
from zinspector.capture.held import Batches
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.sort_keys import keys
from zinspector.capture.sort_parts import Array, Part
from zinspector.capture.stable_order import stable_order
from zinspector.errors import UserError

Numbers = npt.NDArray[np.integer[Any]]

CERTAIN: Final = 64  # rows that fit on a screen


class Order:
    """Some rows in the order of a column."""

    def __init__(
        self,
        batches: Batches,
        numbers: Numbers | range,
        column: str,
        *,
        descending: bool = False,
        kept: Kept | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Looks up what the rows of these batches with these numbers, given ascending, are sorted by.

        `kept` may hold topics. Raises CancelledError once `progress` answers False, UserError for what is no column.
        """
        going = progress or (lambda _: True)
        self._parts = keys(batches, _field(column), Kept() if kept is None else kept, going)
        if not going(0.5):
            raise CancelledError("sorting was cancelled")
        first = self._parts[0].start if self._parts else 0
        self.numbers: Numbers | range = numbers[int(below(numbers, np.array([first]))[0]) :]
        """Those of the rows that are still there, ascending."""
        self._descending = descending

    def rows(self, progress: Progress = lambda _: True) -> npt.NDArray[Any]:
        """The numbers of all rows, in order, in 32 bits if they fit. Looks at all batches that were not checked yet.

        Raises CancelledError once `progress` answers False.
        """

        def parts() -> Iterator[Part]:
            for place, part in enumerate(self._parts):
                if not progress(place / len(self._parts)):
                    raise CancelledError("sorting was cancelled")
                yield part

        _settle(self._parts, progress)
        order = stable_order(lambda: (self._of(part)[0] for part in parts()))
        kind = np.uint32 if not self._parts or self._parts[-1].end <= 1 << 32 else np.int64
        if len(order) == len(self.numbers) and isinstance(self.numbers, range):
            return np.add(order, self.numbers.start, dtype=kind)
        having, missing, end = np.empty(len(order), kind), [], 0
        for part in parts():
            wanted, numbers = _listed(self._wanted(part)), _listed(self._of(part)[1])
            start, end = end, end + len(numbers)
            having[start:end] = numbers
            if len(numbers) < len(wanted):
                missing.append(np.setdiff1d(wanted, numbers, assume_unique=True).astype(kind))
        found = having[order]
        return np.concatenate([found, *missing]) if missing else found

    def first(self, count: int) -> Numbers:
        """The numbers of up to so many rows that come first and have what they are sorted by, in order.

        The batches of the very first are checked before.
        """
        while True:
            found = self._first(count)
            places = np.searchsorted([part.start for part in self._parts], found[:CERTAIN], "right") - 1
            if not _settle([self._parts[at] for at in np.unique(places)]):
                return found

    def _first(self, count: int) -> Numbers:
        """From one batch to the next, until none can have a row that comes before those that were found."""
        leads = [(lead, at) for at, part in enumerate(self._parts) if (lead := self._lead(part)) is not None]
        values, numbers = np.zeros(0), np.zeros(0, np.int64)
        for lead, at in sorted(leads):
            enough = len(values) == count
            if enough and lead > values[-1]:
                break
            if enough and lead == values[-1] and numbers[-1] < self._parts[at].start:
                continue
            some, theirs = self._of(self._parts[at])
            if len(some) > count:
                near = _near(some, values[-1] if enough else np.partition(some, count - 1)[count - 1], count)
                some, theirs = some[near], near + theirs.start if isinstance(theirs, range) else theirs[near]
            values = np.concatenate([values, some]) if len(values) else some
            numbers = np.append(numbers, _listed(theirs))
            best = np.lexsort((numbers, values))[:count]
            values, numbers = values[best], numbers[best]
        return numbers

    def _lead(self, part: Part) -> float | None:
        """What no row of a part comes before."""
        bounds = part.bounds()
        if bounds is None:
            return None
        return _turned(bounds[1]) if self._descending else bounds[0]

    def _of(self, part: Part) -> tuple[Array, Numbers | range]:
        """The values of those rows of a part that are wanted and have one, least first, and their numbers."""
        values, there = part.values()
        values = _turned(values) if self._descending else values
        wanted = self._wanted(part)
        if there is None and len(wanted) == len(values):
            return values, wanted
        numbers = _listed(wanted)
        if there is not None:
            numbers = numbers[there[numbers - part.start]]
        return values[numbers - part.start], numbers

    def _wanted(self, part: Part) -> Numbers | range:
        return self.numbers[slice(*below(self.numbers, np.array([part.start, part.end])).tolist())]


def _settle(parts: Sequence[Part], progress: Progress = lambda _: True) -> bool:
    """Make sure that the numbers of these parts are right, until `progress` says No; whether some were not."""
    unsure = [part for part in parts if not part.settled]
    if not unsure:
        return False
    with ThreadPoolExecutor(THREADS, "sort") as pool:
        return any([*pool.map(lambda part: progress(0.0) and part.settle(), unsure)])


def below(numbers: Numbers | range, limits: Numbers) -> Numbers:
    """How many of some ascending numbers lie below each limit; a range has no gaps."""
    if isinstance(numbers, range):
        return np.clip(limits - numbers.start, 0, len(numbers))
    most = np.iinfo(numbers.dtype).max
    return np.searchsorted(numbers, np.minimum(limits, most).astype(numbers.dtype))  # else it would convert all numbers


def _listed(numbers: Numbers | range) -> Numbers:
    """One by one; numpy would ask a range for each of them."""
    return np.arange(numbers.start, numbers.stop) if isinstance(numbers, range) else numbers


def sortable(column: str) -> bool:
    """Whether rows can be sorted by this column."""
    try:
        field = _field(column)
    except UserError:
        return False
    return not field.of_frames or field.topic or (field.decoder == "json" and field.frame is None)


def _field(column: str) -> Field:
    tree = read(column)
    if not isinstance(tree, Test) or tree.operator != "exists":
        raise UserError("this is no column", where=column[:80], remedy="write size, topic or json.price")
    return tree.field


def _turned(values: Any) -> Any:
    """Values in the opposite order."""
    return (
        -values
        if isinstance(values, float) or (isinstance(values, np.ndarray) and values.dtype.kind == "f")
        else ~values
    )


def _near(values: Array, most: Any, count: int) -> Numbers:
    """The places of values up to `most`, and of those that equal it so many only."""
    return np.sort(np.append(np.flatnonzero(values < most), np.flatnonzero(values == most)[:count]))
