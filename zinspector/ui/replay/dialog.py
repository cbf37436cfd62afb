"""The replay dialog: send captured messages again, from a socket of any type; stays open beside the window.

What to replay is looked for in a thread; the socket runs on the window's loop, a few milliseconds at a time. Closing
the dialog ends the replay.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QProgressBar, QVBoxLayout, QWidget

from zinspector.capture.compare import Difference
from zinspector.capture.exchanges import ASKING, Exchanges, pair
from zinspector.capture.progress import CancelledError
from zinspector.capture.replay import Chosen, choose
from zinspector.errors import UserError
from zinspector.runtime.replay import Replay
from zinspector.tasks import Task, in_thread, spawn
from zinspector.ui.dialogs.export import Part
from zinspector.ui.replay.differences import Differences
from zinspector.ui.replay.form import Asked, ReplayForm
from zinspector.ui.replay.words import how_it_goes, how_it_went
from zinspector.ui.taps.pages import head
from zinspector.ui.theme import icon, theme

WIDTH, HEIGHT_WITH_DIFFERENCES = 680, 640
REFRESH_MS = 100
STEPS = 1000
SENTENCE = "Sends what was captured again, with its timing, to programs that know nothing of it."


class ReplayDialog(QDialog):
    """Form, progress, outcome.

    Signals:
        rowRequested(int): the user wants to see this recorded row in the table.
        ended(): a replay came to its end, whatever its outcome.
    """

    rowRequested = Signal(int)
    ended = Signal()

    def __init__(
        self,
        batches: Sequence[pa.RecordBatch],
        parts: Sequence[Part],
        preferred: int,
        proposed: str,
        parent: QWidget | None = None,
    ) -> None:
        """`parts` of `batches` may be chosen; `proposed` is a type of socket that fits."""
        super().__init__(parent)
        self.setWindowTitle("Replay")
        self.setMinimumWidth(WIDTH)
        self._batches = batches
        self._replay: Replay | None = None
        self._task: Task[None] | None = None
        self._share = 0.0
        self._cancelled = False
        self.form = ReplayForm(parts, preferred, proposed)
        self.progress = QProgressBar(maximum=STEPS)
        self.progress.setTextVisible(False)
        self.outcome = QLabel()
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setWordWrap(True)
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.differences = Differences()
        self.buttons = QDialogButtonBox()
        self.start = self.buttons.addButton("Replay", QDialogButtonBox.ButtonRole.AcceptRole)
        self.pause = self.buttons.addButton("Pause", QDialogButtonBox.ButtonRole.ActionRole)
        self.stop = self.buttons.addButton("Stop", QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Close)
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._lay_out()
        self._join()
        self._show_state()

    @property
    def running(self) -> bool:
        """Whether it replays, or looks for what to replay."""
        return self._task is not None

    def begin(self) -> None:
        """Replay what the form says."""
        if self.running or self.form.problem():
            return
        asked = self.form.asked()
        self.differences.begin("reply" if asked.wanted.type in ASKING else "request")
        self.differences.hide()
        self._cancelled = False
        self._task = spawn(self._run(asked), "replay")
        self._timer.start()
        self._show_state()

    def end(self) -> None:
        """Stop the replay."""
        self._cancelled = True
        if self._replay is not None:
            self._replay.stop()

    def toggle_pause(self) -> None:
        """Stand still, or go on."""
        if self._replay is not None:
            (self._replay.resume if self._replay.paused else self._replay.pause)()
            self._show_state()

    # Inside

    def _lay_out(self) -> None:
        self.start.setIcon(icon("replay"))
        self.start.setDefault(True)
        for button in (self.pause, self.stop):
            button.setAutoDefault(False)
        self.differences.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 12)
        layout.setSpacing(10)
        head(layout, "Replay", SENTENCE)
        layout.addWidget(self.form)
        layout.addWidget(self.progress)
        layout.addWidget(self.outcome)
        layout.addWidget(self.differences, 1)
        layout.addStretch(0)
        layout.addWidget(self.buttons)

    def _join(self) -> None:
        self.form.changed.connect(self._judge)
        self.buttons.accepted.connect(self.begin)
        self.buttons.rejected.connect(self.reject)
        self.pause.clicked.connect(self.toggle_pause)
        self.stop.clicked.connect(self.end)
        self.differences.rowRequested.connect(self.rowRequested)
        self._timer.timeout.connect(self._tick)
        self.finished.connect(lambda _: self._leave())

    async def _run(self, asked: Asked) -> None:
        try:
            self._say("Looking for what to replay …", "muted")
            chosen, exchanges = await in_thread(self._find, asked)
            self._replay = Replay(
                chosen,
                asked.address,
                asked.how,
                exchanges=exchanges,
                comparison=asked.comparison,
                told=self._differs,
            )
            if not self._cancelled:
                await self._replay.go()
                self._say(*how_it_went(self._replay))
        except CancelledError:
            self._say("Cancelled", "muted")
        except UserError as error:
            self._say(f"✖  {error}", "error")
        finally:
            self._task = self._replay = None
            self._timer.stop()
            self._show_state()
            self.ended.emit()
            if self.isHidden():
                self.deleteLater()

    def _leave(self) -> None:
        """Go when the replay has come to its end, which still says how it went."""
        self.end()
        if not self.running:
            self.deleteLater()

    def _find(self, asked: Asked) -> tuple[Chosen, Exchanges | None]:
        chosen = choose(self._batches, asked.wanted, asked.masks, self._progress)
        if not asked.compares:
            return chosen, None
        exchanges = pair(chosen, self._progress)
        return chosen, exchanges if exchanges.count else None

    def _progress(self, share: float) -> bool:
        self._share = share
        return not self._cancelled

    def _differs(self, difference: Difference) -> None:
        if self.differences.isHidden():
            self.differences.show()
            self.resize(self.width(), max(self.height(), HEIGHT_WITH_DIFFERENCES))
        self.differences.add(difference)

    def _tick(self) -> None:
        if self._replay is None:
            self.progress.setValue(int(self._share * STEPS))
            return
        tally, total = self._replay.tally, self._replay.chosen.count
        done = (tally.sent + tally.refused - tally.rounds * total) / total
        self.progress.setValue(int(done * STEPS))
        self._say(how_it_goes(self._replay), "muted")

    def _judge(self) -> None:
        problem = self.form.problem() if self.form.address.text() else ""
        self.start.setEnabled(not self.running and bool(self.form.address.text()) and not problem)
        if not self.running:
            self._say(f"▲  {problem}" if problem else "", "muted")

    def _show_state(self) -> None:
        running = self.running
        self.form.setEnabled(not running)
        self.progress.setVisible(running)
        self.start.setVisible(not running)
        self.pause.setVisible(running)
        self.stop.setVisible(running)
        self.pause.setText("Go on" if self._replay is not None and self._replay.paused else "Pause")
        if not running:
            self.start.setEnabled(not self.form.problem())

    def _say(self, text: str, role: str) -> None:
        self.outcome.setText(text)
        self.outcome.setStyleSheet(f"color: {getattr(theme(), role)}")
