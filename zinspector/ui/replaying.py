"""Replaying from the window: which messages there are, and the dialog that sends them again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from zinspector.capture.masks import where
from zinspector.ui.exporting import Exporting
from zinspector.ui.replay.dialog import ReplayDialog
from zinspector.ui.workspace import Workspace

BATCHES = 4  # the newest ones tell what there is to replay
ORDER = ("REQ", "DEALER", "PUB", "XPUB", "PUSH", "PAIR", "REP", "ROUTER", "STREAM")


class Replaying(QObject):
    """Capture > Replay…"""

    def __init__(
        self, window: QWidget, workspace: Workspace, exporting: Exporting, show_row: Callable[[int], None]
    ) -> None:
        """`exporting` knows what can be chosen; `show_row` brings a captured row to the front."""
        super().__init__(window)
        self._window = window
        self._workspace = workspace
        self._exporting = exporting
        self._show_row = show_row
        exporting.messages.replayRequested.connect(self.ask)

    def ask(self, preferred: int | None = None) -> ReplayDialog | None:
        """Ask what to replay and to whom; None where there is nothing. `preferred` is a part."""
        parts = self._exporting.parts()
        if not parts[0].count:
            self._workspace.message.emit("Nothing to replay: no message was captured yet", "info")
            return None
        first = self._exporting.preferred(parts) if preferred is None else preferred
        dialog = ReplayDialog(self._workspace.store.batches(), parts, first, self._proposed(), self._window)
        dialog.rowRequested.connect(self._show_row)
        dialog.show()
        return dialog

    def _proposed(self) -> str:
        """A type of socket that has sent something lately."""
        seen: set[str] = set()
        for batch in self._workspace.store.batches()[-BATCHES:]:
            sent = where(batch, "kind", "message".__eq__)
            column = batch.column("from_type")
            codes = column.indices.fill_null(-1).to_numpy()[sent]
            seen.update(column.dictionary[int(code)].as_py() for code in np.unique(codes[codes >= 0]))
        return next((name for name in ORDER if name in seen), ORDER[0])
