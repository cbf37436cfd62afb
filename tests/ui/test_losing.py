"""What the window asks before it ends a run, replaces a capture or closes; and that nothing old stays in view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from tests.helpers.waiting import wait_until
from tests.helpers.wired import Wire
from zinspector.capture.files import load_store, save
from zinspector.capture.store import Store
from zinspector.capture.take import Limits
from zinspector.shipped import shipped
from zinspector.topology.document import Document, RelayNode
from zinspector.ui.window import MainWindow

Play = Callable[[Callable[[MainWindow], Awaitable[None]]], None]
RELAY = RelayNode(id="t1", listen="tcp://127.0.0.1:*", target="tcp://127.0.0.1:9")


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A capture of one connection with three messages."""
    store = Store()
    wire = Wire(store, node="t1")
    wire.opened()
    wire.shaken()
    wire.messages([b"old", b"needle"], [b"old", b"2"], [b"old", b"3"])
    save(store.batches(), tmp_path / "old.arrow")
    return tmp_path / "old.arrow"


def asked(window: MainWindow) -> QMessageBox:
    """The question that is shown now."""
    (box,) = [one for one in window.findChildren(QMessageBox) if one.isVisible()]
    return box


def press(box: QMessageBox, text: str) -> None:
    """Press the button that says this."""
    button = next(one for one in box.buttons() if one.text().replace("&", "") == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def see(window: MainWindow) -> None:
    """Let a tap see something."""
    Wire(window.workspace.store, node="t1").messages([b"live", b"1"])
    window.workspace.ticked.emit()


def test_opening_while_a_tap_runs_says_who_is_cut_off(play: Play, capture: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        workspace.edit("Draw", Document(nodes=(RELAY,)))
        workspace.start()
        await wait_until(lambda: workspace.live.states().get("t1") is not None)
        window.filing.open_path(capture)  # nothing was captured: it still ends the run
        box = asked(window)
        assert box.text() == "This stops the run: programs behind its taps are cut off."
        press(box, "Cancel")
        assert workspace.running
        see(window)
        window.filing.open_path(capture)
        box = asked(window)
        assert "replaces 1 captured message that is not saved, and stops the run: programs behind" in box.text()
        press(box, "Stop and replace them")
        await wait_until(lambda: workspace.store.opened)
        assert not workspace.running

    play(scene)


def test_saving_first_ends_the_run_so_that_nothing_is_missing(play: Play, capture: Path, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        workspace.edit("Draw", Document(nodes=(RELAY,)))
        workspace.start()
        see(window)
        window.filing.open_path(capture)
        press(asked(window), "Save them first…")
        dialog = window.findChild(QFileDialog)
        assert dialog is not None
        dialog.fileSelected.emit(str(tmp_path / "mine.arrow"))
        dialog.reject()
        await wait_until(lambda: workspace.store.opened)
        assert load_store(tmp_path / "mine.arrow").retained == 1

    play(scene)


def test_what_was_selected_and_found_goes_with_its_capture(play: Play, capture: Path, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        await window.filing.open_capture(capture)
        window.navigation.show_tab(window.messages)
        window.messages.find_bar.text.setText("needle")
        window.messages.find_bar.find_next()
        await wait_until(lambda: window.messages.find_bar.outcome.text() == "1 of 1")
        assert window.messages.detail.message is not None
        (one,) = window.workspace.taps.book
        window.navigation.show_tab(window.connections)
        window.connections.select(one)
        assert window.connections.detail.connection is one
        await window.filing.open_capture(capture)
        assert window.messages.detail.message is None
        assert window.messages.find_bar.outcome.text() == ""
        assert window.messages.table.current is None
        await wait_until(lambda: window.connections.detail.connection is None)
        assert not window.connections.follow.isEnabled()

    play(scene)


def test_a_run_after_an_opened_capture_is_a_capture_of_its_own(play: Play, capture: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        await window.filing.open_capture(capture)
        workspace.edit("Draw", Document(nodes=(RELAY,)))
        window.actions_["run"].trigger()
        assert workspace.store.retained == 0
        assert "still in its file" in window.status.notice.toolTip()
        see(window)
        assert {row.frames[0] for row in workspace.store.rows(1, 100)} == {b"live"}
        await wait_until(lambda: workspace.live.states().get("t1") is not None)

    play(scene)


def test_closing_asks_about_what_was_captured(play: Play, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        see(window)
        window.close()
        box = asked(window)
        assert box.text() == "There is 1 captured message that is not saved."
        press(box, "Cancel")
        assert window.isVisible()
        window.workspace.edit("Draw", Document(nodes=(RELAY,)))
        window.close()
        box = asked(window)
        assert "Untitled" in box.text()
        assert "1 captured message" in box.text()
        press(box, "Cancel")
        window.filing.save_path(tmp_path / "mytaps.zin.json")
        window.workspace.edit("Clear", Document())
        window.close()
        box = asked(window)
        assert "mytaps.zin.json" in box.text()
        press(box, "Cancel")
        closed: list[bool] = []
        window.closed.connect(lambda: closed.append(True))
        await window.filing.save_capture_to(tmp_path / "mine.arrow")
        window.filing.save()
        window.close()
        assert closed

    play(scene)


def test_closing_asks_nothing_about_files_recordings_and_samples(play: Play, capture: Path, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        assert not window.filing.losing.asks_before_closing
        await window.filing.open_capture(capture)
        assert not window.filing.losing.asks_before_closing
        workspace.new()
        window.keeping.record(tmp_path / "live.arrow", Limits())
        see(window)
        assert not window.filing.losing.asks_before_closing
        await window.keeping.closed()
        assert not window.filing.losing.asks_before_closing
        see(window)
        assert window.filing.losing.asks_before_closing
        workspace.new()
        window.filing.open_sample(shipped("resources/samples/weather.zin.json"))
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 0)
        assert not window.filing.losing.asks_before_closing

    play(scene)
