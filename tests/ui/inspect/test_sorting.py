"""Sorting with a real mouse: up, down and back, the selection by message, and what comes meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.ui.inspect import sorting
from zinspector.ui.inspect.arranged import Arranged, Leading
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.workspace import Workspace

Show = Callable[[type[MessagesPanel]], MessagesPanel]
SIZES = [5, 1, 3, 2, 4]


@pytest.fixture
def table(shown: Show, feed: Feed, workspace: Workspace) -> MessageTable:
    feed.messages([(b"t", b"x" * size) for size in SIZES])
    panel = shown(MessagesPanel)
    workspace.ticked.emit()
    return panel.table


@pytest.fixture
def panel(shown: Show, feed: Feed, workspace: Workspace) -> MessagesPanel:
    feed.messages([(b"t", b'{"p": %d}' % place) for place in (2, 3, 1)])
    made = shown(MessagesPanel)
    workspace.ticked.emit()
    return made


def test_a_line_says_so_and_leads_back(panel: MessagesPanel, qtbot: QtBot) -> None:
    bar = panel.sort_bar
    assert bar.isHidden()
    panel.columns.add_field("p")
    click_title(panel.table, qtbot, "json.p")
    assert panel.table.visible_numbers() == [3, 1, 2]
    assert bar.text.text() == "Sorted by json.p, smallest first"
    qtbot.mouseClick(bar.back, Qt.MouseButton.LeftButton)
    assert panel.table.visible_numbers() == [1, 2, 3]
    assert bar.isHidden()


def click_title(table: MessageTable, qtbot: QtBot, key: str) -> None:
    header = table.header
    index = next(index for index, column in enumerate(header.columns) if column.key == key)
    left = header.sectionViewportPosition(index) + header.sectionSize(index) // 2
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(left, header.height() // 2))
    qtbot.waitUntil(lambda: not table.sorting.busy)


def title(table: MessageTable, key: str) -> str:
    index = next(index for index, column in enumerate(table.header.columns) if column.key == key)
    return str(table.header.model().headerData(index, Qt.Orientation.Horizontal))


def test_a_title_sorts_up_down_and_back(table: MessageTable, qtbot: QtBot) -> None:
    click_title(table, qtbot, "size")
    assert table.visible_numbers() == [2, 4, 3, 5, 1]
    assert title(table, "size") == "Bytes  ▲"
    assert not table.following
    click_title(table, qtbot, "size")
    assert table.visible_numbers() == [1, 5, 3, 4, 2]
    assert title(table, "size") == "Bytes  ▼"
    click_title(table, qtbot, "size")
    assert table.visible_numbers() == [1, 2, 3, 4, 5]
    assert title(table, "size") == "Bytes"
    click_title(table, qtbot, "n")
    assert table.visible_numbers() == [5, 4, 3, 2, 1]
    click_title(table, qtbot, "n")
    assert table.visible_numbers() == [1, 2, 3, 4, 5]


def test_the_title_with_its_sign_has_room(table: MessageTable, qtbot: QtBot) -> None:
    index = next(index for index, column in enumerate(table.header.columns) if column.key == "size")
    click_title(table, qtbot, "size")
    assert table.header.sectionSize(index) >= table.header.sectionSizeFromContents(index).width()


def test_the_selection_is_a_message_whatever_the_order(table: MessageTable, qtbot: QtBot) -> None:
    table.select(3)
    click_title(table, qtbot, "size")
    assert table.current == 3
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table.current == 5
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.current == 1
    table.set_following(True)
    assert table.visible_numbers() == [1, 2, 3, 4, 5]
    assert table.current == 1
    assert table.following


def test_rows_that_come_are_sorted_in(
    table: MessageTable, feed: Feed, workspace: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "LEAST_PAUSE_S", 0.0)
    monkeypatch.setattr(sorting, "PAUSE_FACTOR", 0)
    click_title(table, qtbot, "size")
    (n,) = feed.messages([(b"t", b"x")])
    workspace.ticked.emit()
    qtbot.waitUntil(lambda: not table.sorting.busy)
    assert table.visible_numbers() == [2, n, 4, 3, 5, 1]
    workspace.store.retention_bytes = 1
    feed.messages([(b"t", b"yy"), (b"t", b"z")])
    workspace.ticked.emit()
    qtbot.waitUntil(lambda: not table.sorting.busy)
    assert table.visible_numbers() == [8, 7]


def test_another_filter_keeps_the_order(table: MessageTable, qtbot: QtBot) -> None:
    click_title(table, qtbot, "size")
    table.show_rows(np.array([1, 2, 5]))
    qtbot.waitUntil(lambda: not table.sorting.busy)
    assert table.visible_numbers() == [2, 5, 1]
    table.sort("")
    assert table.visible_numbers() == [1, 2, 5]


def test_what_cannot_be_sorted_says_so(table: MessageTable, qtbot: QtBot) -> None:
    with qtbot.waitSignal(table.unsorted) as said:
        click_title(table, qtbot, "payload")
    assert said.args == ["Payload"]
    assert not table.sorting.column


@pytest.mark.parametrize(("key", "hand"), [("size", True), ("payload", False)])
def test_a_hand_shows_which_titles_sort(table: MessageTable, qtbot: QtBot, key: str, hand: bool) -> None:
    header = table.header
    middles = {
        column.key: QPoint(header.sectionViewportPosition(index) + header.sectionSize(index) // 2, 5)
        for index, column in enumerate(header.columns)
    }
    for place in ("payload" if hand else "size", key):
        qtbot.mouseMove(header.viewport(), middles[place])
    assert (header.cursor().shape() == Qt.CursorShape.PointingHandCursor) == hand


@pytest.mark.parametrize("numbers", [[9, 4, 7], [1_000_000, 4, 7], [5], []])
def test_places_of_arranged_rows(numbers: list[int]) -> None:
    arranged = Arranged(np.array(numbers, np.int64))
    assert [arranged.n(place) for place in range(len(arranged))] == numbers
    assert [arranged.place(n) for n in numbers] == list(range(len(numbers)))
    assert [arranged.place(n) for n in (1, 3, 6, 10, 10**7)] == [None] * 5
    assert arranged.places(np.array(sorted(numbers[::2]), np.int64)).tolist() == list(range(0, len(numbers), 2))


@pytest.mark.parametrize("first", [[7, 2], [9, 1, 5], [3], [], [9, 7, 5, 3, 2, 1]])
def test_some_lead_and_the_others_stay_as_they_arrived(first: list[int]) -> None:
    numbers = [1, 2, 3, 5, 7, 9]
    leading = Leading(np.array(numbers), np.array(first, np.int64))
    wanted = first + [n for n in numbers if n not in first]
    assert [leading.n(place) for place in range(len(leading))] == wanted
    assert [leading.place(n) for n in wanted] == list(range(6))
    assert [leading.place(n) for n in (0, 4, 10)] == [None] * 3
    assert leading.places(np.array([2, 4, 5, 9])).tolist() == sorted(wanted.index(n) for n in (2, 5, 9))


@pytest.mark.parametrize("first", [[7, 4], [5], [], [9, 8, 7, 6, 5, 4]])
def test_others_without_gaps_need_no_array(first: list[int]) -> None:
    leading = Leading(range(4, 10), np.array(first, np.int64))
    wanted = first + [n for n in range(4, 10) if n not in first]
    assert [leading.n(place) for place in range(len(leading))] == wanted
    assert [leading.place(n) for n in wanted] == list(range(6))
    assert [leading.place(n) for n in (0, 3, 10)] == [None] * 3
    assert leading.places(np.array([2, 4, 5, 9, 11])).tolist() == sorted(wanted.index(n) for n in (4, 5, 9))


def test_the_first_rows_come_before_all_are_sorted(
    table: MessageTable, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The selection is in view both times, and the bar says that sorting goes on."""
    monkeypatch.setattr(sorting, "LEADING", 2)
    shown = []
    table.sorting.arranged.connect(lambda _: shown.append((table.visible_numbers(), table.sorting.unsorted)))
    table.select(3)
    table.sort("size")
    qtbot.waitUntil(lambda: not table.sorting.busy)
    assert shown == [([2, 4, 1, 3, 5], True), ([2, 4, 3, 5, 1], False)]
    assert table.current == 3
