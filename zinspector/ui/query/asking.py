"""A statement under way: it runs in a thread over the rows that are there when it starts, and can be given up."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pyarrow as pa
from PySide6.QtCore import QObject, QTimer, Signal

from zinspector.capture.query import Query, Result
from zinspector.errors import UserError
from zinspector.ui.work import Work
from zinspector.ui.workspace import Workspace

ELAPSED_MS = 100


class Asking(QObject):
    """Asks one statement at a time.

    Signals:
        elapsed(float): the statement runs for so many seconds.
        answered(str, Result, float): what the statement gives, after so many seconds.
        failed(UserError): it gives nothing; CancelledQueryError if DuckDB was stopped.
    """

    elapsed = Signal(float)
    answered = Signal(str, object, float)
    failed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._work: Work[Result] | None = None
        self._asked: _Asked | None = None
        self._clock = QTimer(self, interval=ELAPSED_MS)
        self._clock.timeout.connect(self._tell_elapsed)

    @property
    def going(self) -> bool:
        """Whether a statement is under way."""
        return self._work is not None

    def ask(self, sql: str) -> None:
        """Run a statement; one that is under way is given up."""
        self.cancel()
        batches = self._workspace.store.batches()
        asked = self._asked = _Asked(sql, self._workspace)
        self._work = Work(self, lambda _: asked.run(batches), partial(self._answer, sql), self._fail, name="query")
        self._clock.start()
        self._tell_elapsed()

    def cancel(self) -> None:
        """Give up the statement that is under way; nothing is told of it any more."""
        if self._asked is not None:
            self._asked.cancel()
        if self._work is not None:
            self._work.cancel()
        self._end()

    def _tell_elapsed(self) -> None:
        if self._work is not None:
            self.elapsed.emit(self._work.seconds)

    def _answer(self, sql: str, result: Result) -> None:
        assert self._work is not None
        seconds = self._work.seconds
        self._end()
        self.answered.emit(sql, result, seconds)

    def _fail(self, error: UserError) -> None:
        self._end()
        self.failed.emit(error)

    def _end(self) -> None:
        self._work = self._asked = None
        self._clock.stop()


class _Asked:
    """A statement: read and run in a thread, given up from another."""

    def __init__(self, sql: str, workspace: Workspace) -> None:
        self._sql = sql
        self._kept = workspace.worked_out
        self._folder = workspace.folder
        self._query: Query | None = None
        self._cancelled = False

    def run(self, batches: Sequence[pa.RecordBatch]) -> Result:
        """What it gives. Raises QueryError, CancelledQueryError."""
        self._query = Query(self._sql, kept=self._kept, folder=self._folder)
        if self._cancelled:
            self._query.cancel()
        return self._query.run(batches)

    def cancel(self) -> None:
        """Stop soon."""
        self._cancelled = True
        if self._query is not None:
            self._query.cancel()
