"""How long the message table takes for a frame at 10 M rows: while messages pour in, while somebody scrolls and jumps,
sorts, filters and searches.

One JSON line: milliseconds a frame (median, 95th percentile, worst), and ratios to a bare QTableView over a trivial
model of as many rows in the same run. A frame is: 4,000 new messages in the store, refresh, repaint; or one page of
scrolling, or a jump, and repaint, where every row is read and decoded anew. What goes on in a thread (sort, find) tells
how long it takes until it shows, and the longest time that the window stood still meanwhile. Of a file with as many
rows it is told how long the first page of an order takes right after it was opened, and how long once all is prepared.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QApplication, QTableView

from tests.helpers.captured import Feed
from zinspector.capture.files import load_store, save
from zinspector.capture.filter.display import Filter
from zinspector.capture.store import Store
from zinspector.ui import theme
from zinspector.ui.inspect.looks import ColourRule
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

ROWS = 10_000_000
BATCH = 8192
TOPICS = 50
NEW_ROWS = 4000  # a frame of 100,000 messages a second at 25 Hz
FRAMES = 60
SIZE = (1400, 500)
FRAME_MS = 16.0
JUMP_MS = 100.0
PAYLOAD = b'{"city":"London","temperature":11.4,"humidity":71}'
RULES = (ColourRule("Paris", 'topic == "weather.7"', "green"), ColourRule("Large", "size > 90", "orange"))
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


def milliseconds(frame: Callable[[int], object], prepare: Callable[[], object] = lambda: None) -> dict[str, float]:
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


def until(done: Callable[[], object], step: Callable[[], object] = lambda: None) -> dict[str, float]:
    """How long it takes until something is true, and the longest time that the window stood still."""
    start = last = time.perf_counter()
    longest = 0.0
    while not done():
        step()
        QApplication.processEvents()
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return {"ms": round((time.perf_counter() - start) * 1e3, 1), "longest_step_ms": round(longest * 1e3, 1)}


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

    result = {
        "follow": milliseconds(grow),
        "evict": milliseconds(slide),
        "scroll": milliseconds(lambda i: bar.setValue(i * 25)),
        "jump": milliseconds(lambda i: bar.setValue((i * 7919 * 25) % ROWS)),
    }
    view.close()
    view.deleteLater()
    return result


def fill(store: Store) -> None:
    """Ten million messages, one after the other; each batch has the payloads of the first, to need less memory."""
    store.retention_bytes = 1 << 40
    cities = [b'{"city":"London","n":%d,"price":%d.5}' % (place, place * 7919 % 100_003) for place in range(BATCH)]
    Feed(store).messages([(b"weather.%d" % (place % TOPICS), city) for place, city in enumerate(cities)])
    batch = store.batches()[0]
    place, times = batch.schema.get_field_index("time_ns"), batch.column("time_ns").to_numpy()
    first, step = times[0], 1 + times[-1] - times[0]
    while store.retained < ROWS:
        times = first + step * (store.retained // BATCH) + np.sort(times - times.min())
        store.append(batch.set_column(place, "time_ns", pa.array(times)))


def live(panel: MessagesPanel, feed: Feed) -> dict[str, dict[str, float]]:
    """Frames while messages pour in, and while somebody scrolls."""
    workspace, bar = panel.workspace, panel.table.verticalScrollBar()

    def pour() -> list[int]:
        return feed.many(NEW_ROWS, b"weather.london", PAYLOAD)

    first_look = until(lambda: panel.displayed == workspace.store.retained, panel.refresh)
    result = {
        "first_look": first_look,
        "follow": milliseconds(lambda _: workspace.ticked.emit(), pour),
        "scroll": milliseconds(lambda i: bar.setValue(i * 25)),
        "jump": milliseconds(lambda i: panel.row_actions.go_to_place(str(1 + i * 7919 * 997 % ROWS))),
    }
    panel.table.set_following(True)
    store = workspace.store
    workspace.store.retention_bytes = store.retained_bytes
    result |= {"evict": milliseconds(lambda _: workspace.ticked.emit(), pour)}
    store.retention_bytes = 1 << 40
    return result


def asked(panel: MessagesPanel) -> dict[str, dict[str, float]]:
    """Sorting, filtering, finding."""
    table, store, bar = panel.table, panel.workspace.store, panel.table.verticalScrollBar()
    result = {}
    for field in ("size", "time", "topic"):
        table.sort(field, descending=True)
        first = until(lambda: table.rows.arranged)
        result[f"sort_{field}_first_page"] = first
        result[f"sort_{field}"] = until(lambda: not table.sorting.busy)
        result[f"sort_{field}"]["ms"] = round(result[f"sort_{field}"]["ms"] + first["ms"], 1)
    table.select(store.next_n // 2)
    result["jump_sorted"] = milliseconds(lambda i: table.select(store.first_n + i * 7919 * 997 % ROWS))
    table.sort("")
    start = time.perf_counter()
    numbers = Filter('topic == "weather.7"').rows(store.batches())
    result["filter_topic"] = {"ms": round((time.perf_counter() - start) * 1e3, 1), "longest_step_ms": 0.0}
    table.show_rows(numbers)
    result["filter_to_shown"] = until(lambda: not table.rows.behind)
    table.show_rows(np.arange(store.first_n, store.next_n))
    result["filter_of_all_to_shown"] = until(lambda: not table.rows.behind)
    table.show_rows(None)
    until(lambda: not table.rows.behind)
    table.select(store.first_n)
    panel.find_bar.text.setText("weather.49")
    panel.find_bar.find_next()
    result["find_first"] = until(lambda: table.current != store.first_n)
    result["find_all"] = until(lambda: not panel.find_bar.searching)
    result["find_next"] = milliseconds(lambda _: panel.find_bar.find_next())
    panel.looks.choose(rules=RULES)
    result["scroll_coloured"] = milliseconds(lambda i: bar.setValue(i * 25))
    until(lambda: not table.colouring.busy)
    return result


def table() -> dict[str, dict[str, float]]:
    """The message table on a store of ten million messages."""
    workspace = Workspace()
    fill(workspace.store)
    panel = MessagesPanel(workspace)
    panel.looks.choose(rules=())
    panel.resize(*SIZE)
    panel.show()
    with tempfile.TemporaryDirectory() as folder:
        save(workspace.store.batches(), Path(folder) / "rows.arrow")
        result = of_file(Path(folder) / "rows.arrow") | live(panel, Feed(workspace.store)) | asked(panel)
    panel.close()
    panel.deleteLater()
    return result


def of_file(path: Path) -> dict[str, dict[str, float]]:
    """The first page of each order of a file, which is opened anew for each."""
    result = {}
    for when in ("opened", "prepared"):
        for field in ("time", "size", "topic"):
            workspace = Workspace()
            panel = MessagesPanel(workspace)
            panel.resize(*SIZE)
            panel.show()
            table = panel.table
            workspace.store.adopt(load_store(path))
            workspace.ticked.emit()
            if when == "prepared":
                result["opened_rows"] = until(lambda rows=table.rows: not rows.behind)  # type: ignore[misc]
                result["prepare"] = until(lambda of=workspace: not of.preparing.busy)  # type: ignore[misc]  # bound at once
            table.sort(field, descending=True)
            result[f"{when}_sort_{field}_first_page"] = until(lambda rows=table.rows: rows.arranged)  # type: ignore[misc]
            result[f"{when}_sort_{field}"] = until(lambda sorting=table.sorting: not sorting.busy)  # type: ignore[misc]
            until(lambda of=workspace: not (of.preparing.busy or of.taps.behind))  # type: ignore[misc]
            panel.close()
            panel.deleteLater()
    return result


def opening(frames: list[bytes]) -> float:
    """Milliseconds to select a message of these frames."""
    workspace = Workspace()
    Feed(workspace.store, max_frame=1 << 30).messages([frames], types=("PUSH", "PULL"))
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


def figures() -> dict[str, Any]:
    """All figures of this bench."""
    ours, theirs = table(), bare()
    return {
        "bench": "table",
        "rows": ROWS,
        **{f"table_{name}_ms": value for name, value in ours.items()},
        **{f"bare_{name}_ms": value for name, value in theirs.items()},
        **{f"ratio_{name}": round(ours[name]["p50"] / value["p50"], 2) for name, value in theirs.items()},
        "open_million_frames_ms": opening([b"x"] * 1_000_000),
        "open_100_mb_text_ms": opening([b"x" * 100_000_000]),
        "open_100_mb_json_ms": opening([b'{"a":"' + b"x" * 100_000_000 + b'"}']),
    }


@pytest.mark.bench
@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_table(qapp: QApplication) -> None:
    theme.apply(qapp, "dark")
    result = figures()
    print(json.dumps(result))
    for name in ("follow", "evict", "scroll"):
        assert result[f"table_{name}_ms"]["p95"] < FRAME_MS
    for field in ("time", "size", "topic"):
        assert result[f"table_prepared_sort_{field}_first_page_ms"]["ms"] < JUMP_MS
    for name in ("jump", "jump_sorted", "find_next", "scroll_coloured"):
        assert result[f"table_{name}_ms"]["p95"] < JUMP_MS


if __name__ == "__main__":
    application = QApplication([])
    theme.apply(application, "dark")
    print(json.dumps(figures()))
