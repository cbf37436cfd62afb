"""The Topics tab over real captured rows: what it lists, counts, finds, and asks for."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from tests.helpers.waiting import PATIENCE_S
from zinspector.ui.topics import model
from zinspector.ui.topics.model import CHANGE, COUNT, TOPIC, VALUE
from zinspector.ui.topics.panel import TopicsPanel
from zinspector.ui.workspace import Workspace


def cell(panel: TopicsPanel, path: str, column: int) -> str:
    branch = panel.branch(path)
    assert branch is not None
    index = panel.model.index_of(branch)
    text = index.siblingAtColumn(column).data()
    assert isinstance(text, str)
    return text


def paths(panel: TopicsPanel) -> list[str]:
    found = []

    def walk(parent: QModelIndex) -> None:
        for row in range(panel.model.rowCount(parent)):
            index = panel.model.index(row, 0, parent)
            assert panel.model.parent(index) == parent
            found.append(panel.model.branch(index).path)
            walk(index)

    walk(QModelIndex())
    return found


def counted(qtbot: QtBot, panel: TopicsPanel, messages: int) -> None:
    panel.workspace.ticked.emit()
    qtbot.waitUntil(lambda: not panel.workspace.preparing.busy and panel.topics.messages == messages)
    panel.refresh()


def test_topics_are_listed_with_their_figures(panel: TopicsPanel, feed: Feed, qtbot: QtBot) -> None:
    assert panel.stack.currentIndex() == 1  # what to do to see some
    feed.messages([(b"weather.london", b"11"), (b"weather.paris", b"25"), (b"weather.london", b"12"), (b"plain", b"x")])
    counted(qtbot, panel, 4)
    assert panel.stack.currentIndex() == 0
    assert paths(panel) == ["plain", "weather.", "weather.london", "weather.paris"]
    assert cell(panel, "weather.", TOPIC) == "weather."
    assert cell(panel, "weather.", COUNT) == "3"
    assert cell(panel, "weather.", VALUE) == "2 topics"
    assert cell(panel, "weather.london", COUNT) == "2"
    assert cell(panel, "weather.london", VALUE) == "12"
    assert panel.more.text() == "3 topics · 4 messages"
    assert panel.view.isExpanded(panel.model.index_of(panel.branch("weather.")))


def test_after_a_label_the_last_json_is_the_value(panel: TopicsPanel, feed: Feed, qtbot: QtBot) -> None:
    jupyter = (b"<IDS|MSG>", b"5f0c", b'{"msg_id": 7}', b"{}", b'{"state": "idle"}')
    feed.messages([(b"status", *jupyter), (b"blob", b"x" * 40, b"{}"), (b"plain", b"12", b"13")])
    counted(qtbot, panel, 3)
    assert cell(panel, "status", VALUE) == '<IDS|MSG>  {"state":"idle"}'
    assert cell(panel, "blob", VALUE) == "x" * 40
    assert cell(panel, "plain", VALUE) == "12"


def test_one_is_no_plural(panel: TopicsPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([(b"weather.london", b"11")], direction="out")
    feed.messages([(b"weather.london", b"11")])
    counted(qtbot, panel, 1)
    assert panel.more.text() == "1 topic · 1 message"
    assert cell(panel, "weather.", VALUE) == "1 topic"


def test_another_value_is_marked_and_the_same_is_told_apart(
    panel: TopicsPanel, feed: Feed, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "MARK_S", PATIENCE_S)
    feed.messages([(b"a", b"1"), (b"b", b"1")])
    counted(qtbot, panel, 2)
    assert (cell(panel, "a", VALUE), cell(panel, "a", CHANGE), cell(panel, "b", CHANGE)) == ("1", "", "")
    feed.messages([(b"a", b"2"), (b"b", b"1")])
    counted(qtbot, panel, 4)
    assert (cell(panel, "a", VALUE), cell(panel, "a", CHANGE), cell(panel, "b", CHANGE)) == ("2", "●", "○")


def test_what_is_chosen_and_open_stays_while_topics_come(panel: TopicsPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([(b"m.a", b"1"), (b"m.c", b"1")])
    counted(qtbot, panel, 2)
    chosen = panel.branch("m.c")
    panel.view.setCurrentIndex(panel.model.index_of(chosen))
    feed.messages([(b"m.b", b"1"), (b"a", b"1")])
    counted(qtbot, panel, 4)
    assert paths(panel) == ["a", "m.", "m.a", "m.b", "m.c"]
    assert panel.model.branch(panel.view.currentIndex()) is chosen


def test_a_double_click_or_enter_asks_for_a_filter(panel: TopicsPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([(b'say "x".\xc3\xbc', b"1"), (b"m.a", b"1")])
    counted(qtbot, panel, 2)
    asked: list[tuple[str, str]] = []
    panel.filterRequested.connect(lambda text, how: asked.append((text, how)))
    place = panel.view.visualRect(panel.model.index_of(panel.branch("m.a"))).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    panel.view.setCurrentIndex(panel.model.index_of(panel.branch('say "x".ü')))
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    panel.view.setCurrentIndex(panel.model.index_of(panel.branch("m.")))
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert asked == [
        ('topic == "m.a"', "replace"),
        ('topic == "say \\"x\\".ü"', "replace"),
        ('topic startswith "m."', "replace"),
    ]


def test_the_menu_filters_copies_and_goes_there(panel: TopicsPanel, feed: Feed, qtbot: QtBot) -> None:
    numbers = feed.messages([(b"m.a", b"one"), (b"m.a", b"two"), (b"m.b", b"1")])
    counted(qtbot, panel, 3)
    asked: list[object] = []
    panel.filterRequested.connect(lambda text, how: asked.append((text, how)))
    panel.rowRequested.connect(asked.append)
    menu = panel.menu_of(panel.branch("m.a"))
    by_name = {action.text().partition("\t")[0]: action for action in menu.actions()}
    sub = by_name["Filter by this topic"].menu()
    assert isinstance(sub, QMenu)
    sub.actions()[2].trigger()
    by_name["Go to the last message"].trigger()
    assert asked == [('topic == "m.a"', "and not"), numbers[1]]
    by_name["Copy last value"].trigger()
    assert QGuiApplication.clipboard().text() == "two"
    by_name["Copy topic"].trigger()
    assert QGuiApplication.clipboard().text() == "m.a"
    menu.deleteLater()


def test_search_leaves_what_holds_the_text(panel: TopicsPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([(b"weather.london", b"1"), (b"weather.paris", b"1"), (b"quotes.LON", b"1")])
    counted(qtbot, panel, 3)
    qtbot.keyClicks(panel.search, "lon")
    qtbot.waitUntil(lambda: paths(panel) == ["quotes.", "quotes.LON", "weather.", "weather.london"])
    assert panel.more.text() == "2 of 3 topics · 3 messages"
    feed.messages([(b"babylon", b"1"), (b"rome", b"1")])
    counted(qtbot, panel, 5)
    assert "babylon" in paths(panel)
    assert "rome" not in paths(panel)
    panel.search.clear()
    qtbot.waitUntil(lambda: "rome" in paths(panel))


def test_more_topics_than_are_listed_are_counted(panel: TopicsPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([(b"sensor/%d" % number, b"1") for number in range(100)])
    counted(qtbot, panel, 100)
    qtbot.waitUntil(lambda: len(paths(panel)) == 41)
    assert cell(panel, "sensor/", COUNT) == "40"
    panel.refresh()
    assert "about 6" in panel.more.text()
    assert "more topics are not listed (60 messages)" in panel.more.text()


def test_clearing_forgets_the_topics(panel: TopicsPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    feed.messages([(b"a", b"1")])
    counted(qtbot, panel, 1)
    workspace.live.clear()
    assert paths(panel) == []
    assert panel.stack.currentIndex() == 1
    feed.messages([(b"b", b"1")])
    counted(qtbot, panel, 1)
    assert paths(panel) == ["b"]


@pytest.mark.parametrize("topic", [b"\xff\x00.x", b"." * 2000, b"<b>bold</b>", "\u202eevil".encode(), b""])
def test_hostile_topics_are_only_text(panel: TopicsPanel, feed: Feed, qtbot: QtBot, topic: bytes) -> None:
    feed.messages([(topic, b"1")])
    counted(qtbot, panel, 1)
    panel.view.expandAll()
    panel.grab()
    index = panel.view.indexAt(QPoint(60, 5))
    assert all(letter.isprintable() for letter in str(index.data()))


def test_what_is_read_from_a_file_has_no_rate(panel: TopicsPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([(b"weather", b"1")] * 500)
    counted(qtbot, panel, 500)
    for live in (True, False):
        panel.model._before = (panel.model._before[0] - 2.0, np.zeros(0, np.int64))
        panel.model.refresh(panel.topics, live=live)
        assert (panel.model._rates > 0).any() == live
