"""Recording from the window: what is captured from now on goes to a file, until it is stopped.

Twenty-five times a second the new rows of the store are handed to a thread that writes them (`capture.take`); nothing
here waits for the disk. What ends a recording before its time is told, and stays in the status bar until the next one,
with the number of rows that would be in it.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from zinspector.capture.take import Limits, Take
from zinspector.errors import UserError
from zinspector.tasks import Task, in_thread, spawn
from zinspector.ui.workspace import Workspace


class Recorder(QObject):
    """One recording at a time.

    Signals:
        changed(): it began, grew, failed or ended.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._take: Take | None = None
        self._seen = 1
        self._clears = 0
        self._closing: Task[None] | None = None
        self.trouble = ""
        """Why the last recording ended before its time."""
        self.lost = 0
        """How many rows it lacks for that, so far."""
        self.covered = range(0)
        """The numbers of the rows that are in the recording, or in the last one that ended well."""
        workspace.ticked.connect(self._look)
        workspace.documentChanged.connect(self._note)

    @property
    def path(self) -> Path | None:
        """The file that is written; None while nothing is recorded."""
        return self._take.path if self._take is not None and not self.trouble else None

    @property
    def bytes(self) -> int:
        """What the recording holds."""
        return self._take.bytes if self._take is not None else 0

    @property
    def rows(self) -> int:
        """Rows that are in the recording."""
        return self._take.rows if self._take is not None else 0

    def start(self, path: Path, limits: Limits) -> None:
        """Record from now on. Raises UserError."""
        self.stop()  # one that has ended before its time
        store = self._workspace.store
        before = () if store.opened else store.batches()
        self._take = Take(path, self._workspace.notes(), limits, before)
        self._seen, self._clears, self.trouble = store.next_n, store.clears, ""
        self.covered = range(self._seen, self._seen)
        self._workspace.message.emit(f"Recording to {self._take.path.name}", "info")
        self.changed.emit()

    def stop(self) -> None:
        """Finish the file in the background."""
        take = self._take
        if take is None:
            return
        self._hand_over(take)
        self._take = None
        self._closing = spawn(self._finish(take), "finish recording")
        self.changed.emit()

    async def closed(self) -> None:
        """Stop, and wait until the file is whole."""
        self.stop()
        if self._closing is not None:
            await self._closing

    async def _finish(self, take: Take) -> None:
        await in_thread(take.close)
        if take.failure is not None:
            if self._take is None:  # else the next one is told of
                self._failed(take, take.failure)
        else:
            self._workspace.message.emit(f"Recorded {take.rows:,} messages to {take.path.name}", "info")
        self.changed.emit()

    def _look(self) -> None:
        take = self._take
        if take is None:
            return
        self._hand_over(take)
        if take.failure is not None:
            self._failed(take, take.failure)
        self.changed.emit()

    def _note(self) -> None:
        """The recording is to be read with the drawing, and the decode rules, that there are in the end."""
        if self._take is not None:
            self._take.note(self._workspace.notes)

    def _hand_over(self, take: Take) -> None:
        """Record what is new; rows of an opened capture are not."""
        store = self._workspace.store
        if store.clears != self._clears:
            self._clears, self._seen = store.clears, store.next_n if store.opened else store.first_n
            self.covered = range(self._seen, self._seen)
        for batch in store.since(self._seen):
            take.put(batch)
        self._seen = store.next_n
        self.covered = range(self.covered.start, self._seen)

    def _failed(self, take: Take, failure: UserError) -> None:
        self.covered = range(0)
        told, self.lost = self.trouble, take.lost
        self.trouble = f"Recording ended: {failure}. {take.lost:,} messages are not in it; capture goes on"
        if not told:
            self._workspace.message.emit(self.trouble, "error")
