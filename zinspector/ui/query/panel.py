"""The Query tab: a statement above, its answer below, as a table or as a plot.

- While a statement runs the time is shown and Cancel stops it.
- At most `MOST_ROWS` rows are fetched; where there would be more, that is said.
- While nothing has been asked, examples stand where the answer will: a click asks one.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from zinspector.capture.query import MOST_ROWS, CancelledQueryError, QueryError, Result
from zinspector.errors import UserError
from zinspector.settings import Settings
from zinspector.ui.canvas.words import plural
from zinspector.ui.query.asking import Asking
from zinspector.ui.query.bar import QueryBar
from zinspector.ui.query.editor import SqlEditor
from zinspector.ui.query.empty import NoAnswer
from zinspector.ui.query.examples import EXAMPLES, example_of
from zinspector.ui.query.plot import ResultPlot
from zinspector.ui.query.results import ResultTable
from zinspector.ui.query.saving import Saving
from zinspector.ui.workspace import Workspace

MOST_RECENT = 30
NOTHING_YET = "nothing was captured yet: press Run (Ctrl+E), or open a capture"


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
        self.empty = NoAnswer()
        self.answer = QStackedWidget()
        self.asking = Asking(workspace, self)
        self.saving = Saving(workspace, self.table, self.plot, self)
        self.result: Result | None = None
        self._fault = ""  # of a statement, told while its panel goes on copying: not to be written over
        self._place = -1  # in the history; -1 is what is being written
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
        self.empty.chosen.connect(self.ask)
        self.asking.elapsed.connect(self._tell_elapsed)
        self.asking.answered.connect(self._show)
        self.asking.failed.connect(self._fail)
        self.saving.refused.connect(lambda why: self.bar.say(why, "warn"))
        self.table.rowRequested.connect(self.rowRequested)
        self.table.copying.goingChanged.connect(self._copying_changed)
        self.table.copying.told.connect(self._tell_copying)

    def remember_in(self, settings: Settings) -> None:
        """Keep the history in these settings."""
        self.settings = settings

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
        self.bar.set_running(True)
        self.asking.ask(sql)

    def cancel(self) -> None:
        """Stop the statement that is under way, or copying its answer."""
        self.table.copying.cancel()
        if self.asking.going:
            self.asking.cancel()
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

    def ask_save(self, what: str) -> None:
        """Ask where to write the answer, or its plot: one of `bar.SAVES`."""
        if self.result is None:
            self.bar.say("Run a statement first", "warn")
        else:
            self.saving.ask(what)

    # Inside

    def _copying_changed(self, going: bool) -> None:
        self.bar.set_running(going or self.asking.going)

    def _tell_copying(self, text: str, role: str) -> None:
        self.bar.say(f"{self._fault} · {text}" if self._fault else text, "error" if self._fault else role)

    def _show(self, sql: str, result: Result, took: float) -> None:
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
        self.bar.set_running(self.table.copying.going)
        self.bar.say(text, role)

    def _tell_elapsed(self, seconds: float) -> None:
        self.bar.say(f"running… {seconds:.1f} s", "muted")

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
        self.answer.addWidget(self.empty)
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
