"""The tap dialog in the window, with real programs that listen."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.helpers.packets import Talk, pcap
from tests.helpers.places import free_port
from tests.helpers.strangers import SUBSCRIBER, program, publisher
from tests.helpers.waiting import wait_until
from tests.ui.taps.conftest import Play, dialog, field, write
from zinspector.topology.document import ExternalNode, SpyNode
from zinspector.ui.canvas import menus
from zinspector.ui.taps.dialog import TapDialog
from zinspector.ui.window import MainWindow

pytestmark = pytest.mark.usefixtures("hears_out")


def test_it_opens_at_what_listens_here_and_tells_of_each_kind(play: Play) -> None:
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

    play(scene)


def test_asking_for_it_again_shows_the_one_that_is_open(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        tap = dialog(window)
        tap.choose("spy")
        assert dialog(window) is tap
        assert len(window.findChildren(TapDialog)) == 1
        assert tap.kinds.chosen == "discover"
        tap.close()
        again = dialog(window)
        assert again is not tap
        assert again.isVisible()
        again.close()

    play(scene)


def test_fields_are_judged_while_one_types(play: Play) -> None:
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

    play(scene)


def test_a_port_that_is_taken_is_told_first_and_can_be_changed(play: Play) -> None:
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
            assert "the address is in use: choose another address" in done.state.text()
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

    play(scene)


@pytest.mark.parametrize("how", ["give up", "close"])
def test_giving_up_takes_out_what_can_not_run(play: Play, how: str) -> None:
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

    play(scene)


def test_a_drawn_program_can_be_tapped(play: Play) -> None:
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

    play(scene)


def test_a_spy_sees_what_is_published(play: Play) -> None:
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
            await wait_until(lambda: tap.done_page.state.text() == "●  1 connection")
            tap.close()

    play(scene)


def test_a_proxy_tells_that_somebody_came(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        back = f"tcp://127.0.0.1:{free_port()}"
        tap = dialog(window)
        tap.choose("proxy")
        write(field(tap, "front"), "tcp://127.0.0.1:*")
        write(field(tap, "back"), back)
        QTest.mouseClick(tap.tap, Qt.MouseButton.LeftButton)
        done = tap.done_page
        await wait_until(lambda: "waits for the first connection" in done.state.text())
        with program(SUBSCRIBER, back):
            await wait_until(lambda: done.state.text() == "●  1 connection")
        tap.close()

    play(scene)


def test_a_capture_file_is_imported(play: Play, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        tap = dialog(window)
        tap.choose("import")
        assert tap.tap.text() == "Import"
        write(field(tap, "file"), str(tmp_path / "nothing.pcap"))
        assert "there is no such file" in tap.problem.text()
        (tmp_path / "bad.pcap").write_bytes(b"no capture at all")
        write(field(tap, "file"), str(tmp_path / "bad.pcap"))
        QTest.mouseClick(tap.tap, Qt.MouseButton.LeftButton)
        await wait_until(lambda: tap.done_page.state.text().startswith("✖"))  # what is wrong stands there
        tap.close()

    play(scene)


@pytest.mark.skipif(sys.platform != "linux", reason="lo")
def test_the_command_that_allows_to_capture_is_there_to_be_copied(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "dumpcap"
    program.write_text("#!/bin/sh\necho \"You do not have permission to capture on device 'lo'.\" >&2\nexit 2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    async def scene(window: MainWindow) -> None:
        tap = dialog(window)
        tap.choose("sniff")
        QTest.mouseClick(tap.tap, Qt.MouseButton.LeftButton)
        done = tap.done_page
        await wait_until(lambda: done.failed)
        assert done.card.isVisible()
        QTest.mouseClick(done.copy, Qt.MouseButton.LeftButton)
        command = f"sudo setcap cap_net_raw,cap_net_admin+eip {program}"
        assert QGuiApplication.clipboard().text() == command
        assert command in done.state.text()
        tap.close()

    play(scene)


def test_what_was_read_of_a_file_is_told_before_what_is_odd_in_it(play: Play, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        browser = Talk().open().sends(b"GET / HTTP/1.1\r\n\r\n").answers(b"HTTP/1.1 200 OK\r\n\r\n").close()
        (tmp_path / "web.pcap").write_bytes(pcap(browser.packets))
        tap = dialog(window)
        tap.choose("import")
        write(field(tap, "file"), str(tmp_path / "web.pcap"))
        QTest.mouseClick(tap.tap, Qt.MouseButton.LeftButton)
        await wait_until(lambda: "1 row read · HTTP on port 5556" in tap.done_page.state.text())
        assert tap.done_page.title.text() == "web is drawn"
        tap.close()

    play(scene)


@pytest.mark.parametrize("name", ["tap", "discover", "probe", "pause-capture", "follow-connection"])
def test_it_is_in_the_menus(play: Play, name: str) -> None:
    async def scene(window: MainWindow) -> None:
        assert window.actions_[name].text()
        assert window.actions_["tap"].shortcut().toString() == "Ctrl+K"

    play(scene)
