"""The Events tab: what sockets told, in signs and colours, and the way to the node."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.ui.inspect.columns import EVENT_COLUMNS
from zinspector.ui.inspect.events import EventsPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def panel(shown: Callable[[type[EventsPanel]], EventsPanel]) -> EventsPanel:
    return shown(EventsPanel)


def test_rows_have_signs_and_colours(panel: EventsPanel, feed: Feed, workspace: Workspace) -> None:
    feed.many(10, b"not an event")
    expected = {
        feed.event("station", "ACCEPTED"): ("● ACCEPTED", "ok"),
        feed.event("display", "CONNECT_DELAYED"): ("· CONNECT_DELAYED", "text"),
        feed.event("display", "CONNECT_RETRIED"): ("▲ CONNECT_RETRIED", "warn"),
        feed.event("display", "DISCONNECTED"): ("▲ DISCONNECTED", "warn"),
        feed.event("station", "BIND_FAILED", "tcp://*:1 <b>no</b>"): ("✖ BIND_FAILED", "error"),
        feed.command("station", "SUBSCRIBE", b"\x01weather."): ("› SUBSCRIBE", "accent"),
    }
    workspace.ticked.emit()
    assert panel.table.visible_numbers() == list(expected)
    event = next(column for column in EVENT_COLUMNS if column.title == "Event")
    for n, (text, role) in expected.items():
        message = workspace.store.row(n)
        assert message is not None
        cell = event.cell(message, workspace)
        assert (cell.text, cell.role) == (text, role)
    failed = panel.table.cell_texts(15)
    assert failed[2] == "weather-station"
    assert failed[-1] == "tcp://*:1 <b>no</b>"
    assert panel.table.cell_texts(16)[-1] == 'subscribe "weather."'


def test_only_trouble(panel: EventsPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    feed.event("station", "ACCEPTED")
    lost = feed.event("station", "DISCONNECTED")
    workspace.ticked.emit()
    qtbot.mouseClick(panel.trouble, Qt.MouseButton.LeftButton)
    assert panel.table.visible_numbers() == [lost]
    failed = feed.event("station", "HANDSHAKE_FAILED_AUTH")
    feed.event("station", "LISTENING")
    workspace.ticked.emit()
    assert panel.table.visible_numbers() == [lost, failed]
    qtbot.mouseClick(panel.trouble, Qt.MouseButton.LeftButton)
    assert len(panel.table.rows) == 4


def test_enter_shows_the_node(panel: EventsPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    feed.event("display", "CONNECTED")
    workspace.ticked.emit()
    qtbot.keyClick(panel.table, Qt.Key.Key_Home)
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert workspace.selection == {"display"}
