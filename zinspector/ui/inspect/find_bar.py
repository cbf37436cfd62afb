"""The line that finds text or bytes in payloads: Enter for the next, Shift+Enter for the previous, Esc gives up.

The search goes on in a thread, in the direction that was asked for, until it knows all hits; the nearest is selected as
soon as it is certain. The scroll bar shows where the others are.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from zinspector.ui.inspect.finder import Search, Wanted
from zinspector.ui.inspect.number_list import NumberList
from zinspector.ui.inspect.table import MessageTable
from zinspector.ui.work import Work
from zinspector.ui.workspace import Workspace

LOOK_MS = 20
TEXT_HINT = "Find text in payloads (Ctrl+F) · Enter finds the next, Shift+Enter the previous"
HEX_HINT = "Find bytes in payloads: 7b 22 00 ff"
NO_HEX = "✖ not pairs of hex digits"


class FindBar(QWidget):
    """Searches the rows of a table.

    Signals:
        left(): the user is done here (Esc), the table wants the cursor back.
    """

    left = Signal()

    def __init__(self, workspace: Workspace, table: MessageTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._table = table
        self._search: Search | None = None
        self._work: Work[None] | None = None
        self._told: tuple[object, ...] = ()
        self._hits = NumberList()
        self._asked: tuple[int, int] | None = None  # the row and the direction of a question that waits
        self.text = QLineEdit()
        self.text.setClearButtonEnabled(True)
        self.text.setAccessibleName("Find text in payloads")
        self.text.installEventFilter(self)
        self.hex = QToolButton()
        self.hex.setText("Hex")
        self.hex.setCheckable(True)
        self.hex.setToolTip("Find bytes, written as hex digits")
        self.outcome = QLabel()
        self.outcome.setProperty("role", "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.hex)
        for sign, tip, step in (("↑", "Find the previous (Shift+Enter)", -1), ("↓", "Find the next (Enter)", 1)):
            button = QToolButton()
            button.setText(sign)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.clicked.connect(lambda _=False, by=step: self.find_next(by))
            layout.addWidget(button)
        layout.addWidget(self.outcome)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.text.textChanged.connect(self._forget)
        self.hex.toggled.connect(self._switch)
        self._switch(False)

    @property
    def searching(self) -> bool:
        """Whether a search is under way."""
        return self._work is not None

    def begin(self) -> None:
        """Put the cursor into the line."""
        self.text.setFocus()
        self.text.selectAll()

    def find_next(self, step: int = 1) -> None:
        """Search on from the selected message, downwards or upwards."""
        wanted = self._wanted()
        if wanted is None:
            return
        if self._search is None or self._search.wanted != wanted:
            self._forget()
            self._search = Search(self._workspace.store, wanted)
        current = self._table.current
        start = current if current is not None else 0 if step > 0 else self._workspace.store.next_n
        self._asked = (start, step)
        if not self.searching:
            self._search.take_in()
            if not self._search.complete:
                self._begin(self._search, start, step)
        self._look()

    def cancel(self) -> None:
        """Give up the search that is under way."""
        if self._work is not None:
            self._stop()
            self.outcome.setText("cancelled")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Shift+Enter and Esc in the line."""
        if watched is self.text and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.find_next(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                if self.searching:
                    self.cancel()
                else:
                    self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def _wanted(self) -> Wanted | None:
        text = self.text.text()
        if not self.hex.isChecked():
            return Wanted(text.encode("utf-8", "surrogateescape")) if text else None
        try:
            data = bytes.fromhex(text)
        except ValueError:
            self.outcome.setText(NO_HEX)
            return None
        return Wanted(data, exact=True) if data else None

    def _begin(self, search: Search, start: int, step: int) -> None:
        self.outcome.setText("searching…")
        self._work = Work(self, lambda progress: search.run(start, step, progress), self._done, name="find")
        self._timer.start()

    def _done(self, _: None) -> None:
        self._work = None
        self._timer.stop()
        self._look()

    def _look(self) -> None:
        """See whether the hit that was asked for is certain by now."""
        search = self._search
        if search is None:
            return
        if self._asked is not None:
            try:
                n = search.next(self._table.rows, *self._asked)
            except LookupError:
                pass
            else:
                self._asked = None
                if n is not None:
                    self._table.select(n)
        self._tell(search)

    def _tell(self, search: Search) -> None:
        if self._work is not None:
            count = search.count()
            found = f" · {count:,} found" if count else ""
            self.outcome.setText(f"searching… {self._work.share:.0%}{found}")
            return
        state = (search, search.end, search.complete, self._table.rows.version)
        if state != self._told:
            self._told, self._hits = state, search.hits(self._table.rows)
            self._table.show_hits(self._hits)
        hits = self._hits
        self.outcome.setText(self._place(hits, search.count()))

    def _place(self, hits: NumberList, known: int) -> str:
        count = len(hits)
        if not count:
            return f"{known:,} hits, but in hidden messages" if known else "not found"
        current = self._table.current
        place = hits.place(current) if current is not None else count
        there = place < count and hits[place] == current
        return f"{place + 1:,} of {count:,}" if there else f"{count:,} hits"

    def _switch(self, hexadecimal: bool) -> None:
        self.text.setPlaceholderText(HEX_HINT if hexadecimal else TEXT_HINT)
        self._forget()

    def _forget(self) -> None:
        self._stop()
        self._search = None
        self._told = ()
        self.outcome.setText("")
        self._hits = NumberList()
        self._table.show_hits(self._hits)

    def _stop(self) -> None:
        self._timer.stop()
        self._asked = None
        if self._work is not None:
            self._work.cancel()
            self._work = None
