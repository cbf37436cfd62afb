"""What listens here: found, asked, drawn and tapped, with real programs that listen, connect and go through it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import hosted
from tests.helpers.strangers import SUBSCRIBER, program, publisher
from tests.helpers.waiting import wait_until
from tests.ui.taps.conftest import Play, dialog
from zinspector.runtime.discover import Listening
from zinspector.runtime.proc import Process
from zinspector.topology.document import ExternalNode, RelayNode
from zinspector.ui.taps.dialog import TapDialog
from zinspector.ui.taps.discover import WIDEST, DiscoverPage
from zinspector.ui.window import MainWindow

pytestmark = pytest.mark.usefixtures("hears_out")


def test_discover_tap_and_change_one_address(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        with publisher() as target:
            tap = dialog(window)
            tap.choose("discover")
            page = tap.discover
            await wait_until(lambda: page.found)
            QTest.keyClicks(page.search, target)
            assert page.list.topLevelItemCount() == 1
            assert not page.tap.isEnabled()
            assert page.probe.text() == "Probe these 1"
            QTest.mouseClick(page.probe, Qt.MouseButton.LeftButton)
            await wait_until(lambda: any(one.answer for one in page.found))
            assert [one.endpoint for one in page.found if one.answer] == [target]
            item = page.list.topLevelItem(0)
            assert item is not None
            assert item.text(2) == "PUB · ZMTP 3.1 · NULL"
            assert item.text(1).startswith("python")
            page.list.setCurrentItem(item)
            QTest.mouseClick(page.tap, Qt.MouseButton.LeftButton)
            (relay,) = workspace.document.nodes
            assert isinstance(relay, RelayNode)
            assert (relay.target, workspace.running) == (target, True)

            done = tap.done_page
            assert done.isVisible()
            assert done.address.text() == relay.listen
            assert done.instead.text() == f"instead of {target}"
            QTest.mouseClick(done.copy, Qt.MouseButton.LeftButton)
            assert QGuiApplication.clipboard().text() == relay.listen
            await wait_until(lambda: "waits for the first connection" in done.state.text())
            tap.choose("discover")
            item = page.list.topLevelItem(0)
            assert item is not None
            assert item.text(2) == f"PUB · ZMTP 3.1 · NULL · tapped by {relay.title}"
            tap.stack.setCurrentWidget(done)

            with program(SUBSCRIBER, relay.listen) as subscriber:
                await wait_until(lambda: "1 connection, the newest: python" in done.state.text())
                tap.close()
                await watch_the_connection(window, relay.id, subscriber.pid)
            await wait_until(lambda: all(not one.live for one in workspace.taps.book))
            workspace.undo()
            assert workspace.document.nodes == ()

    play(scene)


async def watch_the_connection(window: MainWindow, relay: str, subscriber: int) -> None:
    """The canvas, the tables and the pause while two programs talk."""
    workspace, canvas = window.workspace, window.canvas
    seen = canvas.canvas.seen
    named = (("left", "PUB"), ("right", "SUB"))
    await wait_until(
        lambda: (
            tuple(sorted((key[1], item.face.mark) for key, item in seen.nodes.items())) == named
            and any(item.face.title.endswith(f" {subscriber}") for item in seen.nodes.values())
        )
    )
    by_side = {key[1]: item for key, item in seen.nodes.items()}
    assert by_side["right"].face.title.endswith(f" {subscriber}")
    assert by_side["left"].pos().x() < canvas.canvas.nodes[relay].pos().x() < by_side["right"].pos().x()
    await wait_until(lambda: all(link.label.endswith("/s") and link.live for link in seen.links.values()))
    await wait_until(lambda: window.messages.displayed > 20)
    await wait_until(lambda: canvas.canvas.nodes[relay].face.subtitle.startswith("1 connection · +"))

    spot = canvas.mapFromScene(QPointF(by_side["right"].card.center()))
    QTest.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert window.tabs.currentWidget() is window.connections
    chosen = window.connections.current()
    assert chosen is not None
    assert chosen.connecting.pid == subscriber
    assert window.tabs.tabText(window.tabs.indexOf(window.connections)) == "Connections 1"
    QTest.mouseClick(window.connections.follow, Qt.MouseButton.LeftButton)
    assert window.tabs.currentWidget() is window.messages
    assert f" {subscriber} → " in window.messages.follow_bar.text.text()

    window.actions_["pause-capture"].trigger()
    assert workspace.taps.paused == {relay}
    assert window.status.paused.text() == f"‖ capture of {workspace.document.node(relay).title} paused"
    await wait_until(lambda: canvas.canvas.nodes[relay].face.subtitle == "‖ capture paused")
    last = (-1, 0)  # messages captured, and how many had passed through by then

    def traffic_without_capture() -> bool:
        nonlocal last
        passed = passed_through(window, relay)
        if chosen.messages != last[0]:
            last = (chosen.messages, passed)
        return passed > last[1] + 60

    await wait_until(traffic_without_capture)
    captured = chosen.messages
    QTest.mouseClick(window.status.paused, Qt.MouseButton.LeftButton)
    assert workspace.taps.paused == frozenset()
    await wait_until(lambda: chosen.messages > captured + 20)


def passed_through(window: MainWindow, relay: str) -> int:
    counters = window.workspace.live.counters()
    assert counters is not None
    return counters.nodes[relay].received


def test_one_is_asked_by_its_button_or_menu(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        with publisher() as target, publisher() as other:
            tap = dialog(window)
            tap.choose("discover")
            page = tap.discover
            await wait_until(lambda: page.found)
            assert not page.probe_one.isEnabled()
            for place, chosen in enumerate((target, other)):
                (item,) = page.list.findItems(chosen, Qt.MatchFlag.MatchExactly)
                page.list.setCurrentItem(item)
                if place:
                    page.menu().actions()[0].trigger()
                else:
                    QTest.mouseClick(page.probe_one, Qt.MouseButton.LeftButton)
                await wait_until(lambda n=place: sum(one.answer is not None for one in page.found) == n + 1)
            assert {one.endpoint for one in page.found if one.answer} == {target, other}
            tap.close()

    play(scene)


def test_who_comes_back_sees_what_listens_now(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        with publisher() as stays:
            tap = dialog(window)
            page = tap.discover
            with publisher() as goes:
                await wait_until(lambda: {stays, goes} <= listening(tap))
                (item,) = page.list.findItems(stays, Qt.MatchFlag.MatchExactly)
                page.list.setCurrentItem(item)
                QTest.mouseClick(page.probe_one, Qt.MouseButton.LeftButton)
                await wait_until(lambda: any(one.answer for one in page.found))
            tap.choose("relay")
            with publisher() as comes:
                tap.choose("discover")
                await wait_until(lambda: comes in listening(tap))
            assert goes not in listening(tap)
            chosen = page.current()
            assert chosen is not None
            assert (chosen.endpoint, chosen.answer is not None) == (stays, True)
            tap.close()

    play(scene)


def listening(tap: TapDialog) -> set[str]:
    return {one.endpoint for one in tap.discover.found}


def test_what_listens_can_be_drawn(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        with publisher() as target:
            tap = dialog(window)
            tap.choose("discover")
            await wait_until(lambda: tap.discover.found)
            tap.discover.fill([one for one in tap.discover.found if one.endpoint == target])
            item = tap.discover.list.topLevelItem(0)
            assert item is not None
            tap.discover.list.setCurrentItem(item)
            QTest.mouseClick(tap.discover.draw, Qt.MouseButton.LeftButton)
            (drawn,) = window.workspace.document.nodes
            assert isinstance(drawn, ExternalNode)
            assert drawn.bind == (target,)
            assert not window.workspace.running
            tap.close()

    play(scene)


def test_columns_leave_room_for_who_it_is_and_what_is_cut_is_in_the_tip(qtbot: QtBot) -> None:
    page = hosted(qtbot, DiscoverPage(), 630, 400)
    far = "ipc:///run/" + "x" * 60
    page.fill([Listening("tcp://127.0.0.1:5556", "tcp://127.0.0.1:5556", Process(7, "station")), Listening(far, far)])
    header = page.list.header()
    assert header.sectionSize(0) == WIDEST[0]
    assert page.list.sizeHintForColumn(1) < header.sectionSize(1) < WIDEST[1]
    item = page.list.topLevelItem(1)
    assert item is not None
    assert (item.toolTip(0), item.toolTip(2)) == (far, "not asked yet")
    header.resizeSection(0, 300)  # the user has: it stays
    page.fill(page.found)
    assert header.sectionSize(0) == 300
