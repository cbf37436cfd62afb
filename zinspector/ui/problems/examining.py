"""What the doctor says of the captured rows: of a file as of what is tapped now, kept in step with the store.

Findings last as long as the rows that show them: until the capture is cleared. While something runs, those whose cause
is gone are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from zinspector.doctor.finding import Finding
from zinspector.doctor.traffic import Examination
from zinspector.ui.backlog import Backlog

if TYPE_CHECKING:
    from zinspector.ui.workspace import Workspace


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
        self._backlog = Backlog(workspace.store)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self.catch_up)
        workspace.ticked.connect(self.catch_up)
        workspace.runningChanged.connect(self._conclude)

    def catch_up(self) -> None:
        """Take in what is new in the store, for a while; the rest follows by itself."""
        if self._backlog.begins_anew():
            self._examination = Examination()
            self._conclude()
        if not self._backlog:
            return
        for piece in self._backlog.take():
            self._examination.consume(piece)
        if self._backlog:
            self._later.start(self._backlog.wait_ms)
        else:
            self._conclude()

    def _conclude(self) -> None:
        running = self._workspace.running
        found = [finding for finding in self._examination.findings() if not (running and finding.ended)]
        if found != self.findings:
            self.findings = found
            self.changed.emit()
