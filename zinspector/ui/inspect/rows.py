"""Which rows of the store a table shows: their numbers, kept up to date batch by batch.

A scope is tested on the codes of dictionary columns, so it costs a few array operations a batch and nothing a message.
Rows that the store has given up fall off at the front.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.store import Store

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scope:
    """What to show. Empty sets do not restrict. `items` are ids of nodes and links; `topic` compares the first frame."""

    kinds: frozenset[str] = field(default_factory=frozenset)
    items: frozenset[str] = field(default_factory=frozenset)
    topic: str | None = None

    def mask(self, batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
        """Which rows of a batch are shown."""
        shown = np.ones(batch.num_rows, np.bool_)
        if self.kinds:
            shown &= _among(batch, "kind", self.kinds)
        if self.items:
            shown &= _among(batch, "node", self.items) | _among(batch, "link", self.items)
        if self.topic is not None:
            shown &= self._has_topic(batch, shown)
        return shown

    def _has_topic(self, batch: pa.RecordBatch, candidates: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        wanted = (self.topic or "").encode()
        frames = batch.column("frames")
        offsets = frames.offsets.to_numpy()
        views = np.frombuffer(frames.values.buffers()[1], np.int32).reshape(-1, 4)[frames.values.offset :]
        first = offsets[:-1]
        likely = candidates & (np.diff(offsets) > 0)
        likely[likely] = views[first[likely], 0] == len(wanted)
        for row in np.flatnonzero(likely):
            likely[row] = frames.values[int(first[row])].as_py() == wanted
        return likely


class Rows:
    """The numbers of the rows in scope, ascending."""

    def __init__(self, store: Store, scope: Scope | None = None) -> None:
        self._store = store
        self.scope = scope or Scope()
        self._buffer: Numbers = np.empty(1024, np.int64)
        self._start = self._end = 0
        self._seen = store.first_n

    def __len__(self) -> int:
        return self._end - self._start

    def n(self, place: int) -> int:
        """The number of the row at a place, 0 being the oldest."""
        return int(self._buffer[self._start + place])

    def place(self, n: int) -> int:
        """The place of row `n`, or where it would stand."""
        return int(np.searchsorted(self._buffer[self._start : self._end], n))

    def set_scope(self, scope: Scope) -> None:
        """Show something else; all kept rows are looked at again."""
        self.scope = scope
        self._start = self._end = 0
        self._seen = self._store.first_n
        self.update()

    def update(self) -> bool:
        """Take in what is new and let go what is gone; returns whether anything changed."""
        before = self._start, self._end
        first = self._store.first_n
        self._start += int(np.searchsorted(self._buffer[self._start : self._end], first))
        if self._seen < self._store.next_n:
            for batch in self._store.since(self._seen):
                numbers = batch.column("n").to_numpy().astype(np.int64)
                self._append(numbers[self.scope.mask(batch)])
            self._seen = self._store.next_n
        return before != (self._start, self._end)

    def _append(self, numbers: Numbers) -> None:
        if self._end + len(numbers) > len(self._buffer):
            kept = self._buffer[self._start : self._end]
            grown = np.empty(max(1024, 2 * (len(kept) + len(numbers))), np.int64)
            grown[: len(kept)] = kept
            self._buffer, self._start, self._end = grown, 0, len(kept)
        self._buffer[self._end : self._end + len(numbers)] = numbers
        self._end += len(numbers)


def _among(batch: pa.RecordBatch, column: str, words: frozenset[str]) -> npt.NDArray[np.bool_]:
    array = batch.column(column)
    wanted = np.array([word in words for word in array.dictionary.to_pylist()] + [False])
    codes = array.indices.fill_null(len(wanted) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(wanted[codes])
