"""How long the message table takes for a frame while messages pour in, and while somebody scrolls, at 1 M rows.

One JSON line: milliseconds a frame (median, 95th percentile, worst), and ratios to a bare QTableView over a trivial
model of as many rows in the same run. A frame is: 4,000 new messages in the store, refresh, repaint; or one page of
scrolling and repaint, where every row is read and decoded anew.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QApplication, QTableView

from tests.helpers.captured import Feed
from zinspector.ui import theme
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

ROWS = 1_000_000
NEW_ROWS = 4000  # a frame of 100,000 messages a second at 25 Hz
FRAMES = 60
SIZE = (1400, 500)
FRAME_MS = 16.0
PAYLOAD = b'{"city":"London","temperature":11.4,"humidity":71}'
Index = QModelIndex | QPersistentModelIndex


class Trivial(QAbstractTableModel):
    """Row and column as text."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = ROWS

    def rowCount(self, parent: Index | None = None) -> int:
        return self.rows

    def columnCount(self, parent: Index | None = None) -> int:
        return 9

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        return f"{index.row()} {index.column()}" if role == Qt.ItemDataRole.DisplayRole else None

    def grow(self) -> None:
        self.beginInsertRows(QModelIndex(), self.rows, self.rows + NEW_ROWS - 1)
        self.rows += NEW_ROWS
        self.endInsertRows()

    def evict(self) -> None:
        self.beginRemoveRows(QModelIndex(), 0, NEW_ROWS - 1)
        self.rows -= NEW_ROWS
        self.endRemoveRows()


def milliseconds(frame: Callable[[int], None], prepare: Callable[[], object] = lambda: None) -> dict[str, float]:
    """What a frame takes; `prepare` comes before each and isn't counted."""
    taken = []
    for i in range(FRAMES + 5):
        prepare()
        start = time.perf_counter()
        frame(i)
        QApplication.processEvents()
        taken.append((time.perf_counter() - start) * 1e3)
    taken = sorted(taken[5:])
    return {
        "p50": round(statistics.median(taken), 2),
        "p95": round(taken[int(len(taken) * 0.95)], 2),
        "max": round(taken[-1], 2),
    }


def bare() -> dict[str, dict[str, float]]:
    """QTableView over the trivial model."""
    view, model = QTableView(), Trivial()
    view.setModel(model)
    view.resize(*SIZE)
    view.show()
    QApplication.processEvents()
    bar = view.verticalScrollBar()

    def grow(_: int) -> None:
        model.grow()
        view.scrollToBottom()

    def slide(_: int) -> None:
        model.grow()
        model.evict()
        view.scrollToBottom()

    def scroll(i: int) -> None:
        bar.setValue((i * 7919 * 25) % ROWS)

    result = {"follow": milliseconds(grow), "evict": milliseconds(slide), "scroll": milliseconds(scroll)}
    view.close()
    view.deleteLater()
    return result


def table() -> dict[str, dict[str, float]]:
    """The message table on a store of a million decoded messages."""
    workspace = Workspace()
    workspace.store.retention_bytes = 1 << 40
    feed = Feed(workspace.store)

    def pour() -> list[int]:
        return feed.many(NEW_ROWS, b"weather.london", PAYLOAD)

    while workspace.store.retained < ROWS:
        pour()
    panel = MessagesPanel(workspace)
    panel.resize(*SIZE)
    panel.show()
    start = time.perf_counter()
    longest = 0.0
    while panel.displayed < workspace.store.retained:
        began = time.perf_counter()
        panel.refresh()
        QApplication.processEvents()
        longest = max(longest, time.perf_counter() - began)
    first_look = {"ms": round((time.perf_counter() - start) * 1e3, 1), "longest_step_ms": round(longest * 1e3, 1)}
    bar = panel.table.verticalScrollBar()

    def follow(_: int) -> None:
        workspace.ticked.emit()

    def scroll(i: int) -> None:
        bar.setValue((i * 7919 * 25) % ROWS)

    result = {"follow": milliseconds(follow, pour), "scroll": milliseconds(scroll)}
    panel.table.set_following(True)
    workspace.store.retention_bytes = workspace.store.retained_bytes
    result |= {"evict": milliseconds(follow, pour), "first_look": first_look}
    panel.close()
    panel.deleteLater()
    return result


def million_frames() -> float:
    """Milliseconds to open a message of a million frames."""
    workspace = Workspace()
    Feed(workspace.store).messages([[b"x"] * 1_000_000], types=("PUSH", "PULL"))
    panel = MessagesPanel(workspace)
    panel.resize(*SIZE)
    panel.show()
    panel.refresh()
    QApplication.processEvents()
    start = time.perf_counter()
    panel.select(1)
    QApplication.processEvents()
    taken = (time.perf_counter() - start) * 1e3
    panel.close()
    panel.deleteLater()
    return round(taken, 1)


def figures() -> dict[str, object]:
    """All figures of this bench."""
    ours, theirs = table(), bare()
    return {
        "bench": "table",
        "rows": ROWS,
        **{f"table_{name}_ms": value for name, value in ours.items()},
        **{f"bare_{name}_ms": value for name, value in theirs.items()},
        **{f"ratio_{name}": round(ours[name]["p50"] / value["p50"], 2) for name, value in theirs.items()},
        "open_million_frames_ms": million_frames(),
    }


@pytest.mark.bench
@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_table(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    result = figures()
    print(json.dumps(result))
    for name in ("follow", "evict", "scroll"):
        assert result[f"table_{name}_ms"]["p95"] < FRAME_MS


if __name__ == "__main__":
    application = QApplication([])
    theme.apply(application, "dark")
    print(json.dumps(figures()))
