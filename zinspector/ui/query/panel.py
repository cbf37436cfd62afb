"""The Query tab: a statement above, its answer below, as a table or as a plot.

- A statement runs in a thread over the rows that are there when it starts; while it runs the time is shown and Cancel
  stops it.
- At most `MOST_ROWS` rows are fetched; where there would be more, that is said.
- While nothing has been asked, examples stand where the answer will: a click asks one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from zinspector.capture.query import MOST_ROWS, CancelledQueryError, Query, QueryError, Result
from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.settings import Settings
from zinspector.storage import write_bytes
from zinspector.tasks import in_thread, spawn
from zinspector.ui.background import with_progress
from zinspector.ui.canvas.words import plural
from zinspector.ui.dialogs.choosing import ask_where_to_save, file_name
from zinspector.ui.query.bar import QueryBar
from zinspector.ui.query.cells import as_csv
from zinspector.ui.query.editor import SqlEditor
from zinspector.ui.query.examples import EXAMPLES, example_of
from zinspector.ui.query.plot import ResultPlot
from zinspector.ui.query.results import ResultTable
from zinspector.ui.work import Work
from zinspector.ui.workspace import Workspace

MOST_RECENT = 30
ELAPSED_MS = 100
NOTHING_YET = "nothing was captured yet: press Run (Ctrl+E), or open a capture"
WHAT = (
    "Ask SQL about the messages: the table is called messages, with the columns n, time, node, link, connection, "
    "direction, kind, name, from_type, to_type, size, frames, topic, text and payload (JSON)."
)


class Asked:
    """A statement under way: read and run in a thread, given up from another."""

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


class QueryPanel(QWidget):
    """Editor, bar and answer.

    Signals:
        rowRequested(int): the user wants to see this message.
    """

    rowRequested = Signal(int)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.settings = Settings()
        self.setAutoFillBackground(True)
        self.editor = SqlEditor()
        self.bar = QueryBar()
        self.table = ResultTable()
        self.plot = ResultPlot()
        self.answer = QStackedWidget()
        self.result: Result | None = None
        self._work: Work[Result] | None = None
        self._asked: Asked | None = None
        self._fault = ""  # of a statement, told while its panel goes on copying: not to be written over
        self._place = -1  # in the history; -1 is what is being written
        self._elapsed = QTimer(self, interval=ELAPSED_MS)
        self._elapsed.timeout.connect(self._tell_elapsed)
        self._lay_out()
        self.setFocusProxy(self.editor)
        self.editor.runRequested.connect(self.run)
        self.editor.olderRequested.connect(self._walk)
        self.bar.runRequested.connect(self.run)
        self.bar.cancelRequested.connect(self.cancel)
        self.bar.recentWanted.connect(self._fill_recent)
        self.bar.chosen.connect(self.ask)
        self.bar.viewChanged.connect(self._show_view)
        self.bar.copyRequested.connect(self.copy)
        self.bar.saveRequested.connect(self.ask_save)
        self.table.rowRequested.connect(self.rowRequested)
        self.table.copying.goingChanged.connect(self._copying_changed)
        self.table.copying.told.connect(self._tell_copying)

    def remember_in(self, settings: Settings) -> None:
        """Keep the history in these settings."""
        self.settings = settings

    @property
    def running(self) -> bool:
        """Whether a statement is under way."""
        return self._work is not None

    def ask(self, sql: str) -> None:
        """Write a statement into the editor and run it."""
        self.editor.setPlainText(sql)
        self.run()

    def run(self) -> None:
        """Run what is selected in the editor, or all of it (Ctrl+Enter)."""
        sql = self.editor.statement
        if not sql:
            self.bar.say("Write a statement, or choose an example", "warn")
            return
        self.cancel()
        self._fault = ""
        self._remember(sql)
        self.editor.mark(0, 0)
        batches = self.workspace.store.batches()
        asked = self._asked = Asked(sql, self.workspace)
        self._work = Work(self, lambda _: asked.run(batches), partial(self._show, sql), self._fail, name="query")
        self.bar.set_running(True)
        self._elapsed.start()
        self._tell_elapsed()

    def cancel(self) -> None:
        """Stop the statement that is under way, or copying its answer."""
        self.table.copying.cancel()
        if self._work is None:
            return
        if self._asked is not None:
            self._asked.cancel()
        self._work.cancel()
        self._ended("cancelled", "warn")

    def copy(self) -> None:
        """Put the whole answer on the clipboard, or what is selected of it, as rows with their names."""
        if self.result is None:
            self.bar.say("Run a statement first", "warn")
        elif not self.result.table.num_rows:
            self.bar.say("The answer has no rows to copy", "warn")
        else:
            if not self.table.selectionModel().hasSelection():
                self.table.selectAll()
            self.table.copy(rows=True)

    # Saving

    def ask_save(self, suffix: str) -> None:
        """Ask where to write the answer (`rows` as CSV), or the plot as png, svg or csv."""
        if self.result is None:
            self.bar.say("Run a statement first", "warn")
            return
        if suffix != "rows" and (why := self.plot.emptiness()):
            self.bar.say(f"Nothing to save as a plot: {why}", "warn")
            return
        ending = "csv" if suffix == "rows" else suffix
        ask_where_to_save(
            self,
            "Save the answer as CSV" if suffix == "rows" else f"Save the plot as {ending.upper()}",
            file_name(f"{self.workspace.document.name} query", ending),
            ending,
            f"{ending.upper()} (*.{ending})",
            lambda path: spawn(self._save(path, suffix), "save query"),
        )

    async def save(self, path: Path, suffix: str) -> None:
        """Write the answer (`rows`, as it is sorted), or the plot as png, svg or csv. Raises FileError."""
        if suffix == "rows":
            table = self.table.found.sorted_table()
            data = await with_progress(self, f"Saving {path.name}", lambda progress: as_csv(table, progress))
        else:
            self.plot.redraw()
            data = await self.plot.export(suffix, f"{visible(self.workspace.document.name)}: query")
        await in_thread(write_bytes, path, data)

    async def _save(self, path: Path, suffix: str) -> None:
        try:
            await self.save(path, suffix)
        except UserError as error:
            self.workspace.message.emit(str(error), "error")
        else:
            self.workspace.message.emit(f"Saved {path}", "info")

    # Inside

    def _copying_changed(self, going: bool) -> None:
        self.bar.set_running(going or self.running)

    def _tell_copying(self, text: str, role: str) -> None:
        self.bar.say(f"{self._fault} · {text}" if self._fault else text, "error" if self._fault else role)

    def _show(self, sql: str, result: Result) -> None:
        assert self._work is not None
        took = self._work.seconds
        example = example_of(sql)
        self.result = result
        self.table.show_table(result.table)
        self.plot.show_table(result.table, example.plot or () if example is not None else ())
        hint = f"cut: there are more than {MOST_ROWS:,}, add a LIMIT or a GROUP BY" if result.cut else ""
        if not result.table.num_rows:
            hint = (example.empty if example is not None else "") if self.workspace.store.captured else NOTHING_YET
        said = f"{plural(result.table.num_rows, 'row')} in {took:.2f} s"
        self._ended(f"{said} · {hint}" if hint else said, "warn" if hint else "ok")
        self._show_view(self.bar.view)

    def _fail(self, error: UserError) -> None:
        if isinstance(error, CancelledQueryError):
            self._ended("cancelled", "warn")
            return
        self._ended(str(error), "error")
        self._fault = str(error) if self.table.copying.going else ""
        if isinstance(error, QueryError) and error.line:
            self.editor.mark(error.line, error.column)

    def _ended(self, text: str, role: str) -> None:
        self._work = self._asked = None
        self._elapsed.stop()
        self.bar.set_running(self.table.copying.going)
        self.bar.say(text, role)

    def _tell_elapsed(self) -> None:
        if self._work is not None:
            self.bar.say(f"running… {self._work.seconds:.1f} s", "muted")

    def _show_view(self, view: str) -> None:
        if self.result is not None:
            self.answer.setCurrentWidget(self.plot if view == "plot" else self.table)

    def _remember(self, sql: str) -> None:
        recent = self.settings.recent_queries
        self.settings.recent_queries = [sql, *(old for old in recent if old != sql)][:MOST_RECENT]
        self._place = 0

    def _walk(self, step: int) -> None:
        recent = self.settings.recent_queries
        place = self._place + step
        if 0 <= place < len(recent):
            self._place = place
            self.editor.setPlainText(recent[place])

    def _fill_recent(self) -> None:
        self.bar.fill_recent(self.settings.recent_queries, [(one.title, one.sql) for one in EXAMPLES])

    def _lay_out(self) -> None:
        self.answer.addWidget(self._empty())
        self.answer.addWidget(self.table)
        self.answer.addWidget(self.plot)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.answer, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.editor)
        splitter.addWidget(below)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([430, 970])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 0, 0)
        layout.addWidget(splitter)

    def _empty(self) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(16, 8, 16, 8)
        grid.setSpacing(8)
        what = QLabel(WHAT)
        what.setWordWrap(True)
        what.setProperty("role", "muted")
        grid.addWidget(what, 0, 0, 1, 2)
        for place, example in enumerate(EXAMPLES):
            button = QPushButton(example.title)
            button.setToolTip(f"Ask:\n{example.sql}")
            button.clicked.connect(partial(self.ask, example.sql))
            grid.addWidget(button, 1 + place // 2, place % 2)
        grid.setRowStretch(10, 1)
        return page
