"""Tapped rows in the tables and in the detail: who said what, following, and the protocol field by field."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from tests.helpers.wired import Wire, greeting, properties
from tests.ui.inspect.test_messages import choose
from zinspector.ui.inspect.detail import MessageDetail
from zinspector.ui.inspect.events import EventsPanel
from zinspector.ui.inspect.message_menu import message_menu
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

CLIENT = {"address": "127.0.0.1:48122", "process": "python3", "pid": 4121}
BROKER = {"address": "127.0.0.1:5560", "process": "broker", "pid": 901}


@pytest.fixture
def panel(shown: Callable[[type[MessagesPanel]], MessagesPanel]) -> MessagesPanel:
    return shown(MessagesPanel)


@pytest.fixture
def events(shown: Callable[[type[EventsPanel]], EventsPanel]) -> EventsPanel:
    return shown(EventsPanel)


@pytest.fixture
def wire(workspace: Workspace) -> Wire:
    made = Wire(workspace.store, 2, types=("DEALER", "ROUTER"))
    made.opened(CLIENT, BROKER)
    return made


def numbers(panel: MessagesPanel) -> list[int]:
    """The rows in view, once the table has looked through everything."""
    panel.table.refresh()
    while panel.table.rows.behind:
        panel.table.refresh()
    return panel.table.visible_numbers()


def last_cells(panel: MessagesPanel | EventsPanel) -> list[str]:
    return panel.table.cell_texts(panel.table.visible_numbers()[-1])


def test_rows_say_who_sent_what_to_whom(panel: MessagesPanel, wire: Wire, workspace: Workspace) -> None:
    (ask,) = wire.messages([b"", b'{"n":1}'], side="connect")
    (reply,) = wire.messages([b"", b'{"n":2}'], side="bind")
    subscribed = wire.command("SUBSCRIBE", b"weather.")
    workspace.ticked.emit()
    table = panel.table
    assert table.cell_texts(ask)[2:5] == ["→", "python3 4121 → broker 901", "DEALER→ROUTER"]
    assert table.cell_texts(reply)[2:5] == ["←", "broker 901 → python3 4121", "ROUTER→DEALER"]
    assert table.cell_texts(reply)[-1] == '{"n":2}'
    assert table.cell_texts(subscribed)[-1] == 'subscribes to "weather."'


def test_processes_found_later_are_shown(panel: MessagesPanel, workspace: Workspace) -> None:
    late = Wire(workspace.store, 5)
    late.opened({"address": "127.0.0.1:1"}, {"address": "127.0.0.1:2"})
    (n,) = late.messages([b"t", b"x"])
    workspace.ticked.emit()
    assert panel.table.cell_texts(n)[3] == "127.0.0.1:2 → 127.0.0.1:1"
    late.event("PEER", "found", {"connect": CLIENT, "bind": BROKER})
    workspace.ticked.emit()
    assert panel.table.cell_texts(n)[3] == "broker 901 → python3 4121"


def test_with_several_taps_each_row_names_its_own(panel: MessagesPanel, wire: Wire, workspace: Workspace) -> None:
    (n,) = wire.messages([b"", b"x"])
    workspace.ticked.emit()
    assert panel.table.cell_texts(n)[3] == "broker 901 → python3 4121"
    Wire(workspace.store, 1, node="t2").opened()
    workspace.ticked.emit()
    assert panel.table.cell_texts(n)[3] == "broker 901 → python3 4121 · t1"


def test_anomalies_are_told_by_sign_and_text(panel: MessagesPanel, wire: Wire, workspace: Workspace) -> None:
    (n,) = wire.messages([b"", b"bad"], anomalies=["reserved-flags: flags f8 use reserved bits"])
    workspace.ticked.emit()
    assert panel.table.cell_texts(n)[-1].startswith("▲ reserved-flags")
    panel.select(n)
    assert panel.detail.anomalies.isVisible()
    assert panel.detail.anomalies.text() == "▲ reserved-flags: flags f8 use reserved bits"
    (good,) = wire.messages([b"", b"good"])
    panel.select(good)
    assert not panel.detail.anomalies.isVisible()


def test_following_a_connection_and_back(
    panel: MessagesPanel, wire: Wire, workspace: Workspace, feed: Feed, qtbot: QtBot
) -> None:
    feed.many(3, b"t", b"x")
    mine = wire.messages([b"", b"1"], [b"", b"2"])
    Wire(workspace.store, 3).messages([b"other"])
    workspace.ticked.emit()
    assert not panel.follow_bar.isVisible()
    message = workspace.store.row(mine[0])
    assert message is not None
    choose(message_menu(panel, message), "Follow connection 2 (python3 4121 → broker 901)")
    assert numbers(panel) == mine
    assert panel.follow_bar.isVisible()
    assert panel.follow_bar.text.text() == "Following connection 2 (python3 4121 → broker 901)"
    mine += wire.messages([b"", b"3"])
    workspace.ticked.emit()
    assert numbers(panel) == mine
    qtbot.mouseClick(panel.follow_bar.remove, Qt.MouseButton.LeftButton)
    assert not panel.follow_bar.isVisible()
    assert len(numbers(panel)) == 3 + 3 + 1


def test_following_a_request_and_a_topic(panel: MessagesPanel, wire: Wire, workspace: Workspace) -> None:
    asks = wire.messages([b"a", b"", b"1"], [b"b", b"", b"2"], side="connect")
    replies = wire.messages([b"b", b"", b"two"], [b"a", b"", b"one"], side="bind")
    published = Wire(workspace.store, 9).messages([b"weather", b"1"], [b"news", b"2"])
    workspace.ticked.emit()
    panel.select(asks[0])
    panel.follow_current("request")
    assert numbers(panel) == [asks[0], replies[1]]
    assert panel.follow_bar.text.text() == f"Following the request and reply of message {asks[0]}"
    panel.follow_nothing()
    panel.select(published[0])
    panel.follow_current("topic")
    assert numbers(panel) == [published[0]]
    panel.follow_current("connection")
    assert numbers(panel) == published


def test_what_cannot_be_followed_says_why(panel: MessagesPanel, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    (n,) = feed.messages([[b"x"]], types=("PUSH", "PULL"))
    workspace.ticked.emit()
    with qtbot.waitSignal(workspace.message) as told:
        panel.follow_current("connection")
    assert told.args[0] == "Select a message first"
    panel.select(n)
    for what, why in (
        ("connection", "no tapped connection"),
        ("request", "no message of a REQ"),
        ("topic", "no topic"),
    ):
        with qtbot.waitSignal(workspace.message) as told:
            panel.follow_current(what)
        assert why in told.args[0]
    assert not panel.follow_bar.isVisible()


def test_showing_a_row_shows_what_is_needed_for_it(panel: MessagesPanel, wire: Wire, workspace: Workspace) -> None:
    closed = wire.event("CLOSED", "python3 closed it")
    other = Wire(workspace.store, 3)
    other.opened()
    workspace.ticked.emit()
    connection = next(one for one in workspace.taps.book if one.id == 3)
    panel.follow_connection(connection)
    assert closed not in panel.table.rows
    panel.show_row(closed)
    assert panel.table.current == closed
    assert closed in panel.table.rows
    assert not panel.follow_bar.isVisible()


def test_events_are_sentences(events: EventsPanel, wire: Wire, workspace: Workspace) -> None:
    for side in ("connect", "bind"):
        wire.handshake("GREETING", greeting(), side)
    wire.handshake("READY", properties(Socket_Type=b"ROUTER"), "bind")
    workspace.ticked.emit()
    assert last_cells(events)[2:] == [
        "t1", "› READY", "2 · python3 4121 → broker 901", "broker 901 is ready: ROUTER",
    ]  # fmt: skip
    wire.row("command", "PING", [b"\x02\x91"], "connect", ["ping-ttl-overflow: PING TTL of 65.7 s"])
    workspace.ticked.emit()
    event, _, sentence = last_cells(events)[3:]
    assert event == "▲ PING"
    assert sentence == "python3 4121 pings, TTL 65.7 s  ▲ ping-ttl-overflow: PING TTL of 65.7 s"
    wire.event("REFUSED", "nobody listens at 127.0.0.1:5560")
    workspace.ticked.emit()
    assert last_cells(events)[3] == "✖ REFUSED"


def test_events_by_kind(events: EventsPanel, wire: Wire, workspace: Workspace, qtbot: QtBot) -> None:
    ready = wire.handshake("READY", b"")
    subscribed = wire.command("SUBSCRIBE", b"")
    pinged = wire.command("PING", b"\0\0")
    gap = wire.event("GAP", "12 bytes are missing")
    workspace.ticked.emit()
    assert events.table.visible_numbers()[1:] == [ready, subscribed, pinged, gap]
    for name in ("Connections", "Handshakes", "Others"):
        qtbot.mouseClick(events.groups[name], Qt.MouseButton.LeftButton)
    assert events.table.visible_numbers() == [subscribed, pinged]
    qtbot.mouseClick(events.groups["Heartbeats"], Qt.MouseButton.LeftButton)
    assert events.table.visible_numbers() == [subscribed]
    qtbot.mouseClick(events.groups["Subscriptions"], Qt.MouseButton.LeftButton)
    assert events.table.visible_numbers() == []
    assert events.table.empty_text == "Nothing of the chosen kinds has happened"


def test_a_click_on_an_event_goes_to_its_row(
    events: EventsPanel, wire: Wire, workspace: Workspace, qtbot: QtBot
) -> None:
    first = wire.command("PING", b"\0\0")
    workspace.ticked.emit()
    with qtbot.waitSignal(events.rowRequested) as asked:
        place = QPoint(300, int(events.table.row_height() * 1.5))
        qtbot.mouseClick(events.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == [first]
    actions = {action.text(): action for action in events.menu(first).actions()}
    with qtbot.waitSignal(events.followRequested) as followed:
        actions["Follow connection 2 (python3 4121 → broker 901)"].trigger()
    assert followed.args[0].id == 2


@pytest.fixture
def detail(shown: Callable[[type[MessageDetail]], MessageDetail]) -> MessageDetail:
    return shown(MessageDetail)


def test_a_greeting_field_by_field(detail: MessageDetail, wire: Wire, workspace: Workspace, qtbot: QtBot) -> None:
    n = wire.handshake("GREETING", greeting(b"CURVE"))
    detail.show_message(workspace.store.row(n))
    tree = detail.tree
    (mechanism,) = tree.findItems("mechanism", Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    assert mechanism.text(1) == "CURVE"
    tree.setCurrentItem(mechanism)
    assert detail.hex.highlight == (12, 32)
    qtbot.mouseClick(detail.hex.viewport(), Qt.MouseButton.LeftButton, pos=detail.hex.byte_place(10))
    current = tree.currentItem()
    assert current is not None
    assert current.text(0) == "version, major"
    assert "ZMTP" in detail.tree.topLevelItem(0).text(0)


def test_a_subscription_of_ours_has_its_byte_in_front(detail: MessageDetail, feed: Feed, workspace: Workspace) -> None:
    detail.show_message(workspace.store.row(feed.command("station", "SUBSCRIBE", b"\x01weather.")))
    for name, text, place in (("kind", "subscribe", (0, 1)), ("topic", "weather.", (1, 9))):
        (item,) = detail.tree.findItems(name, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
        assert item.text(1) == text
        detail.tree.setCurrentItem(item)
        assert detail.hex.highlight == place
