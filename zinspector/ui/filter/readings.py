"""What the window's decoders make of frames, for filters and their suggestions: anew whenever the rules change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal

from zinspector.capture.filter.decoding import DecodedColumns
from zinspector.capture.filter.fields import DECODERS
from zinspector.capture.message import Message
from zinspector.decode.values import FrameValues
from zinspector.ui.workspace import Workspace


class Readings(QObject):
    """The decoded columns under the rules of the present document.

    Signals:
        changed(): there are other rules, and so other columns.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._rules = workspace.rules()
        self._renew()
        workspace.documentChanged.connect(self._look_at_rules)

    def values(self, message: Message) -> Iterator[tuple[str, Any]]:
        """The decoded values of a message, each with the name by which filters call its decoder."""
        for name in sorted(self._reader.names() & set(DECODERS)):
            for found in self._reader.of([message], name):
                for _, value in found:
                    yield name, value

    def _renew(self) -> None:
        self._reader = FrameValues(self._workspace.registry, self._rules)
        self.columns = DecodedColumns(self._reader.of)

    def _look_at_rules(self) -> None:
        if self._workspace.rules() != self._rules:
            self._rules = self._workspace.rules()
            self._renew()
            self.changed.emit()
