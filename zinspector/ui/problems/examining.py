"""What the doctor says of the captured rows: of a file as of what is tapped now, kept in step with the store.

Reading a large capture takes many ticks, at most `BUDGET_S` of each. Findings last as long as the rows that show them:
until the capture is cleared. While something runs, those whose cause is gone are left out.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pyarrow as pa
from PySide6.QtCore import QObject, QTimer, Signal

from zinspector.doctor.finding import Finding
from zinspector.doctor.traffic import Examination
from zinspector.ui.taps.book import pieces

if TYPE_CHECKING:
    from zinspector.ui.workspace import Workspace

BUDGET_S = 0.008


class Examining(QObject):
    """The findings of the captured rows.

    Signals:
        changed(): there are others.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.findings: list[Finding] = []
        self._workspace = workspace
        self._examination = Examination()
        self._seen = 1
        self._clears = workspace.store.clears
        self._pending: list[pa.RecordBatch] = []
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.catch_up)
        workspace.ticked.connect(self.catch_up)
        workspace.runningChanged.connect(self._conclude)

    def catch_up(self) -> None:
        """Take in what is new in the store, for a while; the rest follows by itself."""
        store = self._workspace.store
        if store.clears != self._clears:
            self._clears, self._seen, self._pending = store.clears, store.first_n, []
            self._examination = Examination()
            self._conclude()
        if not self._pending and self._seen >= store.next_n:
            return
        end = time.perf_counter() + BUDGET_S
        while (self._pending or self._seen < store.next_n) and time.perf_counter() < end:
            if not self._pending:
                batch = store.since(self._seen)[0]
                self._pending = [*pieces(batch)][::-1]
                self._seen = batch.column("n")[-1].as_py() + 1
            if self._pending:
                self._examination.consume(self._pending.pop())
        if self._pending or self._seen < store.next_n:
            self._later.start()
        else:
            self._conclude()

    def _conclude(self) -> None:
        running = self._workspace.running
        found = [finding for finding in self._examination.findings() if not (running and finding.ended)]
        if found != self.findings:
            self.findings = found
            self.changed.emit()
