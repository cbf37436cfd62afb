"""The tree of topics for a tree view. Figures are read from arrays when a cell is painted; texts of values are kept.

What comes new is inserted, so what is expanded or selected stays. A search leaves only topics that hold its text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from zinspector.capture.envelope import envelope
from zinspector.capture.message import Message
from zinspector.capture.topics import Topics
from zinspector.decode.api import visible
from zinspector.ui.canvas.words import plural
from zinspector.ui.inspect.columns import LABEL_BYTES, LOOK_AT
from zinspector.ui.inspect.times import of_day
from zinspector.ui.plots.units import engineering
from zinspector.ui.theme import theme
from zinspector.ui.topics.tree import Branch, Figures, Tree, parts, readable
from zinspector.ui.workspace import Workspace

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
TOPIC, COUNT, RATE, VOLUME, CHANGE, VALUE, WHEN = range(7)
HEADS = ("Topic", "Messages", "msg/s", "Bytes", "", "Last value", "Last")
TIPS = {
    RATE: "Messages per second, over the last second",
    CHANGE: "● another value came within two seconds, ○ the same value again",
    VALUE: "The payload of the last message, as its decoder sums it up",
}
MARK_S = 2.0
LEAST_RATE = 0.05
PART_CHARS = 120
VALUE_CHARS = 200
MOST_TEXTS = 5000


class Seen(NamedTuple):
    """What was last seen of a topic: its row, what it says, since when, and whether that was a change."""

    n: int
    text: str
    at: float
    mark: str


class TopicModel(QAbstractItemModel):
    """Branches of a `Tree`, with what is known of them."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.tree = Tree()
        self._workspace = workspace
        self._figures = self.tree.figures(Topics())
        self._rates: npt.NDArray[np.float64] = np.zeros(1)
        self._before: tuple[float, npt.NDArray[np.int64]] = (time.monotonic(), np.zeros(1, np.int64))
        self._texts: dict[int, str] = {}  # by row number
        self._last: dict[int, Seen] = {}  # by branch
        self._writers: dict[int, Callable[[Branch], str]] = {
            COUNT: lambda branch: f"{self._figures.counts[branch.place]:,}",
            RATE: self._rate,
            VOLUME: lambda branch: engineering(float(self._figures.bytes[branch.place]), "B"),
            CHANGE: lambda branch: self._seen(branch).mark if branch.topic >= 0 else "",
            VALUE: self._value,
            WHEN: self._when,
        }

    # What is shown

    def begin_anew(self) -> None:
        """Show no topics."""
        self.beginResetModel()
        self.tree = Tree()
        self._figures = self.tree.figures(Topics())
        self._rates, self._before = np.zeros(1), (time.monotonic(), np.zeros(1, np.int64))
        self._last.clear()
        self._texts.clear()
        self.endResetModel()

    def add(self, names: list[bytes], places: Iterable[int]) -> None:
        """Show the topics at these places too."""
        for place in places:
            text = readable(names[place])
            steps = parts(text)
            way = self.tree.way(text)
            for part in steps[len(way) - 1 :]:
                parent = way[-1]
                row = parent.row_for(part)
                self.beginInsertRows(self.index_of(parent), row, row)
                way.append(self.tree.grow(parent, part))
                self.endInsertRows()
            self.tree.end(way[-1], place)

    def refresh(self, topics: Topics, *, live: bool = True) -> None:
        """Take the figures of now. Rows that are read from a file have no rate: they are not `live`."""
        self._figures = self.tree.figures(topics)
        now = time.monotonic()
        since, counts = self._before
        if now - since >= 1.0:
            known = np.zeros(len(self._figures.counts), np.int64)
            known[: len(counts)] = counts
            self._rates = (self._figures.counts - known) / (now - since) if live else np.zeros(len(known))
            self._before = (now, self._figures.counts)

    def branch(self, index: Index) -> Branch:
        """The branch at an index; the root where there is none."""
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, Branch) else self.tree.root

    def index_of(self, branch: Branch) -> QModelIndex:
        """The index of a branch."""
        return QModelIndex() if branch.parent is None else self.createIndex(branch.row, 0, branch)

    def figures(self) -> Figures:
        """The figures that are shown."""
        return self._figures

    def last_value(self, branch: Branch) -> str:
        """What the last message of a topic says; nothing for a branch that is no topic."""
        if branch.topic < 0:
            return ""
        return self._seen(branch).text

    # What Qt asks

    def index(self, row: int, column: int, parent: Index = NOWHERE) -> QModelIndex:
        """The index of a child."""
        children = self.branch(parent).children
        return self.createIndex(row, column, children[row]) if 0 <= row < len(children) else QModelIndex()

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]  # Qt overloads it
        """The index above."""
        above = self.branch(index).parent
        return QModelIndex() if above is None else self.index_of(above)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Children of a branch."""
        return len(self.branch(parent).children) if parent.column() <= 0 else 0

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """As many as there are heads."""
        return len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Names of columns, and what they mean."""
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return TIPS.get(section)
        if role == Qt.ItemDataRole.TextAlignmentRole and section in (COUNT, RATE, VOLUME):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text, colour and side of a cell."""
        branch, column = self.branch(index), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(branch, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (COUNT, RATE, VOLUME):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole:
            role_name = {CHANGE: "accent", VALUE: "text" if branch.topic >= 0 else "muted", TOPIC: "text"}.get(column)
            return theme().colour(role_name or "muted")
        if role == Qt.ItemDataRole.ToolTipRole and column in (TOPIC, VALUE):
            return visible(branch.path, 400) if column == TOPIC else visible(self.last_value(branch), 400)
        return None

    def _text(self, branch: Branch, column: int) -> str:
        if column == TOPIC:
            return visible(branch.part, PART_CHARS) or "(empty)"
        if branch.place >= len(self._figures.counts):  # it was added since
            return ""
        return self._writers[column](branch)

    def _rate(self, branch: Branch) -> str:
        rate = float(self._rates[branch.place]) if branch.place < len(self._rates) else 0.0
        return engineering(rate) if rate >= LEAST_RATE else ""

    def _value(self, branch: Branch) -> str:
        said = self._seen(branch).text if branch.topic >= 0 else ""
        inner = plural(int(self._figures.topics[branch.place]), "topic") if branch.children else ""
        return " · ".join(filter(None, (inner, said)))

    def _when(self, branch: Branch) -> str:
        message = self._workspace.store.row(int(self._figures.last_n[branch.place]))
        return of_day(message.time_ns)[:12] if message is not None else ""

    def _seen(self, branch: Branch) -> Seen:
        """The last row of a topic, what it says, when that came into view, and its mark."""
        n = int(self._figures.last_n[branch.place]) if branch.place < len(self._figures.last_n) else 0
        before, now = self._last.get(branch.place), time.monotonic()
        if before is not None and before.n == n:
            return before if now - before.at < MARK_S else before._replace(mark="")
        text = self._summary(n)
        found = Seen(n, text, now, "" if before is None else "●" if text != before.text else "○")
        if before is not None and found.mark == "○" and before.mark == "●" and now - before.at < MARK_S:
            found = Seen(n, text, before.at, "●")  # a change stays in sight
        self._last[branch.place] = found
        return found

    def _summary(self, n: int) -> str:
        text = self._texts.get(n)
        if text is None:
            message = self._workspace.store.row(n)
            text = "(given up)"
            if message is not None:
                text = visible(self._said(message), VALUE_CHARS)
            if len(self._texts) >= MOST_TEXTS:
                self._texts.clear()
            self._texts[n] = text
        return text

    def _said(self, message: Message) -> str:
        frames = _telling(message)
        line = self._workspace.decoding.line(message, frames[0]) if frames else ""
        return line or "  ".join(self._workspace.decoding.summary(message, frame) for frame in frames)


def _telling(message: Message) -> list[int]:
    """The frames that say the value: the first payload; after a mere label the last JSON."""
    payloads = [place for place, role in enumerate(envelope(message).roles) if role == "payload"]
    if not payloads or len(message.frames[payloads[0]]) > LABEL_BYTES:
        return payloads[:1]
    objects = (frame for frame in reversed(payloads[1:][-LOOK_AT:]) if message.frames[frame][:1] in (b"{", b"["))
    return [payloads[0], *islice(objects, 1)]
