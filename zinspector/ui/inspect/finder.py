"""Finding bytes in frames: all messages that hold them, looked for in a thread, nearest first.

- Each batch that was looked through stays so while the same is wanted: the next hit is there at once, and only rows
  that came since have to be looked at.
- A hit counts when its message is shown. What is shown may change; the hits don't.
- ASCII letters match in either case, unless hex is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.held import Held
from zinspector.capture.masks import Mask
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.store import Store
from zinspector.ui.inspect.number_list import NumberList, Numbers
from zinspector.ui.inspect.rows import Rows

PIECE_ROWS: Final = 1 << 16
PIECE_BYTES: Final = 32 << 20


class Wanted(NamedTuple):
    """What is looked for."""

    data: bytes
    exact: bool = False


class Part:
    """Rows from number `first` to before `end`: what has to be looked through, or the hits in it."""

    def __init__(self, held: Held) -> None:
        self.first = held.start
        self.end = held.end
        self.held: Held | None = held
        self.hits: NumberList | None = None


class Search:
    """The hits for one thing wanted, in one store."""

    def __init__(self, store: Store, wanted: Wanted) -> None:
        self.wanted = wanted
        self._store = store
        self._clears = store.clears
        self._parts: list[Part] = []

    @property
    def end(self) -> int:
        """The number after that of the last row that is, or is to be, looked through."""
        return self._parts[-1].end if self._parts else 0

    @property
    def complete(self) -> bool:
        """Whether all of it has been looked through."""
        return all(part.hits is not None for part in self._parts)

    def take_in(self) -> None:
        """Let go what is no longer kept, and take in what came since."""
        if self._store.clears != self._clears:
            self._parts, self._clears = [], self._store.clears
        first = self._store.first_n
        self._parts = [part for part in self._parts if part.end > first]
        self._parts += map(Part, self._store.since(self.end).held)

    def run(self, start: int, step: int, progress: Progress) -> None:
        """Look through what has not been, nearest to row `start` first. Raises CancelledError."""
        todo = [part for part, _ in self._around(start, step) if part.hits is None]
        for done, part in enumerate(todo):
            if part.held is not None:
                hits = NumberList()
                for numbers in _hits(part.held.batch(), self.wanted, partial(progress, done / len(todo))):
                    hits.append(numbers)
                part.hits, part.held = hits, None

    def next(self, rows: Rows, start: int, step: int) -> int | None:
        """The hit that follows row `start` in the order that is shown, around the end; None if there is none.

        Raises LookupError where that isn't known yet.
        """
        if rows.arranged is not None:
            return self._next_arranged(rows, start, step)
        for part, whole in self._around(start, step):
            if part.hits is None:
                raise LookupError("not looked through yet")
            hits = _shown(part.hits, rows)
            if len(hits := hits if whole else hits[(hits - start) * step > 0]):
                return int(hits[0] if step > 0 else hits[-1])
        return None

    def hits(self, rows: Rows) -> NumberList:
        """The hits that are shown, as far as they are known."""
        found = NumberList()
        for part in self._parts:
            if part.hits is not None:
                found.append(_shown(part.hits, rows))
        return found

    def count(self) -> int:
        """How many hits are known, shown or not."""
        return sum(len(part.hits) for part in self._parts if part.hits is not None)

    def _around(self, start: int, step: int) -> Iterator[tuple[Part, bool]]:
        """The parts from that with row `start` on, around the end; that one comes first and, whole, last."""
        parts = self._parts if step > 0 else self._parts[::-1]
        reached = (part.end > start if step > 0 else part.first <= start for part in parts)
        at = next((place for place, there in enumerate(reached) if there), len(parts))
        yield from ((part, place > at) for place, part in enumerate(parts[at:], at))
        yield from ((part, True) for part in parts[: at + 1])

    def _next_arranged(self, rows: Rows, start: int, step: int) -> int | None:
        if not self.complete:
            raise LookupError("not looked through yet")
        assert rows.arranged is not None
        place = rows.arranged.place(start)
        at = -1 if place is None else place
        nearest: list[tuple[bool, int]] = []  # of each part: beyond that place, or only around the end; and its place
        for part in self._parts:
            assert part.hits is not None
            places = rows.arranged.places(_shown(part.hits, rows)) * step
            beyond = places[places > at * step]
            if len(places):
                nearest.append((not len(beyond), int((beyond if len(beyond) else places).min())))
        return rows.n(min(nearest)[1] * step) if nearest else None


def _shown(hits: NumberList, rows: Rows) -> Numbers:
    """Those of some hits that are shown."""
    numbers = hits.array()
    return numbers[rows.shown.holds(numbers)]


def _hits(batch: pa.RecordBatch, wanted: Wanted, going: Callable[[], bool]) -> Iterator[Numbers]:
    """The numbers of the rows that hold it, piece by piece."""
    for piece in _pieces(batch):
        if not going():
            raise CancelledError("the search was cancelled")
        column = piece.column("frames")
        offsets = column.offsets.to_numpy()
        frames = column.values.slice(offsets[0], offsets[-1] - offsets[0]).cast(pa.large_binary())
        holds = pc.match_substring(frames, wanted.data, ignore_case=not wanted.exact)
        rows = _rows_of(holds.to_numpy(zero_copy_only=False), offsets)
        yield piece.column("n").to_numpy()[rows].astype(np.int64)


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Slices of a batch that take some milliseconds each."""
    mean = max(1, int(np.mean(batch.column("size").to_numpy())))
    rows = max(1, min(PIECE_ROWS, PIECE_BYTES // mean))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _rows_of(holds: Mask, offsets: np.ndarray[tuple[int], np.dtype[np.int32]]) -> Mask:
    """Which rows have a frame that holds it; a row without frames has none."""
    places = np.flatnonzero(holds) + offsets[0]
    found = np.zeros(len(offsets) - 1, np.bool_)
    found[np.searchsorted(offsets, places, side="right") - 1] = True
    return found
