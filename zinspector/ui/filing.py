"""Opening and saving from the window: dialogs, recent files, capture files. What would be lost is asked in `losing`.

Dialogs are shown with `open()` and answer through signals, since a nested event loop would stop the sockets that
live on the same loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from zinspector.capture.files import load_store, notes_of, save
from zinspector.capture.sessions import Left
from zinspector.capture.store import Store
from zinspector.errors import FileError, UserError
from zinspector.settings import Settings
from zinspector.tasks import in_thread, spawn
from zinspector.ui.background import with_progress
from zinspector.ui.dialogs.choosing import (
    CAPTURE_SUFFIXES,
    CAPTURES,
    ask_what_to_open,
    ask_where_to_save,
    file_name,
)
from zinspector.ui.dropping import FileDrops
from zinspector.ui.losing import Losing
from zinspector.ui.unsaved import Unsaved
from zinspector.ui.workspace import Workspace

OPENS = f"Topology or capture (*.zin.json {CAPTURES})"


class Filing(QObject):
    """The commands New, Open and Save, of drawings and of captures."""

    def __init__(self, window: QWidget, workspace: Workspace, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._workspace = workspace
        self._settings = settings
        self.unsaved = Unsaved(workspace)
        self.losing = Losing(window, workspace, self.unsaved, self._save_drawing_then, self._save_capture_then)
        FileDrops(window, self.open_path)

    def new(self) -> None:
        """Start an empty drawing, after asking about unsaved work."""
        self._replace(self._workspace.new)

    def open(self) -> None:
        """Ask for a file and open it."""
        ask_what_to_open(self._window, "Open", self._workspace.base, OPENS, self.open_path)

    def open_path(self, path: Path) -> None:
        """Open a topology or a capture by its extension, after asking about unsaved work."""
        if path.suffix.lower() in CAPTURE_SUFFIXES:
            self.losing.unless_uncaptured(lambda: spawn(self.open_capture(path), "open capture"))
        else:
            self._replace(lambda: self._open_topology(path))

    def open_sample(self, path: Path) -> None:
        """Open a shipped sample as a new drawing."""
        self._replace(lambda: self._open_sample(path))

    def save(self) -> None:
        """Save to where the drawing came from, or ask."""
        if self._workspace.path is None:
            self.save_as()
        else:
            self._guarded(self._workspace.save)

    def save_as(self) -> None:
        """Ask where to save the drawing."""
        self._ask_where("topology", "zin.json", self.save_path)

    def save_path(self, path: Path) -> None:
        """Save the drawing to `path`."""
        self._guarded(lambda: self._saved_as(path))

    def save_capture(self, then: Callable[[], object] = lambda: None, *, ended: bool = False) -> None:
        """Ask where to save what was captured; call `then` when it is saved. With `ended` the run ends before."""
        self._ask_where(
            "capture",
            "arrow",
            lambda path: spawn(self._end_and_save(path, then) if ended else self.save_capture_to(path, then), "save"),
        )

    async def _end_and_save(self, path: Path, then: Callable[[], object]) -> None:
        self._workspace.stop()
        await self._workspace.live.closed()
        await self.save_capture_to(path, then)

    async def save_capture_to(self, path: Path, then: Callable[[], object] = lambda: None) -> None:
        """Save what was captured to `path`, in the background; then call `then`."""
        batches, standing = self._workspace.store.batches(), self._workspace.store.standing
        try:
            notes = self._workspace.notes()
            count = await with_progress(
                self._window,
                f"Saving {path.name}",
                lambda progress: save(batches, path, notes, progress, standing=standing),
            )
        except UserError as error:
            self._fail(error)
        else:
            self._workspace.message.emit(f"Saved {count:,} messages to {path.name}", "info")
            self.unsaved.saved(batches[-1].column("n")[-1].as_py() if batches else 0)
            then()

    async def open_capture(self, path: Path) -> None:
        """Show the messages of a capture file instead of the present ones; it is read in the background."""
        try:
            capture, notes = await with_progress(
                self._window,
                f"Opening {path.name}",
                lambda progress: (load_store(path, progress), notes_of(path)),
            )
        except UserError as error:
            self._fail(error)
            return
        if notes.get("drawing") and self._workspace.modified:
            self.losing.unless_unsaved(lambda: spawn(self._show_capture(path, capture, notes), "show capture"))
        else:
            await self._show_capture(path, capture, notes)

    def open_left(self, left: Left) -> None:
        """Show what a killed window had captured, after asking about unsaved work."""

        def show() -> None:
            spawn(self._show_left(left), "open what was left")

        self.losing.unless_uncaptured(lambda: self.losing.unless_unsaved(show))

    async def _show_left(self, left: Left) -> None:
        try:
            capture = await in_thread(left.load)
            await self._workspace.show_capture(capture, left.notes)
        except UserError as error:
            self._fail(error)
            return
        self.unsaved.opened_left(left)
        self._workspace.message.emit(
            f"Recovered {capture.retained:,} messages: save them (Ctrl+Alt+S), or they are offered again", "warning"
        )

    async def _show_capture(self, path: Path, capture: Store, notes: Mapping[str, str]) -> None:
        try:
            await self._workspace.show_capture(capture, notes)
        except UserError as error:
            self._fail(error)
            return
        self.unsaved.opened()
        self._settings.opened(path)
        remark = "; ".join(["", *capture.remarks])
        severity = "warning" if remark else "info"
        self._workspace.message.emit(f"Opened {path.name}: {capture.retained:,} messages{remark}", severity)

    def _save_drawing_then(self, go_on: Callable[[], object]) -> None:
        if self._workspace.path is not None:
            self._saved_then(self._workspace.path, go_on)
            return
        self._ask_where("topology", "zin.json", lambda path: self._saved_then(path, go_on))

    def _save_capture_then(self, go_on: Callable[[], object]) -> None:
        """Save what was captured up to the end of the run: `go_on` ends it."""
        self.save_capture(go_on, ended=True)

    def _saved_then(self, path: Path, go_on: Callable[[], object]) -> None:
        self.save_path(path)
        if not self._workspace.modified:
            go_on()

    def _saved_as(self, path: Path) -> None:
        self._workspace.save(path)
        self._settings.opened(path)
        self._workspace.message.emit(f"Saved {path.name}", "info")

    def _open_topology(self, path: Path) -> None:
        try:
            self._workspace.open(path)
        except FileError as error:
            if error.remedy or path.suffix.lower() == ".json" or not path.is_file():
                raise
            text, remedy = f"no topology and no capture: {error.text}", f"open a *.zin.json, or one of {CAPTURES}"
            raise FileError(text, where=error.where, remedy=remedy) from None
        self._settings.opened(path)

    def _open_sample(self, path: Path) -> None:
        self._workspace.open(path, template=True)
        self.unsaved.opened_sample()

    def _replace(self, work: Callable[[], None]) -> None:
        """Bring another drawing, after asking about the present one and about what was captured of it."""
        self.losing.unless_unsaved(lambda: self.losing.unless_uncaptured(lambda: self._guarded(work)))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except UserError as error:
            self._fail(error)

    def _fail(self, error: UserError) -> None:
        """Tell what could not be opened or saved where it can't be overlooked."""
        self._workspace.message.emit(str(error), "error")
        box = QMessageBox(QMessageBox.Icon.Warning, "zinspector", error.text, parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText("\n".join(filter(None, (error.where, error.remedy))))
        box.finished.connect(box.deleteLater)
        box.open()

    def _ask_where(self, what: str, suffix: str, go_on: Callable[[Path], object]) -> None:
        path, name = self._workspace.path, self._workspace.document.name
        suggested = self._workspace.base / file_name(path.name.split(".")[0] if path else name, suffix)
        kind = f"{what.capitalize()} (*.{suffix})"
        ask_where_to_save(self._window, f"Save {what}", suggested, suffix, kind, go_on)
