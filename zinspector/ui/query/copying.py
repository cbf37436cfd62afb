"""Copying from an answer: what is small at once, the rest in a thread, which tells how far it is and can be cancelled.

A clipboard is no place for hundreds of megabytes: what is longer than `MOST_CHARS` is refused, and can be saved as CSV.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from zinspector.errors import UserError
from zinspector.ui.canvas.words import plural
from zinspector.ui.query.cells import as_tsv
from zinspector.ui.work import Work

CELLS_AT_ONCE: Final = 10_000
MOST_CHARS: Final = 64 << 20


class Copying(QObject):
    """What is on its way to the clipboard.

    Signals:
        goingChanged(bool): it takes a while, and can be cancelled; or that is over.
        told(str, str): how far it is, or what came of it, with the role of a label.
    """

    goingChanged = Signal(bool)
    told = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: Work[str] | None = None

    @property
    def going(self) -> bool:
        """Whether it takes a while, and can be cancelled."""
        return self._work is not None

    def copy(self, names: Sequence[str], cells: int, part: Callable[[], pa.Table]) -> None:
        """Put a part of an answer of so many cells on the clipboard, under these names if there are any."""
        self.cancel()
        if cells <= CELLS_AT_ONCE:
            self._copied(as_tsv(names, part()), cells)
            return
        self._work = Work(
            self,
            lambda progress: as_tsv(names, part(), progress, MOST_CHARS),
            lambda text: self._copied(text, cells),
            self._failed,
            name="copy",
            going=self._tell,
        )
        self.goingChanged.emit(True)
        self._tell()

    def cancel(self) -> None:
        """Leave the clipboard as it is."""
        if self._work is not None:
            self._work.cancel()
            self._ended("copying was cancelled", "warn")

    def _copied(self, text: str, cells: int) -> None:
        QGuiApplication.clipboard().setText(text)
        self._ended(f"{plural(cells, 'cell')} copied", "ok")

    def _failed(self, error: UserError) -> None:
        self._ended(str(error), "error")

    def _tell(self) -> None:
        if self._work is not None:
            self.told.emit(f"copying… {self._work.share:.0%}", "muted")

    def _ended(self, text: str, role: str) -> None:
        self._work = None
        self.goingChanged.emit(False)
        self.told.emit(text, role)
