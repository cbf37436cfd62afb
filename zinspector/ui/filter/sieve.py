"""Which rows of the store a filter lets through: found in a thread, first of all rows and then of those that come.

- Rows that are asked for are a snapshot of the store, so nothing changes under the thread.
- An answer of a filter that is no longer wanted is dropped.
- While traffic pours in, one question at a time is under way; the next one takes all that has come meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from PySide6.QtCore import QObject, QTimer, Signal

from zinspector.capture.filter.display import Filter, Numbers
from zinspector.capture.progress import Progress
from zinspector.ui.pace import Pace
from zinspector.ui.work import Work
from zinspector.ui.workspace import Workspace

SHARE = 0.25  # of the time, for questions about new rows: each costs some milliseconds, however few the rows are
MANY_ROWS = 1 << 20


class Found(NamedTuple):
    """An answer: the numbers that match; and of each batch the number after its last row, and how many match."""

    numbers: Numbers
    ends: list[int]
    counts: list[int]


class Sieve(QObject):
    """One filter over one store.

    Signals:
        answered(object): the numbers of all rows that match, or None: everything is shown.
        added(object): the numbers of further rows that match.
        worked(): the question under way came further, or ended.
    """

    answered = Signal(object)
    added = Signal(object)
    worked = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.filter: Filter | None = None
        self._counts: deque[tuple[int, int]] = deque()  # of each batch: the number after its last row, and its matches
        self._matched = 0
        self._workspace = workspace
        self._work: Work[Found] | None = None
        self._whole = False  # whether the first answer is there
        self._seen = 0
        self._pace = Pace(SHARE)
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.look)
        workspace.ticked.connect(self.look)

    @property
    def matched(self) -> int:
        """How many of the rows that are still kept match, as far as they have been looked at."""
        first = self._workspace.store.first_n
        while self._counts and self._counts[0][0] <= first:
            self._matched -= self._counts.popleft()[1]
        return self._matched

    @property
    def answering(self) -> bool:
        """Whether the first answer is still on its way."""
        return self.filter is not None and not self._whole

    @property
    def busy(self) -> bool:
        """Whether a question is under way, or its answer is about to be taken; not so after one that failed."""
        return self._work is not None and not self._work.failed

    @property
    def share(self) -> float:
        """How much of the first answer is there, 0 to 1."""
        return self._work.share if self._work is not None and self.answering else 1.0

    @property
    def seconds(self) -> float:
        """How long the first answer has been on its way."""
        return self._work.seconds if self._work is not None and self.answering else 0.0

    @property
    def looked_at(self) -> int:
        """The number of the first row that has not been looked at."""
        return self._seen

    def ask(self, wanted: Filter | None) -> None:
        """Let only these rows through from now on; None lets all through."""
        self.cancel()
        self.filter = wanted
        if wanted is None:
            self.answered.emit(None)
        else:
            self._whole = False
            self._begin(self._workspace.store.batches())

    def cancel(self) -> None:
        """Give up what is under way; what is shown stays."""
        if self._work is not None:
            self._work.cancel()
            self._work = None
            self.worked.emit()

    def look(self) -> None:
        """Ask about rows that have come since; once a tick."""
        if self.filter is None or self.busy or not self._whole:
            return
        wait = self._pace.wait_ms
        if wait:
            self._later.start(wait)
            return
        batches = self._workspace.store.since(self._seen)
        if batches:
            self._begin(batches)

    def _begin(self, batches: Sequence[pa.RecordBatch]) -> None:
        wanted = self.filter
        assert wanted is not None
        self._seen = _end_of(batches[-1]) if batches else self._workspace.store.next_n
        self._work = Work(self, lambda progress: self._found(wanted, batches, progress), self._take, name="filter")
        self.worked.emit()

    def _found(self, wanted: Filter, batches: Sequence[pa.RecordBatch], progress: Progress) -> Found:
        """In the thread."""
        with self._pace.spend():
            numbers = wanted.rows(batches, progress)
        ends = np.array([_end_of(batch) for batch in batches], np.uint64)
        counts = np.diff(np.searchsorted(numbers, ends), prepend=0)
        if sum(batch.num_rows for batch in batches) > MANY_ROWS:
            pa.default_memory_pool().release_unused()  # it keeps hundreds of MB that only the work needed
        return Found(numbers, ends.tolist(), counts.tolist())

    def _take(self, found: Found) -> None:
        self._work = None
        if not self._whole:
            self._counts.clear()
            self._matched = 0
        numbers = found.numbers.view(np.int64)  # as the table has them: ten million need no copy here
        self._counts.extend(zip(found.ends, found.counts, strict=True))
        self._matched += len(found.numbers)
        if self._whole:
            self.added.emit(numbers)
        else:
            self._whole = True
            self.answered.emit(numbers)
        self.worked.emit()
        self.look()


def _end_of(batch: pa.RecordBatch) -> int:
    return int(batch.column("n")[-1].as_py()) + 1
