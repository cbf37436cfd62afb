"""What a user does with the rows of the message table besides selecting: go somewhere, mark, refer to, compare."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from PySide6.QtWidgets import QInputDialog, QLineEdit

from zinspector.errors import UserError
from zinspector.ui.inspect import going
from zinspector.ui.inspect.column_choice import ColumnChoice
from zinspector.ui.inspect.compare_dialog import CompareDialog
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.workspace import Workspace


class RowActions:
    """The actions on one table; what can't be done is told in the status bar."""

    def __init__(self, workspace: Workspace, table: MessageTable, columns: ColumnChoice) -> None:
        self._workspace = workspace
        self._table = table
        self._columns = columns
        self._unmarked: set[int] = set()

    def go_to(self) -> None:
        """Ask for a message number or a time and select it (Ctrl+G)."""
        store = self._workspace.store
        dialog = QInputDialog(self._table)
        dialog.setWindowTitle("Go to message")
        there = f"There are {store.first_n:,} to {store.next_n - 1:,}." if store.retained else "There are none yet."
        dialog.setLabelText(f"{going.HINT}.\n{there}")
        dialog.setTextEchoMode(QLineEdit.EchoMode.Normal)
        dialog.textValueSelected.connect(self.go_to_place)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def go_to_place(self, text: str) -> None:
        """Select the message with this number, or the first from this time on; commas and blanks don't matter."""
        times = self._columns.times
        reference = times.reference_ns if times.reference is not None else None
        try:
            n = going.number_at(text, self._workspace.store, reference)
        except UserError as error:
            self._say(str(error))
            return
        self._table.select(n)
        if n not in self._table.rows:
            self._say(f"Message {n:,} is hidden by the filter or the chips; its neighbours are shown")

    def toggle_mark(self) -> None:
        """Mark the selected message, or take its mark away (Ctrl+M)."""
        if self._table.current is not None:
            self._table.set_marks(self._table.marks ^ {self._table.current})

    def next_mark(self, step: int) -> None:
        """Select the next marked message of those shown, or the previous (`step` -1), around the end."""
        table, rows, marks = self._table, self._table.rows, self._table.marks
        places = sorted(rows.place(n) for n in marks if n in rows)
        if not places:
            hidden = f": {len(marks):,} marked are hidden" if marks else " (Ctrl+M marks one)"
            self._say(f"No marked message is shown{hidden}")
            return
        if table.current is not None and table.current in rows:
            at = rows.place(table.current)
        else:
            at = -1 if step > 0 else len(rows)
        found = bisect_right(places, at) if step > 0 else bisect_left(places, at) - 1
        table.select(rows.n(places[found % len(places)]))

    def forget_marks(self) -> None:
        """Take all marks away; where there are none, bring back those that were taken away."""
        marks = self._table.marks
        self._table.set_marks(set() if marks else self._unmarked)
        if marks:
            self._unmarked = marks
            count = f"{len(marks):,} mark{'s' * (len(marks) > 1)}"
            self._workspace.message.emit(f"{count} removed: the same again (Ctrl+Alt+M) brings them back", "info")

    def toggle_reference(self) -> None:
        """Show times relative to the selected message; with the reference selected, as before (Ctrl+T)."""
        current, times = self._table.current, self._columns.times
        if current is None and times.reference is None:
            self._say("Select a message first")
        elif not self._columns.refer_to(None if current in (None, times.reference) else current):
            self._say("This message is no longer kept")

    def pair(self) -> list[int]:
        """The two messages to compare: the selected one and the second, the last marked before it, or its neighbour."""
        table, rows, current = self._table, self._table.rows, self._table.current
        if current is None:
            return []
        before = [n for n in table.marks if n < current]
        place = rows.place(current)
        other = table.second if table.second is not None else max(before) if before else None
        if other is None and current in rows and place > 0:
            other = rows.n(place - 1)
        return sorted({current, other}) if other is not None else [current]

    def compare(self) -> None:
        """Show the selected message beside the second one, a mark, or the one shown before it."""
        found = (self._workspace.store.row(n) for n in self.pair())
        messages = [message for message in found if message is not None]
        if len(messages) < 2:
            self._say("Select a message, and another with Ctrl+click, to compare the two")
        else:
            CompareDialog(self._workspace, messages[0], messages[1], self._table).show()

    def forget(self) -> None:
        """Other messages came: no marks, no reference."""
        self._table.set_marks(set())
        self._unmarked = set()
        self._columns.refer_to(None)

    def _say(self, text: str) -> None:
        self._workspace.message.emit(text, "warning")
