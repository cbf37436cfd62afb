"""What is worked out of captured rows once, for all who need it: behind the window, as they come or from a file.

- Each batch is checked, and its topics are read: they are counted, and kept as codes of a byte or two for each row. So
  neither a table, a sort, a filter nor SQL has to read them again. Between which bounds its times and sizes lie is kept
  too: then the first page of a sort looks at those batches only that can hold it.
- In a thread, in several where there is much, and at once where there is little; while something runs, a few times a
  second.
- What is known of a batch goes when the batch goes. Rows that come back from the disk are in other batches, which are
  read again: that takes a hundredth of a core at 200,000 messages a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from PySide6.QtCore import QObject, Signal

from zinspector.capture.filter.evaluate import THREADS
from zinspector.capture.filter.frames import BatchFrames
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.topic_words import coded
from zinspector.capture.held import Batches, Held
from zinspector.capture.progress import Progress
from zinspector.capture.sort_parts import GLANCED, known_bounds
from zinspector.capture.topics import MOST_TOPICS, Tally, Topics, tallied
from zinspector.ui.work import Work

if TYPE_CHECKING:
    from zinspector.ui.workspace import Workspace

COUNT_S = 0.2
AT_ONCE = 1 << 21  # rows: then others may draw what is known so far
GROUP_ROWS = 1 << 16
FEW_ROWS, FEW_BYTES = 1000, 1 << 20
Group = Sequence[Held]


class Found(NamedTuple):
    """What came of some batches: the places of new topics, and whether rows can't be read."""

    new: range
    damaged: bool


class Preparing(QObject):
    """Checks, reads and counts the rows of a store.

    Signals:
        begunAnew(): the store was emptied.
        counted(range): further rows were counted; the places of topics that are new.
    """

    begunAnew = Signal()
    counted = Signal(object)

    def __init__(self, workspace: Workspace, most: int = MOST_TOPICS) -> None:
        """Counts up to `most` topics by name."""
        super().__init__(workspace)
        self.topics = Topics(most)
        self._workspace = workspace
        self._clears = workspace.store.clears
        self._seen = 0
        self._next = 0.0
        self._work: Work[Found] | None = None
        workspace.ticked.connect(self.look)

    @property
    def busy(self) -> bool:
        """Whether a thread is at it."""
        return self._work is not None

    def look(self) -> None:
        """Begin with what is new; a few times a second while something runs."""
        store, now = self._workspace.store, time.monotonic()
        if store.clears != self._clears:
            self._begin_anew()
        if self._work is not None or (self._workspace.running and now < self._next):
            return
        self._next = now + COUNT_S
        some = _some(store.since(self._seen))
        back = store.came_back()
        if some or back:
            self._seen = some[-1].end if some else self._seen
            topics, kept = self.topics, self._workspace.worked_out
            if _little([*some, *back.held]):
                self._take(_found(topics, some, back, kept, lambda _: True))
            else:
                self._work = Work(self, lambda on: _found(topics, some, back, kept, on), self._take, name="prepare")

    def _begin_anew(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None
        self._clears, self._seen = self._workspace.store.clears, 0
        self.topics = Topics(self.topics.most)
        self.begunAnew.emit()

    def _take(self, found: Found) -> None:
        self._work = None
        if not self._workspace.running:
            self.look()
        self.counted.emit(found.new)
        if found.damaged:
            self._workspace.ticked.emit()  # rows that were shown before they were checked are others now


def _some(batches: Batches) -> list[Held]:
    """The first of some batches."""
    some, rows = [], 0
    for held in batches.held:
        some.append(held)
        rows += held.rows
        if rows >= AT_ONCE:
            break
    return some


def _little(some: Group) -> bool:
    """Whether the window's thread may do it by the way."""
    rows = sum(held.rows for held in some)
    return rows <= FEW_ROWS and sum(pc.sum(held.peek("size").column("size")).as_py() for held in some) <= FEW_BYTES


def _found(topics: Topics, some: Group, back: Batches, kept: Kept, wanted: Progress) -> Found:
    """Until nobody wants it."""
    before = len(topics.names)

    def count(group: Group) -> Tally | None:
        return tallied(_read(group, kept), kept) if wanted(0.0) else None

    for tally in _each(count, [*_groups(some)]):
        if tally is not None:
            topics.add(tally)
    for batch in _read(back.held, kept):
        coded(BatchFrames(batch), kept)
    return Found(range(before, len(topics.names)), any(held.damaged for held in some))


def _read(some: Group, kept: Kept) -> Iterator[pa.RecordBatch]:
    """Checked, and what is next to nothing to find out while they are in the cache."""
    for held in some:
        batch = held.batch()
        for name in GLANCED:
            known_bounds(batch, name, kept)
        yield batch


def _each(call: Callable[[Group], Tally | None], groups: Sequence[Group]) -> Iterator[Tally | None]:
    """In several threads, if there are several groups."""
    if len(groups) == 1:
        yield call(groups[0])
        return
    with ThreadPoolExecutor(THREADS, "prepare") as pool:
        yield from pool.map(call, groups)


def _groups(some: Group) -> Iterator[Group]:
    """Not too many rows at a time."""
    group: list[Held] = []
    for held in some:
        group.append(held)
        if sum(each.rows for each in group) >= GROUP_ROWS:
            yield group
            group = []
    if group:
        yield group
