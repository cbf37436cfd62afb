"""What becomes of captured messages: recorded from the window, kept up to a limit, recovered after a crash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtWidgets import QDialog

from tests.helpers.captured import Feed
from tests.helpers.waiting import wait_until
from tests.helpers.wired import Wire
from zinspector import settings
from zinspector.capture.files import load_store
from zinspector.capture.sessions import Session
from zinspector.capture.store import Store
from zinspector.capture.take import Limits
from zinspector.ui.dialogs.preferences import PreferencesDialog
from zinspector.ui.dialogs.record import RecordDialog
from zinspector.ui.taps.book import follow_of
from zinspector.ui.window import MainWindow

Scene = Callable[[MainWindow], Awaitable[None]]
DRAWING = '{"format": "zinspector-topology", "version": 1, "name": "Found", "nodes": [], "links": []}'


def dialog(window: MainWindow, kind: type[QDialog]) -> QDialog:
    """The dialog of that kind that is open."""
    (found,) = [each for each in window.findChildren(kind) if each.isVisible()]
    return found


def left(count: int) -> Session:
    """A session with rows, as a killed process leaves it."""
    session = Session(settings.sessions_folder(), lambda: {"drawing": DRAWING})
    Feed(Store(spill=session.spill)).many(count, b"topic", b"payload")
    session.spill.settle()
    session.spill.close()
    session._lock.release()
    return session


def test_recording_from_the_menu(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace, recorder = window.workspace, window.keeping.recorder
        feed = Feed(workspace.store)
        feed.many(5, b"before")
        window.actions_["record"].trigger()
        asked = dialog(window, RecordDialog)
        asked.path.setText(str(tmp_path / "r.arrow"))
        asked.accept()
        assert window.actions_["record"].text() == "Stop recording"
        feed.many(7, b"while")
        workspace.ticked.emit()
        feed.many(3, b"cleared")
        workspace.live.clear()
        feed.many(2, b"after clearing")
        await workspace.show_capture(filled(4))
        workspace.ticked.emit()
        assert not window.status.recording.isHidden()
        assert "r.arrow" in window.status.recording.text()
        window.actions_["record"].trigger()
        feed.many(9, b"too late")
        await recorder.closed()
        assert window.status.recording.isHidden()
        frames = [row.frames[0] for row in load_store(tmp_path / "r.arrow").rows(1, 100)]
        assert frames == [b"while"] * 7 + [b"cleared"] * 3 + [b"after clearing"] * 2

    play(scene)


def test_a_recording_that_begins_later_knows_what_was_connected(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        wire = Wire(workspace.store)
        wire.opened()
        wire.shaken()
        window.keeping.record(tmp_path / "r.arrow", Limits(bytes=100_000_000))
        (sent,) = wire.messages([b"while"])
        await window.keeping.recorder.closed()
        await workspace.show_capture(load_store(tmp_path / "r-0001.arrow"))
        (one,) = workspace.taps.book
        assert (one.connecting.name, one.listening.socket_type, one.messages) == ("python3 12345", "PUB", 1)
        (row,) = workspace.store.rows(sent, 100)
        assert workspace.taps.connection_of(row) is one
        assert follow_of(one).mask(workspace.store.batches()[0]).all()
        workspace.live.clear()
        assert not [*workspace.taps.book]

    play(scene)


def filled(count: int) -> Store:
    """A store with rows."""
    store = Store()
    Feed(store).many(count, b"opened")
    return store


def test_a_recording_that_ends_before_its_time_is_told(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace, path = window.workspace, tmp_path / "r.arrow"
        window.keeping.record(path, Limits())
        path.unlink()
        Feed(workspace.store).many(3, b"a")
        workspace.ticked.emit()
        await wait_until(lambda: (workspace.ticked.emit(), window.keeping.recorder.trouble)[1])
        Feed(workspace.store).many(4, b"later")
        workspace.ticked.emit()
        assert window.status.recording.text() == "✖ recording ended, 7 messages are not in it"
        assert window.actions_["record"].text() == "Record…"
        await window.keeping.recorder.closed()
        assert "deleted or replaced" in window.status.recording.toolTip()
        assert window.status.recording.text() == "✖ recording ended, 7 messages are not in it"
        window.keeping.record(tmp_path / "none" / "r.arrow", Limits())
        assert "can't be written" in window.status.notice.toolTip()

    play(scene)


def test_limits_of_the_dialog(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        window.keeping.toggle_recording()
        asked = dialog(window, RecordDialog)
        asked.path.setText(str(tmp_path / "r.arrow"))
        assert asked.limits() == Limits()
        assert not asked.keep.isEnabled()
        asked.every_size.setChecked(True)
        asked.keep.setChecked(True)
        assert asked.limits() == Limits(bytes=100_000_000, most_files=10)
        assert "r-0001.arrow" in asked.note.text()
        asked.every_size.setChecked(False)
        (tmp_path / "r.arrow").touch()
        asked.every_time.setChecked(True)
        asked.every_time.setChecked(False)
        assert "will be replaced" in asked.note.text()
        asked.reject()

    play(scene)


def test_the_limit_of_what_is_kept_is_a_preference(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        window.actions_["preferences"].trigger()
        asked = dialog(window, PreferencesDialog)
        assert asked.retention.value() == 2048
        asked.retention.setValue(512)
        asked.accept()
        assert window.workspace.store.retention_bytes == 512 << 20
        assert window.settings.retention_mb == 512

    play(scene)


def test_what_a_killed_window_left_is_opened_saved_and_gone(play: Callable[[Scene], None], tmp_path: Path) -> None:
    session = left(1234)

    async def scene(window: MainWindow) -> None:
        bar = window.keeping.recovery
        assert bar.isHidden()
        await bar.look(settings.sessions_folder())
        assert not bar.isHidden()
        assert "1,234 messages" in bar.text.text()
        bar.open.click()
        await wait_until(lambda: window.workspace.store.retained == 1234)
        assert bar.isHidden()
        assert window.workspace.document.name == "Found"
        assert session.folder.exists()
        await window.filing.save_capture_to(tmp_path / "saved.arrow")
        assert not session.folder.exists()
        assert window.workspace.store.row(1234) is not None
        assert load_store(tmp_path / "saved.arrow").retained == 1234

    play(scene)


def test_what_was_left_is_discarded_or_kept_for_later(play: Callable[[Scene], None]) -> None:
    first = left(1)
    second = left(2)
    living = Session(settings.sessions_folder())

    async def scene(window: MainWindow) -> None:
        bar = window.keeping.recovery
        await bar.look(settings.sessions_folder())
        assert "and 1 more" in bar.text.text()
        bar.discard.click()
        bar.later.click()
        assert bar.isHidden()
        assert first.folder.exists() + second.folder.exists() == 1
        assert living.folder.exists()

    play(scene)
    living.close()
