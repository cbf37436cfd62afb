"""What the window's decoders make of frames, for filters and their suggestions: anew whenever the rules change."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from zinspector.capture.filter.decoding import DecodedColumns
from zinspector.capture.filter.fields import DECODERS
from zinspector.capture.filter.seen import Values
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
        self._rules = workspace.decoding.rules
        self._renew()
        workspace.documentChanged.connect(self._look_at_rules)

    def _renew(self) -> None:
        reader = FrameValues(self._workspace.decoding.registry, self._rules)
        self.columns = DecodedColumns(reader.of)
        self.values: Values = partial(_values, reader)

    def _look_at_rules(self) -> None:
        if self._workspace.decoding.rules != self._rules:
            self._rules = self._workspace.decoding.rules
            self._renew()
            self.changed.emit()


def _values(reader: FrameValues, message: Message) -> Iterator[tuple[str, Any]]:
    """The decoded values of a message, each with the name by which filters call its decoder."""
    for name in sorted(reader.names() & set(DECODERS)):
        for found in reader.of([message], name):
            for _, value in found:
                yield name, value
