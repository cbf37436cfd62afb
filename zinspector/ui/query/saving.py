"""Saving an answer as a file: its rows as CSV, or its plot as PNG, SVG or the points of its lines."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from zinspector.decode.api import visible
from zinspector.errors import UserError
from zinspector.storage import write_bytes
from zinspector.tasks import in_thread, spawn
from zinspector.ui.background import with_progress
from zinspector.ui.dialogs.choosing import ask_where_to_save, file_name
from zinspector.ui.query.cells import as_csv
from zinspector.ui.query.plot import ResultPlot
from zinspector.ui.query.results import ResultTable
from zinspector.ui.workspace import Workspace


class Saving(QObject):
    """Saves what a table and a plot show. What is saved is one of `bar.SAVES`.

    Signals:
        refused(str): there is nothing to save, and why.
    """

    refused = Signal(str)

    def __init__(self, workspace: Workspace, table: ResultTable, plot: ResultPlot, parent: QWidget) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._table = table
        self._plot = plot
        self._panel = parent

    def ask(self, what: str) -> None:
        """Ask where to write the rows, or the plot, and write it there."""
        if what != "rows" and (why := self._plot.emptiness()):
            self.refused.emit(f"Nothing to save as a plot: {why}")
            return
        ending = "csv" if what == "rows" else what
        ask_where_to_save(
            self._panel,
            "Save the answer as CSV" if what == "rows" else f"Save the plot as {ending.upper()}",
            file_name(f"{self._workspace.document.name} query", ending),
            ending,
            f"{ending.upper()} (*.{ending})",
            lambda path: spawn(self._save(path, what), "save query"),
        )

    async def save(self, path: Path, what: str) -> None:
        """Write the rows as they are sorted, or the plot. Raises FileError."""
        if what == "rows":
            table = self._table.found.sorted_table()
            data = await with_progress(self._panel, f"Saving {path.name}", lambda progress: as_csv(table, progress))
        else:
            self._plot.redraw()
            data = await self._plot.export(what, f"{visible(self._workspace.document.name)}: query")
        await in_thread(write_bytes, path, data)

    async def _save(self, path: Path, what: str) -> None:
        try:
            await self.save(path, what)
        except UserError as error:
            self._workspace.message.emit(str(error), "error")
        else:
            self._workspace.message.emit(f"Saved {path}", "info")
