"""The filter bar: a line to type into, how many rows it leaves, saved and recent filters.

- What is typed is applied `PAUSE_MS` after the last key, in the background; Enter applies at once and remembers it.
  The first rows that match are shown as soon as they are found, while the others are still being looked for.
- While it isn't a filter, the last one that was stays in force, and the bar says what is wrong and where: quietly, as
  long as typing on can make it one.
- The filter, the chips below it and what is followed all have to let a row through. When chips or following hide rows
  that match, the bar says how many.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QWidget

from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.errors import FilterError
from zinspector.capture.filter.seen import Seen
from zinspector.settings import Settings
from zinspector.ui.filter.line import FilterLine
from zinspector.ui.filter.readings import Readings
from zinspector.ui.filter.saved import SavedFilters
from zinspector.ui.filter.sieve import Sieve
from zinspector.ui.filter.words import counted, fault_text, joined, unfinished_text
from zinspector.ui.work import Work
from zinspector.ui.workspace import Workspace

PAUSE_MS = 60
AGAIN_MS = 150
PROGRESS_AFTER_S = 0.25
STEPS = 1000
SEEN_S = 3.0

How = Literal["replace", "and", "and not"]


class FilterBar(QFrame):
    """Filters the message table; `sieve` says which rows.

    Signals:
        changed(): another filter is in force, or none.
        left(): the user is done here, the table wants the cursor.
        excused(str): what was complained of is over: another text is typed, or another tab is shown.
    """

    changed = Signal()
    left = Signal()
    excused = Signal(str)

    def __init__(
        self,
        workspace: Workspace,
        shown: Callable[[], int],
        behind: Callable[[], bool] = lambda: False,
        near: Callable[[], int | None] = lambda: 0,
        parent: QWidget | None = None,
    ) -> None:
        """`shown` tells how many rows the table shows, `behind` whether it is still taking in more.

        `near` tells the number of the row where the user looks; None where rows are not in the order of numbers.
        """
        super().__init__(parent)
        self.workspace = workspace
        self.readings = Readings(workspace, self)
        self.sieve = Sieve(workspace, self)
        self.line = FilterLine()
        self.saved = SavedFilters()
        self.outcome = QLabel()
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.outcome.setAccessibleName("What the filter leaves")
        self.progress = QProgressBar()
        self.progress.setRange(0, STEPS)
        self.progress.setFixedWidth(110)
        self.stop = QToolButton()
        self.stop.setText("Cancel")
        self.stop.setToolTip("Give up this filter; what is shown stays")
        self._shown = shown
        self._behind = behind
        self._near = near
        self._again = QTimer(self, interval=AGAIN_MS, singleShot=True)
        self._again.timeout.connect(self.tell)
        self._text = ""  # the filter in force
        self._complaint = ""
        self._next_look = 0.0
        self._looking: Work[Seen] | None = None
        self._pause = QTimer(self, interval=PAUSE_MS, singleShot=True)
        self._lay_out()
        self._pause.timeout.connect(self._apply_typed)
        self.line.textChanged.connect(self._typed)
        self.line.entered.connect(self._entered)
        self.line.left.connect(self.left)
        self.line.focused.connect(self._look_around)
        self.saved.chosen.connect(self.apply)
        self.stop.clicked.connect(self.cancel)
        self.sieve.worked.connect(self.tell)
        self.readings.changed.connect(self._read_anew)
        workspace.ticked.connect(self.tell)
        self.tell()

    @property
    def text(self) -> str:
        """The filter in force, or an empty text."""
        return self._text

    @property
    def fault(self) -> FilterError | None:
        """What is wrong with the text in the line."""
        return self.line.fault

    def remember_in(self, settings: Settings) -> None:
        """Keep saved and recent filters in these settings."""
        self.saved.settings = settings

    def begin(self) -> None:
        """Put the cursor into the line (Ctrl+/)."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def apply(self, text: str, how: How = "replace") -> None:
        """Filter by this text, or by what is there and this, or by what is there but not this."""
        self.line.setText(joined(self.line.text(), text, how))
        self._entered()

    def clear(self) -> None:
        """Show all rows again."""
        self.line.clear()
        self._apply_typed()

    def save(self) -> None:
        """Ask for a name to keep the filter under."""
        if self.saved.present:
            self.saved.ask_name()
        else:
            self.begin()
            self.workspace.message.emit("Type a filter first, then save it under a name", "warning")

    def show_saved(self) -> None:
        """Open the menu of saved and recent filters."""
        self.saved.open_menu()

    def cancel(self) -> None:
        """Give up the answer that is on its way; the rows that are shown stay, and the text can be changed."""
        self._pause.stop()
        self.sieve.cancel()
        self.tell()

    def tell(self) -> None:
        """Say what came of it, as it is now."""
        slow = self.sieve.answering and self.sieve.seconds > PROGRESS_AFTER_S
        self.progress.setVisible(slow)
        self.stop.setVisible(slow)
        self.progress.setValue(int(self.sieve.share * STEPS))
        role, text, more = self._outcome()
        if self.outcome.property("role") != role:
            self.outcome.setProperty("role", role)
            self.outcome.style().polish(self.outcome)
        metrics = self.outcome.fontMetrics()
        self.outcome.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.outcome.width()))
        self.outcome.setToolTip(more or text)
        self.outcome.setAccessibleDescription(text)

    def _outcome(self) -> tuple[str, str, str]:
        """The role, the text, and what more there is to say."""
        if self.fault is not None:
            kept = f"\nStill in force: {self._text}" if self._text else ""
            if self.line.unfinished:
                return "muted", unfinished_text(self.fault), f"{self.fault}{kept}"
            return "error", f"✖ {fault_text(self.fault)}", f"{self.fault}{kept}"
        retained = self.workspace.store.retained
        if not self._text:
            return "muted", "", ""
        if self.sieve.answering:
            return "muted", self._under_way(), ""
        shown, matched = self._shown(), self.sieve.matched
        rule = "A row is shown when the filter, the chips below and what is followed all let it through."
        hidden = ""
        if self._behind():
            self._again.start()  # the table is still taking in what matches
        elif matched > shown:
            hidden = f" · {matched - shown:,} more match, hidden by the chips below"
        return "muted", f"{counted(shown, retained)}{hidden}", rule

    def _under_way(self) -> str:
        found = f"{self._shown():,} so far" if self.sieve.begun else ""
        if not self.sieve.busy:
            return f"cancelled: {found or 'these are the rows of before'}"
        decoders = self.sieve.filter.decoders if self.sieve.filter is not None else set()
        doing = f"decoding {', '.join(sorted(decoders))} in the background" if decoders else "filtering"
        return f"{found}, {doing}… {self.sieve.share:.0%}".removeprefix(", ")

    def hideEvent(self, event: QHideEvent) -> None:
        """Another tab is shown: the line is out of sight, and so is what is wrong in it."""
        self._excuse()
        super().hideEvent(event)

    def _typed(self) -> None:
        self._excuse()
        self._check()
        self._look_around()
        self._pause.start()
        self.tell()

    def _check(self) -> Filter | None:
        """Colour the line; the filter in it, if it is one."""
        text = self.line.text()
        self.saved.present = ""
        if not text.strip():
            self.line.say("")
            return None
        try:
            made = Filter(text, kept=self.workspace.worked_out, decoded=self.readings.columns)
        except FilterError as error:
            self.line.say("error", error)
            return None
        self.line.say("ok")
        self.saved.present = text.strip()
        return made

    def _apply_typed(self) -> None:
        self._pause.stop()
        text, made = self.line.text().strip(), self._check()
        if (made is not None or not text) and (text != self._text or (self.sieve.answering and not self.sieve.busy)):
            self._text = text
            self.sieve.ask(made, self._near())
            self.changed.emit()
        self.tell()

    def _read_anew(self) -> None:
        """Frames are decoded in another way: ask again, if that matters."""
        if self.sieve.filter is not None and self.sieve.filter.decoders:
            made = Filter(self._text, kept=self.workspace.worked_out, decoded=self.readings.columns)
            self.sieve.ask(made, self._near())

    def _entered(self) -> None:
        self._apply_typed()
        if self.fault is not None:
            self._complaint = f"This is no filter: {fault_text(self.fault)}"
            self.workspace.message.emit(self._complaint, "warning")
        elif self._text:
            self.saved.used(self._text)

    def _excuse(self) -> None:
        if self._complaint:
            self.excused.emit(self._complaint)
            self._complaint = ""

    def _look_around(self) -> None:
        """See what there is to suggest; it comes a moment later."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + SEEN_S
            batches, values = self.workspace.store.batches(), self.readings.values
            self._looking = Work(self, lambda _: Seen.sample(batches, values), self._suggest_from, name="suggestions")

    def _suggest_from(self, seen: Seen) -> None:
        self.line.seen = seen

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 0)
        layout.setSpacing(8)
        layout.addWidget(self.line, 5)
        layout.addWidget(self.saved)
        layout.addWidget(self.outcome, 3)
        layout.addWidget(self.progress)
        layout.addWidget(self.stop)
