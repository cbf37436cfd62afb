"""The Connections tab with a real mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QTreeWidgetItemIterator
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import retype
from tests.helpers.wired import Wire
from zinspector.capture.standing import Standing, as_text, from_text
from zinspector.capture.store import Store
from zinspector.ui import theme
from zinspector.ui.taps.model import COLUMNS
from zinspector.ui.taps.panel import ConnectionsPanel, probe_target
from zinspector.ui.workspace import Workspace

Wires = Callable[..., Wire]
CLIENT = {"address": "127.0.0.1:48122", "process": "<b>evil</b>", "pid": 4121}


def row(panel: ConnectionsPanel, number: int) -> dict[str, str]:
    """What a row says, by column."""
    model = panel.model
    return {column.title: model.index(number, place).data() or "" for place, column in enumerate(COLUMNS)}


def told(panel: ConnectionsPanel) -> dict[str, str]:
    """What the detail says, by name; groups and lines alike."""
    lines = {}
    every = QTreeWidgetItemIterator(panel.detail)
    while (item := every.value()) is not None:
        lines[item.text(0)] = item.text(1)
        every += 1
    return lines


def show(panel: ConnectionsPanel) -> None:
    """Let the panel catch up at once."""
    panel.workspace.ticked.emit()
    while panel.workspace.taps.behind:
        panel.workspace.taps.catch_up()
    panel.refresh()


def test_while_there_are_none_it_teaches(panel: ConnectionsPanel, qtbot: QtBot) -> None:
    assert panel.empty.isVisible()
    assert not panel.table.isVisible()
    with qtbot.waitSignal(panel.tapRequested):
        qtbot.mouseClick(panel.empty.tap, Qt.MouseButton.LeftButton)


def test_a_connection_in_a_row_and_in_full(panel: ConnectionsPanel, wire: Wires, qtbot: QtBot) -> None:
    one = wire(3)
    one.opened(CLIENT)
    one.shaken(identity=b"\x00\xffid")
    one.command("SUBSCRIBE", b"weather.")
    one.command("SUBSCRIBE", b"")
    one.messages([b"weather.london", b"12345"], [b"weather.paris", b""])
    show(panel)
    assert panel.table.isVisible()
    said = row(panel, 0)
    assert said["Age"].endswith("s")
    del said["Age"]
    assert said == {
        "#": "3", "Tap": "tap :6556", "State": "● open", "From": "<b>evil</b> 4121", "To": "jupyter 77",
        "Sockets": "SUB→PUB", "Identity": "00 ff 69 64", "Protocol": "ZMTP 3.1 · NULL", "Subs": "2", "Messages": "2",
        "Bytes": "32 B", "Delay": "", "Anomalies": "",
    }  # fmt: skip
    assert "Select a connection to see both of its ends" in told(panel)
    qtbot.mouseClick(
        panel.table.viewport(), Qt.MouseButton.LeftButton, pos=panel.table.visualRect(panel.model.index(0, 3)).center()
    )
    lines = told(panel)
    assert lines["Connects"] == "<b>evil</b> 4121"
    assert lines["Listens"] == "jupyter 77"
    assert lines["Subscriptions"] == "2"
    assert {"weather.", "(everything)"} <= lines.keys()
    assert lines["Identity"] == "00 ff 69 64"
    assert lines["Mechanism"] == "NULL"
    one.messages([b"weather.oslo", b""])
    show(panel)
    assert told(panel)["Sent"] == "3 messages · 44 B"


def test_states_have_signs_and_reasons(panel: ConnectionsPanel, wire: Wires) -> None:
    wires = [wire(number) for number in range(1, 5)]
    for one in wires:
        one.opened()
    wires[1].event("NOT_ZMTP", "looks like HTTP", {"protocol": "HTTP"})
    wires[2].event("REFUSED", "nobody listens")
    wires[3].shaken()
    wires[3].row("command", "PING", [b"\0\0"], "connect", ["short-ping: a PING without TTL"])
    show(panel)
    assert [row(panel, number)["State"] for number in range(4)] == [
        "◐ handshake", "✖ not ZeroMQ: HTTP", "✖ refused", "● open",
    ]  # fmt: skip
    assert row(panel, 3)["Anomalies"] == "▲ 1"
    panel.table.selectRow(3)
    assert told(panel)["Anomalies"] == "▲ 1"
    assert "short-ping: a PING without TTL" in told(panel).values()


def test_anomalies_lead_to_their_row(panel: ConnectionsPanel, wire: Wires, qtbot: QtBot) -> None:
    one = wire()
    one.opened()
    wrong = one.row("command", "PING", [b""], "connect", ["short-ping: a PING without TTL"])
    show(panel)
    panel.table.selectRow(0)
    (item,) = panel.detail.findItems(f"row {wrong}", Qt.MatchFlag.MatchRecursive)
    panel.detail.setCurrentItem(item)
    with qtbot.waitSignal(panel.rowRequested) as asked:
        panel.detail.itemActivated.emit(item, 0)
    assert asked.args == [wrong]


def test_find_hide_and_sort(panel: ConnectionsPanel, wire: Wires, qtbot: QtBot) -> None:
    for number, process in ((1, "node"), (2, "python3"), (3, "java")):
        one = wire(number)
        one.opened({"address": f"127.0.0.1:4000{number}", "process": process, "pid": number})
        one.messages(*[[b"x"]] * number)
        if number == 2:
            one.event("CLOSED", "python3 closed it")
    show(panel)
    assert panel.summary.text() == "2 open of 3"
    assert panel.countChanged is not None
    panel.only_open.click()
    assert [row(panel, place)["#"] for place in range(panel.model.rowCount())] == ["1", "3"]
    assert panel.summary.text() == "2 open of 3 · 1 hidden"
    retype(qtbot, panel.search, "java 40003")
    assert [row(panel, place)["From"] for place in range(panel.model.rowCount())] == ["java 3"]
    retype(qtbot, panel.search, "")
    panel.only_open.click()
    messages = next(place for place, column in enumerate(COLUMNS) if column.title == "Messages")
    panel.table.sortByColumn(messages, Qt.SortOrder.DescendingOrder)
    assert [row(panel, place)["#"] for place in range(3)] == ["3", "2", "1"]


def test_what_is_chosen_stays_chosen(panel: ConnectionsPanel, wire: Wires) -> None:
    for number in (1, 2, 3):
        wire(number).opened()
    show(panel)
    panel.table.selectRow(1)
    chosen = panel.current()
    assert chosen is not None
    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    wire(4).opened()
    show(panel)
    assert panel.current() is chosen
    assert panel.table.currentIndex().row() == 2
    assert told(panel)["Connection 2"]


def test_following_and_the_menu(panel: ConnectionsPanel, wire: Wires, qtbot: QtBot, workspace: Workspace) -> None:
    first = wire().opened()
    show(panel)
    assert not panel.follow.isEnabled()
    panel.table.setFocus()
    panel.table.selectRow(0)
    chosen = panel.current()
    assert chosen is not None
    with qtbot.waitSignal(panel.followRequested) as asked:
        qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert asked.args == [chosen]
    with qtbot.waitSignal(panel.followRequested):
        qtbot.mouseClick(panel.follow, Qt.MouseButton.LeftButton)
    menu = panel.menu(chosen)
    actions = {action.text(): action for action in menu.actions()}
    with qtbot.waitSignal(panel.rowRequested) as shown:
        actions["Show where it begins"].trigger()
    assert shown.args == [first]
    actions["Copy the address of who connects"].trigger()
    assert QGuiApplication.clipboard().text() == "127.0.0.1:41000"
    actions["Show its tap on the canvas"].trigger()
    assert workspace.selection == {"t1"}
    with qtbot.waitSignal(panel.probeRequested) as probed:
        actions["Probe tcp://127.0.0.1:5556…"].trigger()
    assert probed.args == ["tcp://127.0.0.1:5556"]


def test_clearing_keeps_what_is_still_connected(panel: ConnectionsPanel, wire: Wires, workspace: Workspace) -> None:
    wire(1).opened()
    closed = wire(2)
    closed.opened()
    closed.event("CLOSED", "")
    show(panel)
    workspace.live.running = True
    workspace.live.clear()
    assert [one.id for one in workspace.taps.book] == [1]
    workspace.live.running = False
    workspace.live.clear()
    assert len(workspace.taps.book) == 0
    panel.refresh()
    assert panel.empty.isVisible()


@pytest.mark.parametrize(("address", "endpoint"), [
    ("127.0.0.1:5556", "tcp://127.0.0.1:5556"), ("/tmp/x", "ipc:///tmp/x"), ("@x", "ipc://@x"),
    ("ipc:///tmp/x", "ipc:///tmp/x"), ("", ""),
])  # fmt: skip
def test_what_to_probe(address: str, endpoint: str) -> None:
    from zinspector.capture.connection import End

    assert probe_target(End(address=address)) == endpoint


def test_ten_thousand_connections_in_both_themes(panel: ConnectionsPanel, wire: Wires, qapp: QApplication) -> None:
    for number in range(1, 301):
        one = wire(number)
        one.opened()
        one.messages([b"x"])
    while panel.workspace.taps.book.changes < 600:
        panel.workspace.taps.catch_up()
    for name in ("light", "dark"):
        theme.apply(qapp, name)
        panel.refresh()
        panel.grab()
    assert panel.model.rowCount() == 300


def test_what_was_refused_again_and_again_is_one_row_and_not_open(
    panel: ConnectionsPanel, wire: Wires, qtbot: QtBot
) -> None:
    for number in range(1, 9):
        wire(number).event("REFUSED", "the target did not accept: Connection refused; the client was reset")
    show(panel)
    assert panel.summary.text() == "0 open of 1"
    assert row(panel, 0)["State"] == "✖ refused × 8"
    panel.table.selectRow(0)
    assert told(panel)["Attempts"] == "8"
    panel.only_open.click()
    assert panel.model.rowCount() == 0
    wire(9).opened()
    show(panel)
    assert panel.summary.text() == "1 open of 2 · 1 hidden"


def test_what_was_connected_before_the_first_row_of_a_file(panel: ConnectionsPanel) -> None:
    whole, capture = Store(), Store()
    wire = Wire(whole)
    wire.opened()
    wire.shaken()
    holding = Standing()
    holding.consume(whole.batches())
    rows = holding.rows()
    assert rows is not None
    capture.standing = from_text(as_text(rows).encode())
    Wire(capture).messages([b"weather", b"12"])
    panel.workspace.store.adopt(capture)
    show(panel)
    assert panel.model.rowCount() == 1
    assert {"python3 12345", "jupyter 77"} <= set(row(panel, 0).values())
    panel.table.selectRow(0)
    chosen = panel.current()
    assert chosen is not None
    actions = {action.text(): action for action in panel.menu(chosen).actions()}
    assert not actions["Show where it begins"].isEnabled()


LONG = {"address": "/run/user/1000/jupyter/runtime/kernel-3f2c1a9b-77d0-4b1e-ipc-5555", "process": "", "pid": None}
SCRIPT = {"address": "192.168.122.147:48122", "process": "market_data_normaliser_for_all_of_europe.py", "pid": 4121234}


def test_what_a_narrow_cell_cuts_is_in_its_tip_and_its_end_is_seen(panel: ConnectionsPanel, wire: Wires) -> None:
    one = wire(types=("DEALER", "ROUTER"))
    one.event("OPENED", "connected", {"connect": SCRIPT, "bind": LONG})
    one.shaken(identity=b"<b>a-client-with-a-long-name</b>")
    show(panel)
    tips = {
        column.title: panel.model.index(0, place).data(Qt.ItemDataRole.ToolTipRole)
        for place, column in enumerate(COLUMNS)
    }
    assert tips["From"] == "market_data_normaliser_for_all_of_europe.py 4121234 · 192.168.122.147:48122"
    assert tips["To"] == LONG["address"]
    assert tips["Identity"] == "‹b>a-client-with-a-long-name‹/b>"
    assert tips["Messages"] is None
    assert row(panel, 0)["From"].endswith(" 4121234")
    assert panel.table.textElideMode() == Qt.TextElideMode.ElideMiddle


def test_room_that_is_left_is_for_the_names_of_the_programs(panel: ConnectionsPanel, wire: Wires) -> None:
    wire().opened(CLIENT)
    show(panel)
    header, width = panel.table.horizontalHeader(), panel.table.width()
    narrow = {column.title: header.sectionSize(place) for place, column in enumerate(COLUMNS)}
    panel.table.setColumnWidth(0, 60)  # by hand
    panel.resize(2600, 400)
    panel.table.resize(width + 1000, 300)
    wide = {column.title: header.sectionSize(place) for place, column in enumerate(COLUMNS)}
    assert {title for title in wide if wide[title] > narrow[title]} == {"#", "From", "To"}
    assert header.length() <= panel.table.viewport().width()
    panel.resize(1400, 400)
    panel.table.resize(width, 300)
    assert {title: header.sectionSize(place) for place, (title, _) in enumerate(narrow.items())} == narrow | {"#": 60}


def test_in_a_window_of_1400_pixels_the_age_is_seen_whole(panel: ConnectionsPanel, wire: Wires) -> None:
    wire().opened(CLIENT)
    show(panel)
    header = panel.table.horizontalHeader()
    age = [column.title for column in COLUMNS].index("Age")
    assert header.sectionPosition(age) + header.sectionSize(age) <= panel.table.viewport().width()
