"""Which colour rule applies to which message: the first whose filter lets it through.

Only messages in view are asked about, in a thread; what was found is kept until the rules change. Each colour has a
sign of its own, so that it isn't colour alone that tells.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.errors import FilterError
from zinspector.capture.filter.evaluate import Decoded
from zinspector.capture.filter.kept import Kept
from zinspector.capture.progress import CancelledError, Progress
from zinspector.capture.store import Store
from zinspector.ui.filter.readings import Readings
from zinspector.ui.inspect.looks import ColourRule
from zinspector.ui.theme import theme
from zinspector.ui.work import Work

KEPT_ROWS: Final = 20_000
TINT: Final = 0.16


class Paint(NamedTuple):
    """A colour by name: its sign, and how it is on dark and on light ground."""

    sign: str
    dark: str
    light: str

    def strong(self) -> QColor:
        """For signs and bars."""
        return QColor(self.dark if theme().dark else self.light)

    def tint(self) -> QColor:
        """For the ground of a row, under text."""
        strong, ground = self.strong(), theme().colour("panel")
        parts = ((getattr(strong, part)(), getattr(ground, part)()) for part in ("red", "green", "blue"))
        return QColor(*(round(TINT * one + (1 - TINT) * other) for one, other in parts))


PAINTS: Final = {
    "red": Paint("▲", "#ff6b6b", "#c22a36"),
    "orange": Paint("■", "#ff9d4d", "#b34a00"),
    "yellow": Paint("★", "#f2d24b", "#7d6200"),
    "green": Paint("●", "#3ecf8e", "#0f7045"),
    "blue": Paint("▼", "#4ea1ff", "#1a60bd"),
    "violet": Paint("✚", "#b388ff", "#6a3fc4"),
    "grey": Paint("○", "#a9b2c0", "#55606e"),
}
Found = dict[int, int]  # the rule of each message, by place among the rules; -1 where none applies


class Colouring(QObject):
    """Answers at once for what is known, and finds out the rest.

    Signals:
        changed(): more is known, or the rules are others.
    """

    changed = Signal()

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rules: Sequence[ColourRule] = ()
        self._readings: Readings | None = None
        self._store = store
        self._filters: list[tuple[int, Filter]] | None = None
        self._known: OrderedDict[int, int] = OrderedDict()
        self._wanted: set[int] = set()
        self._work: Work[Found] | None = None

    @property
    def active(self) -> bool:
        """Whether there are rules at all."""
        return bool(self.filters)

    @property
    def filters(self) -> list[tuple[int, Filter]]:
        """The filters of the rules, by place among them; made when a message asks, not while the window opens."""
        if self._filters is None:
            columns = self._readings.columns if self._readings is not None else None
            wanted = [(n, rule.filter) for n, rule in enumerate(self.rules) if rule.enabled and rule.colour in PAINTS]
            made = [(place, filter_of(text, columns)) for place, text in wanted]
            self._filters = [(place, each) for place, each in made if isinstance(each, Filter)]
        return self._filters

    @property
    def busy(self) -> bool:
        """Whether something is being found out."""
        return self._work is not None

    def set_rules(self, rules: Sequence[ColourRule]) -> None:
        """Colour by these. A rule whose filter is none is left out."""
        if rules != self.rules:
            self.rules = rules
            self._begin_anew()

    def read_with(self, readings: Readings) -> None:
        """Look into frames as they are decoded here: for rules such as `proto.Quote.bid > 3`."""
        self._readings = readings
        readings.changed.connect(self._begin_anew)
        self._begin_anew()

    def _begin_anew(self) -> None:
        if self._work is not None:
            self._work.cancel()
            self._work = None
        self._filters = None
        self._known.clear()
        self._wanted.clear()
        self.changed.emit()

    def rule(self, n: int) -> ColourRule | None:
        """The rule of message `n`, as far as it is known; it is found out otherwise."""
        place = self._known.get(n)
        if place is None:
            self.ask([n])
            return None
        return self.rules[place] if place >= 0 else None

    def ask(self, numbers: Iterable[int]) -> bool:
        """Find out about these messages; tells whether all is known already."""
        if not self.filters:
            return True
        unknown = {n for n in numbers if n not in self._known}
        if unknown:
            self._wanted |= unknown
            self._begin()
        return not unknown

    def _begin(self) -> None:
        if self._work is not None or not self._wanted:
            return
        wanted, self._wanted = sorted(self._wanted)[-KEPT_ROWS:], set()
        filters, store = self.filters, self._store
        self._work = Work(self, lambda progress: find(store, wanted, filters, progress), self._take, name="colours")

    def _take(self, found: Found) -> None:
        self._work = None
        self._known.update(found)
        while len(self._known) > KEPT_ROWS:
            self._known.popitem(last=False)
        self.changed.emit()
        self._begin()


def filter_of(text: str, decoded: Decoded | None = None) -> Filter | FilterError:
    """The filter of a rule, or what is wrong with it."""
    try:
        return Filter(text, kept=Kept(0), decoded=decoded)
    except FilterError as error:
        return error.with_traceback(None)


def find(store: Store, numbers: Sequence[int], filters: Sequence[tuple[int, Filter]], progress: Progress) -> Found:
    """The first filter that lets each message through. Raises CancelledError once `progress` answers False."""
    found: Found = dict.fromkeys(numbers, -1)
    batches = list(_batches(store, np.array(numbers)))
    for place, one in reversed(filters):
        if not progress(0.0):
            raise CancelledError("nobody asks any more")
        for batch, mask in zip(batches, one.masks(batches), strict=True):
            for n in batch.column("n").to_numpy()[mask].tolist():
                found[n] = place
    return found


def _batches(store: Store, numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterable[pa.RecordBatch]:
    """The rows with these numbers, as slices of batches: one for each run of numbers in one batch."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    for run in runs:
        start, end = int(run[0]), int(run[-1]) + 1
        while start < end:
            batches = store.since(start)
            if not batches:
                return
            first = int(batches[0].column("n")[0].as_py())  # what came before it is no longer kept
            batch = batches[0].slice(0, max(0, end - first))
            if batch.num_rows:
                yield batch
            start = first + batches[0].num_rows
