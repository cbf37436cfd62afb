"""The Messages tab with a real mouse and keyboard: what it shows, follows, selects, finds, copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.ui.inspect.emptiness import EMPTY
from zinspector.ui.inspect.message_menu import message_menu
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

Show = Callable[[type[MessagesPanel]], MessagesPanel]
LONDON = (b"weather.london", b'{"city": "London", "n": 1}')


@pytest.fixture
def panel(shown: Show) -> MessagesPanel:
    return shown(MessagesPanel)


def choose(menu: QMenu, *path: str) -> None:
    """Trigger a menu entry by the beginnings of its names."""
    for name in path:
        action = next(one for one in menu.actions() if one.text().startswith(name))
        sub = action.menu()
        if isinstance(sub, QMenu):
            menu = sub
        else:
            action.trigger()


def test_a_row_says_what_came(panel: MessagesPanel, feed: Feed, workspace: Workspace) -> None:
    assert panel.table.empty_text == EMPTY
    (n,) = feed.messages([LONDON])
    (sent,) = feed.messages([LONDON], "station", link=None, direction="out")
    subscribed = feed.command("station", "SUBSCRIBE", b"\x01weather.")
    workspace.ticked.emit()
    assert panel.table.visible_numbers() == [n, sent, subscribed]
    number, time, direction, link, sockets, topic, frames, size, payload = panel.table.cell_texts(n)
    assert (number, direction, link, sockets) == ("1", "↓ in", "weather-station → display", "PUB→SUB")
    assert (topic, frames, size, payload) == ("weather.london", "2", "40", '{"city":"London","n":1}')
    assert len(time) == len("14:02:11.418 203")
    assert panel.table.cell_texts(sent)[2:4] == ["↑ out", "weather-station → (1 link)"]
    assert panel.table.cell_texts(subscribed)[-1] == 'subscribe "weather."'


def test_what_is_hidden_is_told_while_nothing_is_shown(
    panel: MessagesPanel, feed: Feed, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace.live, "running", True)
    workspace.ticked.emit()
    assert panel.table.empty_text == "Running; no messages or commands yet."
    feed.event("station", "LISTENING")
    workspace.ticked.emit()
    said = "Running; no messages or commands yet.\nHidden by the chips above: 1 event (click “Events”)."
    assert panel.table.empty_text == said
    panel.scope_bar.kinds["Commands"].click()
    assert panel.table.empty_text.endswith(
        "no messages yet.\nHidden by the chips above: 1 row (click “Commands” or “Events”)."
    )
    monkeypatch.setattr(workspace.live, "running", False)
    workspace.ticked.emit()
    assert panel.table.empty_text.startswith(EMPTY)


def test_titles_and_decoders_change_with_the_drawing(panel: MessagesPanel, feed: Feed, workspace: Workspace) -> None:
    (n,) = feed.messages([LONDON])
    workspace.ticked.emit()
    assert panel.table.cell_texts(n)[-1].startswith('{"city"')
    workspace.edit("Decode as", replace(workspace.document, decode=("topic:weather.* frame:1=hex",)))
    assert panel.table.cell_texts(n)[-1].startswith("26 B  7b 22")


def test_it_follows_until_the_user_looks(panel: MessagesPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    feed.many(1000, *LONDON)
    workspace.ticked.emit()
    table = panel.table
    assert table.visible_numbers()[-1] == 1000
    assert panel.follow_button.isChecked()

    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, table.row_height() // 2))
    chosen, seen = table.current, table.visible_numbers()
    assert chosen == seen[0]
    assert not panel.follow_button.isChecked()
    assert panel.follow_button.text() == "Auto-scroll"
    feed.many(500, *LONDON)
    workspace.ticked.emit()
    assert table.visible_numbers() == seen
    assert table.current == chosen

    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.visible_numbers()[-1] == 1500
    assert panel.follow_button.text() == "Auto-scroll ✓"
    assert table.current == chosen  # the selection stays where it was

    table.verticalScrollBar().setValue(table.verticalScrollBar().value() - 5)
    assert not table.following
    qtbot.mouseClick(panel.follow_button, Qt.MouseButton.LeftButton)
    assert table.following
    assert table.visible_numbers()[-1] == 1500


def test_keys_move_the_selection(panel: MessagesPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    feed.many(100, *LONDON)
    workspace.ticked.emit()
    table = panel.table
    expected = {Qt.Key.Key_Up: 100, Qt.Key.Key_Home: 1, Qt.Key.Key_Down: 2}
    for key, n in expected.items():
        qtbot.keyClick(table, key)
        assert table.current == n
        assert n in table.visible_numbers()
    qtbot.keyClick(table, Qt.Key.Key_PageDown)
    page = table.current
    assert page is not None
    assert page > 8
    qtbot.keyClick(table, Qt.Key.Key_PageUp)
    assert table.current == 2
    for _ in range(200):
        qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table.current == 100


def test_rows_that_go_move_nothing_in_view(panel: MessagesPanel, feed: Feed, workspace: Workspace) -> None:
    workspace.store.retention_bytes = 400_000
    for _ in range(10):
        feed.many(100, b"t", b"x" * 200)
    workspace.ticked.emit()
    panel.table.select(800)
    seen = panel.table.visible_numbers()
    while workspace.store.first_n < 600:
        feed.many(100, b"t", b"x" * 200)
        workspace.ticked.emit()
    assert panel.table.visible_numbers() == seen
    while workspace.store.first_n < 900:
        feed.many(100, b"t", b"x" * 200)
    assert panel.table.cell_texts(801) == []  # what is still in view says that it is gone
    panel.grab()
    workspace.ticked.emit()
    assert panel.table.visible_numbers()[0] == workspace.store.first_n
    assert panel.table.current == 800
    assert panel.detail.message is not None


def test_chips_narrow_the_scope(panel: MessagesPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    feed.many(3, *LONDON)
    feed.messages([(b"id", b"", b"hello")], "broker", ("REQ", "ROUTER"), "l2")
    feed.command("station", "SUBSCRIBE", b"\x01")
    feed.event("broker", "ACCEPTED")
    workspace.ticked.emit()
    bar = panel.scope_bar
    click = Qt.MouseButton.LeftButton
    assert panel.displayed == 5
    qtbot.mouseClick(bar.kinds["Commands"], click)
    assert panel.displayed == 4
    qtbot.mouseClick(bar.kinds["Events"], click)
    assert panel.displayed == 5
    qtbot.mouseClick(bar.selected, click)
    assert "nothing is selected" in bar.chosen.text()
    workspace.select(["broker"])
    assert panel.displayed == 2
    assert bar.chosen.text() == "broker"
    assert not bar.all.isChecked()
    workspace.select(["l1"])
    assert panel.displayed == 3
    assert bar.chosen.text() == "weather-station → display"
    qtbot.mouseClick(bar.all, click)
    assert panel.displayed == 5
    assert bar.all.isChecked()
    assert not bar.selected.isChecked()
    for chip in bar.kinds.values():
        if chip.isChecked():
            qtbot.mouseClick(chip, click)
    assert bar.kinds["Messages"].isChecked()  # nothing at all can't be wanted


def test_pause_holds_the_table(panel: MessagesPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    feed.many(3, *LONDON)
    workspace.ticked.emit()
    assert panel.displayed == 0
    qtbot.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    assert panel.displayed == 3


def test_find_goes_both_ways_and_around(panel: MessagesPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    feed.many(20, b"t", b"hay")
    (first,) = feed.many(1, b"t", b"Needle")
    feed.many(20, b"t", b"hay")
    (second,) = feed.many(1, b"t", b"needle")
    workspace.ticked.emit()
    panel.start_search()
    line = panel.find_bar.text
    qtbot.keyClicks(line, "needle")

    def found(n: int) -> None:
        qtbot.waitUntil(lambda: not panel.find_bar.searching)
        assert panel.table.current == n
        assert n in panel.table.visible_numbers()

    for expected in (first, second, first):
        qtbot.keyClick(line, Qt.Key.Key_Return)
        found(expected)
    qtbot.keyClick(line, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    found(second)
    assert panel.find_bar.outcome.text() == "2 of 2"
    qtbot.keyClicks(line, "s everywhere")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.find_bar.outcome.text() == "not found")
    qtbot.keyClicks(line, "!")
    panel.find_bar.find_next()
    assert panel.find_bar.searching
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not panel.find_bar.searching
    assert panel.find_bar.outcome.text() == "cancelled"


def test_copies(panel: MessagesPanel, feed: Feed, workspace: Workspace) -> None:
    (n,) = feed.messages([LONDON])
    message = workspace.store.row(n)
    assert message is not None
    copied = []
    for name in ("Text", "Hex", "JSON", "Python"):
        choose(message_menu(panel, message), "Copy as", name)
        copied.append(QGuiApplication.clipboard().text())
    text, hexed, as_json, python = copied
    assert "weather-station → display  weather.london" in text
    assert hexed.splitlines()[0] == b"weather.london".hex(" ")
    assert '"decoder": "json"' in as_json
    assert '"city": "London"' in as_json
    assert python == repr(list(LONDON))


def test_menu_follows_and_sends_again(panel: MessagesPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    (n,) = feed.messages([LONDON])
    feed.messages([(b"weather.paris", b"{}")])
    feed.messages([(b"weather.london", b"{}")], link=None, node="other")
    message = workspace.store.row(n)
    assert message is not None
    workspace.ticked.emit()
    choose(message_menu(panel, message), "Follow topic")
    assert panel.displayed == 2
    assert panel.follow_bar.text.text() == "Following topic weather.london"
    choose(message_menu(panel, message), "Follow this link")
    assert panel.displayed == 2
    choose(message_menu(panel, message), "Follow this node")
    assert panel.displayed == 2
    choose(message_menu(panel, message), "Show on the canvas")
    assert workspace.selection == {"l1"}
    with qtbot.waitSignal(panel.sendAgain) as told:
        choose(message_menu(panel, message), "Send again")
    assert told.args == [message]
    with qtbot.waitSignal(panel.decodeRequested) as told:
        choose(message_menu(panel, message), "Decode as")
    assert told.args == [message, 1]


def test_hostile_payloads_stay_on_one_plain_line(panel: MessagesPanel, feed: Feed, workspace: Workspace) -> None:
    hostile = [
        (b"<img src=file:///etc/passwd>&amp;", b"<b>bold</b>\r\n\x1b[31mred\x00\xe2\x80\xae"),
        (b"t", b"x" * 10_000_000),
        (b"t", b"\xff\xfe" * 1000),
        (b"t", b"[" * 100_000),
        (),
        (b"", b"", b""),
    ]
    numbers = feed.messages(hostile)
    workspace.ticked.emit()
    for n in numbers:
        texts = panel.table.cell_texts(n)
        assert all(text.isprintable() and len(text) < 500 for text in texts)
        panel.table.select(n)
        panel.grab()
        message = workspace.store.row(n)
        assert message is not None
        message_menu(panel, message).deleteLater()
