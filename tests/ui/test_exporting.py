"""Exporting from the window: what is offered, what is written, what is said to be lost; and files that are dropped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from tests.helpers.arbitrary import batch_of, read
from tests.helpers.captured import Feed
from tests.helpers.messages import message
from tests.helpers.waiting import wait_until
from tests.helpers.wired import Wire
from zinspector.capture.files import load_store
from zinspector.capture.formats.exporting import export, form_of
from zinspector.capture.message import messages
from zinspector.capture.store import Store
from zinspector.ui.window import MainWindow

Scene = Callable[[MainWindow], Awaitable[None]]
Play = Callable[[Scene], None]


def fill(window: MainWindow, count: int = 30) -> None:
    """Messages of a sensor, and an event."""
    feed = Feed(window.workspace.store)
    feed.messages([[b"t.%d" % (n % 3), b'{"n": %d}' % n] for n in range(count)])
    feed.event("display", "CONNECTED")
    window.messages.refresh()


def test_what_is_offered_is_what_is_there(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        assert window.exporting.ask() is None
        fill(window)
        window.messages.show_rows(np.arange(1, 11))
        window.messages.refresh()
        window.messages.select(5)
        window.messages.row_actions.toggle_mark()
        window.messages.select(7)
        dialog = window.exporting.ask()
        assert dialog is not None
        texts = [button.text() for button in dialog.rows.buttons()]
        assert texts == ["All that was captured: 31", "What the table shows: 10", "Selected and marked messages: 2"]
        assert dialog.rows.checkedId() == 1
        dialog.close()

    play(scene)


def test_the_format_and_the_extension_go_together_and_losses_are_said(play: Play, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        fill(window)
        dialog = window.exporting.ask()
        assert dialog is not None
        assert "Everything is kept" in dialog.note.text()
        dialog.choose(".csv")
        assert dialog.path.text().endswith(".csv")
        assert "can't be opened as a capture again" in dialog.note.text()
        (tmp_path / "there.mcap").write_bytes(b"old")
        dialog.path.setText(str(tmp_path / "there.mcap"))
        assert dialog.form.suffix == ".mcap"
        assert "will be replaced" in dialog.note.text()
        dialog.path.setText("")
        assert not dialog.export.isEnabled()
        dialog.close()

    play(scene)


def test_all_of_it_or_a_part_is_written(play: Play, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        fill(window)
        dialog = window.exporting.ask()
        assert dialog is not None
        path = tmp_path / "all.mcap"
        dialog.path.setText(str(path))
        dialog.accept()
        await wait_until(path.exists)
        await wait_until(lambda: "Exported 31 rows" in window.status.notice.toolTip())
        assert [row.frames for row in read(path)] == [row.frames for row in window.workspace.store.rows(1, 31)]
        await window.exporting.export_to(tmp_path / "part.jsonl", form_of(Path("x.jsonl")), np.array([2, 4], np.uint64))
        assert [row.frames[1] for row in read(tmp_path / "part.jsonl")] == [b'{"n": 1}', b'{"n": 3}']

    play(scene)


def test_what_was_lost_and_what_failed_is_told(play: Play, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        fill(window)
        await window.exporting.export_to(tmp_path / "c.pcapng", form_of(Path("c.pcapng")))
        (box,) = window.findChildren(QMessageBox)
        assert "Events that are only comments of packets: 1." in box.informativeText()
        box.close()
        await window.exporting.export_to(tmp_path / "missing" / "c.csv", form_of(Path("c.csv")))
        box = window.findChildren(QMessageBox)[-1]
        assert "No such file or directory" in box.text()
        box.close()

    play(scene)


def test_a_capture_that_is_dropped_is_opened(play: Play, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        fill(window)
        path = tmp_path / "dropped.parquet"
        await window.exporting.export_to(path, form_of(path))
        window.workspace.store.clear()
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        drop(window, data)
        await wait_until(lambda: window.workspace.store.retained == 31)
        text = QMimeData()
        text.setText("no file")
        assert not drop(window, text)

    play(scene)


@pytest.mark.parametrize("suffix", [".arrow", ".parquet", ".mcap", ".jsonl"])
def test_a_new_window_shows_the_numbers_of_a_file(play: Play, tmp_path: Path, suffix: str) -> None:
    async def scene(window: MainWindow) -> None:
        path = tmp_path / f"second{suffix}"
        export([batch_of([message(b"x", n=n) for n in (509_817, 509_818)])], path)
        await window.filing.open_capture(path)
        store = window.workspace.store
        assert (store.first_n, store.next_n) == (509_817, 509_819)

    play(scene)


def test_what_held_before_a_recording_goes_with_it(play: Play, tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        wire = Wire(Store())
        wire.opened()
        standing, path = wire.store.batches()[0], tmp_path / "c.arrow"
        export([batch_of([message(b"x", n=7)])], path, standing=standing)
        await window.filing.open_capture(path)
        saved, exported = tmp_path / "saved.arrow", tmp_path / "exported.parquet"
        await window.filing.save_capture_to(saved)
        await window.exporting.export_to(exported, form_of(exported))
        for each in (saved, exported):
            came = load_store(each).standing
            assert came is not None
            assert [row.name for row in messages(came)] == ["OPENED"]

    play(scene)


def drop(window: MainWindow, data: QMimeData) -> bool:
    """Drag over the window and let go; whether it took it."""
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
        QApplication.sendEvent(window, event)
    return enter.isAccepted()
