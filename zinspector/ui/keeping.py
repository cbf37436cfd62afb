"""What becomes of captured messages: recorded to a file, kept up to a limit, recovered after a crash.

The commands Record and Preferences, and the bar that offers what a killed window left behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from zinspector.capture.take import Limits
from zinspector.errors import UserError
from zinspector.ui.dialogs.preferences import PreferencesDialog
from zinspector.ui.dialogs.record import RecordDialog
from zinspector.ui.recorder import Recorder
from zinspector.ui.recovery import RecoveryBar
from zinspector.ui.status import bytes_text
from zinspector.ui.theme import switch

if TYPE_CHECKING:
    from zinspector.ui.window import MainWindow


class Keeping(QObject):
    """The recorder, the recovery bar, and the dialogs that belong to them."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.recorder = Recorder(window.workspace, self)
        self.recovery = RecoveryBar(window.filing.open_left, window)

    def begin(self) -> None:
        """The window has its actions and its status bar: show there what is recorded."""
        self._window.addToolBarBreak()
        self._window.addToolBar(self.recovery)
        self.recorder.changed.connect(self._show)
        switch().changed.connect(self._show)
        self._show()

    def toggle_recording(self) -> None:
        """Stop recording, or ask where to record to."""
        if self.recorder.path is not None:
            self.recorder.stop()
            return
        workspace = self._window.workspace
        stem = workspace.path.name.split(".")[0] if workspace.path else workspace.document.name
        dialog = RecordDialog(workspace.path.parent if workspace.path else Path.cwd(), stem, self._window)
        dialog.chosen.connect(self.record)
        dialog.open()

    def record(self, path: Path, limits: Limits) -> None:
        """Record from now on."""
        try:
            self.recorder.start(path, limits)
        except UserError as error:
            self._window.show_error(error)

    def open_preferences(self) -> None:
        """Show the settings."""
        dialog = PreferencesDialog(self._window.settings, switch().wanted, self._window)
        dialog.retentionChanged.connect(self._set_retention)
        dialog.themeChanged.connect(self._set_theme)
        dialog.open()

    async def closed(self) -> None:
        """Finish what is recorded, and leave what is not decided to the next window."""
        self.recovery.release()
        await self.recorder.closed()

    def _show(self) -> None:
        recorder, path = self.recorder, self.recorder.path
        self._window.actions_["record"].setText("Record…" if path is None else "Stop recording")
        text = "" if path is None else f"{path.name} {bytes_text(recorder.bytes)}"
        self._window.status.show_recording(text, recorder.trouble, recorder.lost)

    def _set_retention(self, megabytes: int) -> None:
        self._window.settings.retention_mb = megabytes
        self._window.workspace.store.retention_bytes = megabytes << 20

    def _set_theme(self, name: str) -> None:
        if name != switch().wanted:
            self._window.actions_[f"theme-{name}"].trigger()
