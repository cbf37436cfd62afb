"""The tap dialog in the window, with real programs that listen, connect and go through it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

from tests.helpers.places import free_port
from tests.helpers.waiting import PATIENCE_S, wait_until
from tests.ui.conftest import Scene
from zinspector.runtime.probe import probe
from zinspector.topology.document import ExternalNode, RelayNode, SpyNode
from zinspector.ui.canvas import menus
from zinspector.ui.properties.fields import Line
from zinspector.ui.taps import discover, probe_dialog
from zinspector.ui.taps.dialog import TapDialog
from zinspector.ui.taps.probe_dialog import ProbeDialog
from zinspector.ui.window import MainWindow

PUBLISHER = """
import sys, time, zmq
pub = zmq.Context().socket(zmq.PUB)
pub.bind(sys.argv[1])
print("bound", flush=True)
while True:
    pub.send_multipart([b"weather.london", b'{"n": 1}'])
    time.sleep(0.005)
"""
SUBSCRIBER = """
import sys, zmq
sub = zmq.Context().socket(zmq.SUB)
sub.connect(sys.argv[1])
sub.subscribe("weather.")
while True:
    sub.recv_multipart()
    print("got", flush=True)
"""


LAUNCHER = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", *sys.argv[1:]]).pid, flush=True)
"""


@dataclass
class Program:
    """A program of somebody else: no child of this process, which would count as its own."""

    pid: int
    output: IO[str]


@contextmanager
def program(source: str, *arguments: str) -> Iterator[Program]:
    """Runs `source`; what it prints can be read."""
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, source, *arguments], stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    pid = int(launcher.stdout.readline())
    launcher.wait()
    try:
        yield Program(pid, launcher.stdout)
    finally:
        os.kill(pid, signal.SIGKILL)
        launcher.stdout.close()


@contextmanager
def publisher() -> Iterator[str]:
    address = f"tcp://127.0.0.1:{free_port()}"
    with program(PUBLISHER, address) as running:
        assert running.output.readline() == "bound\n"
        yield address


@pytest.fixture(autouse=True)
def _hears_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is asked may take its time: a busy machine keeps it from its answer."""
    monkeypatch.setattr(discover, "PROBE_S", PATIENCE_S)
    monkeypatch.setattr(probe_dialog, "probe", partial(probe, timeout_s=PATIENCE_S))


def dialog(window: MainWindow) -> TapDialog:
    window.actions_["tap"].trigger()
    found = window.findChildren(TapDialog)
    assert found
    return found[-1]


def field(tap: TapDialog, key: str) -> QLineEdit:
    page = tap.page()
    assert page is not None
    line = page.fields[key]
    assert isinstance(line, Line)
    return line.edit


def write(edit: QLineEdit, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)


def test_it_opens_at_what_listens_here_and_tells_of_each_kind(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        tap = dialog(window)
        assert tap.kinds.chosen == "discover"
        assert tap.stack.currentWidget() is tap.discover
        assert "Tap" not in [button.text() for button in tap.buttons.buttons() if button.isVisible()]
        await wait_until(lambda: tap.discover.state.text().endswith("listen"))
        for row, page in enumerate(tap.pages.values(), 1):
            assert tap.kinds.item(row).toolTip()
            tap.kinds.setCurrentRow(row)
            assert tap.page() is page
            told = [label.text() for label in page.findChildren(QLabel) if label.isVisible()]
            assert any(text.startswith("✓  It sees ") for text in told)
            assert any(text.startswith("✕  It can't see ") for text in told)
        blurbs = [tap.kinds.visualItemRect(tap.kinds.item(row)) for row in range(tap.kinds.count())]
        assert all(tap.kinds.viewport().rect().contains(rect) for rect in blurbs), "all kinds are in view"
        tap.close()

    run(play, scene)


def test_fields_are_judged_while_one_types(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        tap = dialog(window)
        tap.choose("relay")
        assert not tap.tap.isEnabled()
        assert tap.problem.text().startswith("Write the address above, or choose Discover")
        write(field(tap, "target"), "tcp://127.0.0.1:5556")
        assert field(tap, "listen").text() == "tcp://127.0.0.1:6556"
        assert tap.tap.isEnabled()
        assert tap.problem.text() == ""
        write(field(tap, "listen"), "tcp://127.0.0.1:5556")
        assert "where the program itself listens" in tap.problem.text()
        assert not tap.tap.isEnabled()
        write(field(tap, "listen"), "tcp://127.0.0.1:7000")
        write(field(tap, "target"), "tcp://127.0.0.1:5557")
        assert field(tap, "listen").text() == "tcp://127.0.0.1:7000"  # who has written one keeps it
        tap.choose("spy")
        assert not tap.tap.isEnabled()
        tap.choose("sniff")
        assert tap.tap.isEnabled()
        write(field(tap, "ports"), "5556 x")
        assert "x is no port" in tap.problem.text()
        tap.close()

    run(play, scene)


def test_discover_tap_and_change_one_address(play: object) -> None:
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

            with program(SUBSCRIBER, relay.listen) as subscriber:
                await wait_until(lambda: "1 connection, the newest: python" in done.state.text())
                tap.close()
                await watch_the_connection(window, relay.id, subscriber.pid)
            await wait_until(lambda: all(not one.live for one in workspace.taps.book))
            workspace.undo()
            assert workspace.document.nodes == ()

    run(play, scene)


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


def test_one_is_asked_by_its_button_or_menu(play: object) -> None:
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

    run(play, scene)


def test_what_listens_can_be_drawn(play: object) -> None:
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

    run(play, scene)


def test_a_port_that_is_taken_is_told_first_and_can_be_changed(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        with publisher() as target, publisher() as taken:
            tap = dialog(window)
            tap.choose("relay")
            write(field(tap, "target"), target)
            write(field(tap, "listen"), taken)
            QTest.mouseClick(tap.tap, Qt.MouseButton.LeftButton)
            done = tap.done_page
            await wait_until(lambda: done.failed)
            assert done.title.text().endswith("can't run")
            assert "the address is in use" in done.state.text()
            assert not done.card.isVisible()
            QTest.mouseClick(done.back, Qt.MouseButton.LeftButton)
            assert workspace.document.nodes == ()
            assert field(tap, "target").text() == target
            assert field(tap, "listen").text() not in ("", taken)
            write(field(tap, "listen"), "tcp://*:*")
            QTest.mouseClick(tap.tap, Qt.MouseButton.LeftButton)
            await wait_until(lambda: done.title.text().endswith("is drawn and runs"))
            assert not done.back.isVisible()
            await wait_until(lambda: done.address.text().startswith("tcp://127.0.0.1:"))
            port = done.address.text().rpartition(":")[2]
            assert f"tcp://{socket.gethostname()}:{port} on other machines" in done.instead.text()
            tap.close()
            assert len(workspace.document.nodes) == 1

    run(play, scene)


@pytest.mark.parametrize("how", ["give up", "close"])
def test_giving_up_takes_out_what_can_not_run(play: object, how: str) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        with publisher() as taken:
            tap = dialog(window)
            tap.choose("relay")
            write(field(tap, "target"), "tcp://127.0.0.1:9")
            write(field(tap, "listen"), taken)
            QTest.mouseClick(tap.tap, Qt.MouseButton.LeftButton)
            await wait_until(lambda: tap.done_page.failed)
            button = tap.done_page.give_up if how == "give up" else tap.close_button
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            assert workspace.document.nodes == ()
            assert not workspace.running
            assert "taken out" in window.status.notice.toolTip()

    run(play, scene)


def test_a_drawn_program_can_be_tapped(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        node = ExternalNode(id="station", type="PUB", bind=("tcp://127.0.0.1:5556",))
        workspace.edit("Draw", workspace.document.with_node(node))
        menu = menus.node_menu(window.canvas, node)
        next(action for action in menu.actions() if action.text() == "Tap it…").trigger()
        tap = window.findChildren(TapDialog)[-1]
        assert field(tap, "target").text() == "tcp://127.0.0.1:5556"
        assert field(tap, "listen").text() == "tcp://127.0.0.1:6556"
        assert tap.tap.isEnabled()
        tap.close()
        menu.deleteLater()

    run(play, scene)


def test_a_spy_sees_what_is_published(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        with publisher() as target:
            tap = dialog(window)
            tap.choose("spy")
            write(field(tap, "endpoint"), target)
            QTest.mouseClick(tap.tap, Qt.MouseButton.LeftButton)
            (spy,) = window.workspace.document.nodes
            assert isinstance(spy, SpyNode)
            assert tap.done_page.isVisible()
            assert not tap.done_page.card.isVisible()
            await wait_until(lambda: window.messages.displayed > 20)
            tap.close()

    run(play, scene)


def test_a_capture_file_is_imported(play: object, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        tap = dialog(window)
        tap.choose("import")
        write(field(tap, "file"), str(tmp_path / "nothing.pcap"))
        assert "there is no such file" in tap.problem.text()
        (tmp_path / "bad.pcap").write_bytes(b"no capture at all")
        write(field(tap, "file"), str(tmp_path / "bad.pcap"))
        QTest.mouseClick(tap.tap, Qt.MouseButton.LeftButton)
        await wait_until(lambda: tap.done_page.state.text().startswith("✖"))  # what is wrong stands there
        tap.close()

    run(play, scene)


def test_probing_an_address(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        with publisher() as target:
            window.open_probe(target)
            probe = window.findChildren(ProbeDialog)[-1]
            await wait_until(lambda: probe.answer.text() == "●  PUB · ZMTP 3.1 · NULL")
            write(probe.endpoint, "inproc://x")
            assert "inproc can't be probed" in probe.answer.text()
            assert not probe.ask.isEnabled()
            write(probe.endpoint, "5556")
            assert "tcp://HOST:PORT" in probe.answer.text()
            assert "inproc" not in probe.answer.text()
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", 0))
                write(probe.endpoint, f"tcp://127.0.0.1:{taken.getsockname()[1]}")
                QTest.mouseClick(probe.ask, Qt.MouseButton.LeftButton)
                await wait_until(lambda: probe.answer.text() == "✖  nobody listens there")
            probe._say("\n".join(["one line", "another line that is long enough to be wrapped " * 4]), "warn")
            for label in probe.findChildren(QLabel):
                assert label.height() >= label.heightForWidth(label.width())
            probe.close()

    run(play, scene)


@pytest.mark.parametrize("name", ["tap", "discover", "probe", "pause-capture", "follow-connection"])
def test_it_is_in_the_menus(play: object, name: str) -> None:
    async def scene(window: MainWindow) -> None:
        assert window.actions_[name].text()
        assert window.actions_["tap"].shortcut().toString() == "Ctrl+K"

    run(play, scene)


def run(play: object, scene: Scene) -> None:
    play(scene)
