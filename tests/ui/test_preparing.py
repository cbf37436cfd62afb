"""What is worked out of captured rows behind the window: all of it, once; rows that come back from the disk again."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.capture.arrow_piece import Piece
from zinspector.capture.files import load_store, save
from zinspector.capture.filter.topic_words import known
from zinspector.capture.held import Batches, Held
from zinspector.capture.spill import Spill
from zinspector.capture.store import Store
from zinspector.ui import preparing
from zinspector.ui.backlog import FEW_ROWS, WAIT_MS, Backlog
from zinspector.ui.workspace import Workspace

ROWS = 3 * FEW_ROWS
TOPICS = [b"weather.london", b"weather.paris", b"plain"]


def opened(folder: Path) -> Store:
    """A file that was just opened, with some batches."""
    store = Store()
    feed = Feed(store)
    for _ in range(3):
        feed.messages([(TOPICS[n % 3], b"%d" % n) for n in range(ROWS)])
    save(store.batches(), folder / "c.arrow")
    return load_store(folder / "c.arrow")


def _wait_for_all_who_read(workspace: Workspace, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not (workspace.taps.behind or workspace.diagnosis.examining._backlog))


def prepared(workspace: Workspace, batches: Batches) -> list[bool]:
    return [known(batch, workspace.worked_out) is not None for batch in batches]


@pytest.mark.parametrize("at_once", [1, 1 << 21])
def test_a_file_is_checked_and_its_topics_are_kept_and_counted(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(preparing, "AT_ONCE", at_once)
    monkeypatch.setattr(preparing, "GROUP_ROWS", ROWS)
    store = workspace.store
    store.adopt(opened(tmp_path))
    assert not any(held.checked for held in store.batches().held)
    workspace.ticked.emit()
    qtbot.waitUntil(lambda: not workspace.preparing.busy)
    _wait_for_all_who_read(workspace, qtbot)
    assert all(held.checked for held in store.batches().held)
    assert all(prepared(workspace, store.batches()))
    topics = workspace.preparing.topics
    assert dict(zip(topics.names, topics.counts.tolist(), strict=True)) == dict.fromkeys(TOPICS, ROWS)
    assert workspace.worked_out.bytes < 3 * ROWS * 2  # a byte for each row, and the words


def test_what_comes_back_from_the_disk_is_read_again_and_counted_once(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path
) -> None:
    spill = Spill(tmp_path)
    store = workspace.live.store
    store._spill = spill
    spill.attach(store)
    feed = Feed(store)
    try:
        feed.messages([(TOPICS[0], b"x")] * 3)
        workspace.ticked.emit()
        first = store.batches()[0]
        for number in range(1, 600):  # more than make a segment
            feed.messages([(TOPICS[number % 3], b"x")] * 3)
        spill.settle()
        assert store.batches()[0] is not first
        workspace.ticked.emit()
        qtbot.waitUntil(lambda: not workspace.preparing.busy)
        assert all(prepared(workspace, store.batches()))
        assert workspace.preparing.topics.messages == 1800
        assert not store.came_back()
    finally:
        spill.close()


def test_who_reads_rows_one_by_one_waits_until_many_are_checked(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = workspace.store
    store.adopt(opened(tmp_path))
    news = Backlog(store)
    assert [*news.take()] == []
    assert (bool(news), news.wait_ms) == (True, WAIT_MS)
    workspace.ticked.emit()
    qtbot.waitUntil(lambda: not workspace.preparing.busy)
    assert news.wait_ms == 0
    monkeypatch.setattr("zinspector.ui.backlog.BUDGET_S", 60.0)
    assert sum(piece.num_rows for piece in news.take()) == 3 * ROWS
    _wait_for_all_who_read(workspace, qtbot)


def test_who_showed_rows_that_prove_damaged_looks_again(workspace: Workspace, qtbot: QtBot) -> None:
    feed, some = Feed(one := Store()), preparing.FEW_ROWS + 1
    feed.messages([(b"a", b"x")] * some)
    rows = one.batches()[0]
    at = rows.schema.get_field_index("frames")
    rows = rows.set_column(at, "frames", pa.nulls(some, rows.schema.field(at).type))
    workspace.store._add(Held(1, Piece(Path("r.arrow"), 1, rows, None, None), 0))
    workspace.preparing.look()
    with qtbot.waitSignal(workspace.ticked):
        pass
    qtbot.waitUntil(lambda: not workspace.diagnosis.examining._backlog)


def test_a_store_that_was_emptied_is_counted_anew(workspace: Workspace, qtbot: QtBot) -> None:
    feed = Feed(workspace.store)
    feed.messages([(b"a", b"1"), (b"b", b"2")])
    workspace.ticked.emit()
    assert workspace.preparing.topics.names == [b"a", b"b"]
    with qtbot.waitSignal(workspace.preparing.begunAnew):
        workspace.live.clear()
    feed.messages([(b"c", b"3")])
    workspace.ticked.emit()
    assert workspace.preparing.topics.names == [b"c"]
