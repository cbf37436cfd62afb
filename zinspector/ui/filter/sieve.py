"""Which rows of the store a filter lets through: found in a thread, first of all rows and then of those that come.

- The first answer comes in parts, so that the first rows that match are seen long before the last: it begins where the
  user looks, goes on to the newest row, and then back to the oldest.
- Rows that are asked for are a snapshot of the store, so nothing changes under the thread.
- An answer of a filter that is no longer wanted is dropped.
- While traffic pours in, one question at a time is under way; the next one takes all that has come meanwhile.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from contextlib import closing
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from PySide6.QtCore import QObject, QTimer, Signal

from zinspector.capture.filter.display import Filter
from zinspector.capture.held import Batches
from zinspector.capture.progress import CancelledError, Progress
from zinspector.ui.inspect.number_list import Numbers
from zinspector.ui.pace import Pace
from zinspector.ui.work import Work
from zinspector.ui.workspace import Workspace

SHARE = 0.25  # of the time, for questions about new rows: each costs some milliseconds, however few the rows are
MANY_ROWS = 1 << 20


class Part(NamedTuple):
    """The answer about one batch: which rows match, by their places from number `start` on, of those before `end`."""

    start: int
    end: int
    places: npt.NDArray[np.uint32]


class Sieve(QObject):
    """One filter over one store.

    Signals:
        answered(object): the first numbers of rows that match, or None: everything is shown.
        added(object): the numbers of further rows that match; all come after those told before, or all come before.
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
        self._work: Work[None] | None = None
        self._whole = False  # whether all of the first answer is there
        self._begun = False  # whether some of it is shown
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
        """Whether some of the first answer is still on its way."""
        return self.filter is not None and not self._whole

    @property
    def begun(self) -> bool:
        """Whether what is shown is what this filter lets through, as far as that is known."""
        return self.filter is None or self._begun

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

    def ask(self, wanted: Filter | None, near: int | None = 0) -> None:
        """Let only these rows through from now on; None lets all through.

        The user looks at row number `near`: rows from there on are told first. Where that is None, the rows that match
        are told all at once.
        """
        self.cancel()
        self.filter = wanted
        self._whole = self._begun = False
        if wanted is None:
            self.answered.emit(None)
        else:
            self._counts.clear()
            self._matched = 0
            self._begin(self._workspace.store.batches(), near)

    def cancel(self) -> None:
        """Give up what is under way; what is shown stays."""
        self._later.stop()
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
            self._begin(batches, None)

    def _begin(self, batches: Batches, near: int | None) -> None:
        assert self.filter is not None
        self._seen = batches.held[-1].end if batches else self._workspace.store.next_n
        coming: deque[Part] = deque()
        judge = partial(self._judge, self.filter, _from(batches, near or 0), coming)
        going = partial(self._take, coming) if near is not None else lambda: None
        self._work = Work(self, judge, lambda _: self._finish(coming), name="filter", going=going)
        self.worked.emit()

    def _judge(self, wanted: Filter, batches: Batches, coming: deque[Part], progress: Progress) -> None:
        """In the thread."""
        done, total = 0, batches.rows
        with self._pace.spend(), closing(wanted.masks(batches)) as masks:
            for batch, mask in zip(batches, masks, strict=True):
                first = int(batch.column("n")[0].as_py())
                coming.append(Part(first, first + batch.num_rows, np.flatnonzero(mask).astype(np.uint32)))
                done += batch.num_rows
                if not progress(done / total):
                    raise CancelledError("filtering was cancelled", where=wanted.text[:80])
        if total > MANY_ROWS:
            pa.default_memory_pool().release_unused()  # it keeps hundreds of MB that only the work needed

    def _take(self, coming: deque[Part]) -> None:
        """Tell what has been found since."""
        if not coming:
            return
        newer: list[Part] = []
        older: list[Part] = []
        while coming:
            part = coming.popleft()
            if not self._counts or part.start >= self._counts[-1][0]:
                self._counts.append((part.end, len(part.places)))
                newer.append(part)
            else:
                self._counts.appendleft((part.end, len(part.places)))
                older.append(part)
            self._matched += len(part.places)
        older.reverse()
        for parts in (newer, older):
            if any(len(part.places) for part in parts):
                self._tell(_numbers(parts))
        self.worked.emit()

    def _tell(self, numbers: Numbers) -> None:
        if self._begun:
            self.added.emit(numbers)
        else:
            self._begun = True
            self.answered.emit(numbers)

    def _finish(self, coming: deque[Part]) -> None:
        self._work = None
        self._take(coming)
        if not self._begun:
            self._tell(np.zeros(0, np.int64))
        self._whole = True
        self.worked.emit()
        self.look()


def _numbers(parts: list[Part]) -> Numbers:
    """The numbers of rows that match, as the table has them; forgets the parts, which may hold ten million."""
    numbers = np.empty(sum(len(part.places) for part in parts), np.int64)
    end = 0
    for start, _, places in parts:
        mine = numbers[end : end + len(places)]
        np.add(places, start, out=mine, dtype=np.int64)
        end += len(places)
    parts.clear()
    return numbers


def _from(batches: Batches, near: int) -> Batches:
    """From the batch that row number `near` is in, or the last before it, to the newest; then back to the oldest."""
    at = max(0, bisect_right([held.start for held in batches.held], near) - 1)
    return Batches([*batches.held[at:], *reversed(batches.held[:at])])
