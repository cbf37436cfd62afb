"""Which rows of the store a table shows: their numbers, kept up to date batch by batch.

- Shown is what is in the scope and passes the filter. A filter is asked elsewhere, in a thread: here come the first
  numbers that it lets through (`show_rows`), and later more of them (`add_rows`): older ones too.
- A scope is tested on the codes of dictionary columns and on the 16-byte views of the frames: some array operations
  a batch, nothing a message.
- Rows that the store has given up fall off at the front. Those of a file are shown before they were checked: where
  they prove damaged all are looked at again.
- Looking through everything again (another scope) may take long when the store is full, so `update()` stops after
  `BUDGET_S` and goes on when it is called again; `behind` says that there is more. It begins where the user looks, and
  goes on to the newest row, and then back to the oldest.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zinspector.capture.follow import Follow
from zinspector.capture.happenings import group_of
from zinspector.capture.held import Held
from zinspector.capture.masks import Mask, where
from zinspector.capture.store import Store
from zinspector.ui.inspect.arranged import Arranged
from zinspector.ui.inspect.number_list import NumberList, Numbers

BUDGET_S = 0.008


@dataclass(frozen=True)
class Scope:
    """What to show. Empty sets and None do not restrict.

    `items` are ids of nodes and links; `naming` are parts of the name of an event or command, `groups` the kinds of
    events (`happenings`); `follow` is one connection, topic or exchange.
    """

    kinds: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    direction: str | None = None
    naming: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    follow: Follow | None = None

    def mask(self, batch: pa.RecordBatch) -> Mask:
        """Which rows of a batch are shown."""
        shown = np.ones(batch.num_rows, np.bool_)
        if self.kinds:
            shown &= where(batch, "kind", self.kinds.__contains__)
        if self.direction is not None:
            shown &= where(batch, "direction", self.direction.__eq__)
        if self.items:
            shown &= where(batch, "node", self.items.__contains__) | where(batch, "link", self.items.__contains__)
        if self.naming:
            shown &= where(batch, "name", lambda name: any(part in name for part in self.naming))
        if self.groups:
            shown &= where(batch, "name", lambda name: group_of(name) in self.groups)
        if self.follow is not None and shown.any():
            shown &= self.follow.mask(batch)
        return shown

    def glance(self, held: Held) -> Mask:
        """Which rows of a batch are shown, maybe told before it was checked: another time if it proves damaged."""
        if self.follow is not None:
            return self.mask(held.batch())
        more = {"direction": self.direction, "node": self.items, "link": self.items, "name": self.naming | self.groups}
        return self.mask(held.peek("kind", *(name for name, wanted in more.items() if wanted)))


class Rows:
    """The numbers of the rows in scope that pass the filter, ascending."""

    def __init__(self, store: Store, scope: Scope | None = None) -> None:
        self._store = store
        self._numbers = NumberList()
        self._passed: NumberList | None = None
        self.arranged: Arranged | None = None
        """The order that they are shown in, where it is not that of their arrival."""
        self.version = 0
        """Another one whenever other rows are shown."""
        self._newer: Iterator[Held] = iter(())
        self._older: Iterator[Held] = iter(())
        self._from = self._to = 0  # the rows between have been looked at
        self._near = 0
        self._glanced: list[Held] = []  # batches of a file that had not been checked when they were looked at
        self.set_scope(scope or Scope())

    def __len__(self) -> int:
        return len(self._numbers if self.arranged is None else self.arranged)

    def __contains__(self, n: int) -> bool:
        if self.arranged is not None:
            return self.arranged.place(n) is not None
        place = self._numbers.place(n)
        return place < len(self._numbers) and self._numbers[place] == n

    @property
    def shown(self) -> NumberList:
        """The numbers, ascending, in whatever order they are shown."""
        return self._numbers

    @property
    def behind(self) -> bool:
        """Whether rows of the store, or those that the filter let through, have not been looked at yet."""
        return self._to < self._end or self._from > self._begin

    @property
    def filtered(self) -> bool:
        """Whether a filter says what is shown."""
        return self._passed is not None

    def n(self, place: int) -> int:
        """The number of the row at a place, 0 being the oldest, or the first in order."""
        return self._numbers[place] if self.arranged is None else self.arranged.n(place)

    def place(self, n: int) -> int:
        """The place of row `n`, or where it would stand: at the front where the rows are in another order."""
        if self.arranged is not None:
            return self.arranged.place(n) or 0
        return self._numbers.place(n)

    def set_scope(self, scope: Scope, near: int = 0) -> None:
        """Show something else; `update()` then looks at all kept rows again, from row number `near` on."""
        self.scope = scope
        self._near = near
        self._look_again()

    def show_rows(self, numbers: npt.NDArray[np.integer[Any]] | None, near: int = 0) -> None:
        """Show only these rows, ascending, as far as they are in scope; None shows all."""
        self._passed = None if numbers is None else NumberList()
        self._near = near
        if numbers is not None:
            self.add_rows(numbers)
        self._look_again()

    def add_rows(self, numbers: npt.NDArray[np.integer[Any]]) -> None:
        """Show these rows too: the filter lets them through, and all come after, or all before, those told of so far.

        Nothing is lost by that order: it has been asked about all rows between.
        """
        if self._passed is None or not len(numbers):
            return
        more, first = numbers.astype(np.int64, copy=False), not len(self._passed)
        if first or more[0] > self._passed[0]:
            self._passed.append(more)
        else:
            self._passed.prepend(more)
        if first:
            self._look_again()

    def update(self, budget_s: float | None = None) -> bool:
        """Take in what is new and let go what is gone; returns whether anything changed."""
        self._make_sure()
        first = self._store.first_n
        before = len(self._numbers)
        self._numbers.drop_below(first)
        if self._passed is not None:
            self._passed.drop_below(first)
        changed = len(self._numbers) != before
        self._from, self._to = max(self._from, first), max(self._to, first)
        end = time.perf_counter() + (BUDGET_S if budget_s is None else budget_s)
        while self.behind:
            changed |= self._look_on() if self._to < self._end else self._look_back()
            if time.perf_counter() > end:
                break
        self.version += changed
        return changed

    @property
    def _begin(self) -> int:
        """The number from which on there is something to look at."""
        if self._passed is None:
            return self._store.first_n
        return self._passed[0] if len(self._passed) else self._from

    @property
    def _end(self) -> int:
        """The number before which there is something to look at."""
        if self._passed is None:
            return self._store.next_n
        return self._passed[len(self._passed) - 1] + 1 if len(self._passed) else 0

    def _look_again(self) -> None:
        self.version += 1
        self._numbers.clear()
        self._from = self._to = 0
        self._from = self._to = max(self._begin, min(self._near, self._end))
        self._newer = self._older = iter(())
        self._glanced = []

    def _make_sure(self) -> None:
        """Look at all again if rows that were seen prove to be others."""
        checked = [held for held in self._glanced if held.checked]
        if checked:
            self._glanced = [held for held in self._glanced if not held.checked]
        if any(held.damaged for held in checked):
            self._look_again()

    def _look_on(self) -> bool:
        """Take in the next batch of newer rows."""
        if (held := next(self._newer, None)) is None:
            self._newer = iter(self._store.since(self._to).held)
            held = next(self._newer)
        shown = self._shown_of(held, self._to, min(held.end, self._end))
        self._to = max(self._to, min(held.end, self._end))
        if self._to < held.end:
            self._newer = iter(())  # the filter has yet to answer about the rest of this batch
        self._numbers.append(shown)
        return len(shown) > 0

    def _look_back(self) -> bool:
        """Take in the next batch of older rows."""
        if (held := next(self._older, None)) is None:
            self._older = reversed(self._store.before(self._from).held)
            held = next(self._older)
        start = max(held.start, self._begin)
        shown = self._shown_of(held, start, self._from)
        self._from = min(self._from, start)
        if self._from > held.start:
            self._older = iter(())  # as above
        self._numbers.prepend(shown)
        return len(shown) > 0

    def _shown_of(self, held: Held, start: int, end: int) -> Numbers:
        """The numbers of a batch, from `start` to before `end`, that pass the filter and are in scope."""
        start, end = max(start, held.start, self._store.first_n), min(end, held.end)
        if not held.checked:
            self._glanced.append(held)
        if self._passed is None:
            numbers = np.arange(start, end)
        else:
            numbers = self._passed.array(self._passed.place(start), self._passed.place(end))
        return numbers[self.scope.glance(held)[numbers - held.start]] if len(numbers) else numbers


class Newest:
    """The newest row in a scope, without keeping the others."""

    MOST_BATCHES = 500

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self._scope = scope
        self._seen = 0
        self._found: int | None = None

    def n(self) -> int | None:
        """Its number, if it is still kept."""
        if self._seen < self._store.next_n:
            for batch in self._store.since(self._seen)[: -self.MOST_BATCHES - 1 : -1]:
                places = np.flatnonzero(self._scope.mask(batch))
                if len(places):
                    self._found = batch.column("n")[int(places[-1])].as_py()
                    break
            self._seen = self._store.next_n
        return self._found if self._found is not None and self._found >= self._store.first_n else None
