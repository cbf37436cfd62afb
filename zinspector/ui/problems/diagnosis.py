"""What is wrong now: with the file, the decode rules, the drawing, what runs, and the captured rows; each told once.

Every source finds by itself; here their findings become one list, the surest source first: what the drawing shows is
not said again of what runs, nor what both explain of the rows. What the user silenced is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from zinspector.doctor import drawing
from zinspector.doctor.finding import Finding, unexplained, unsaid
from zinspector.runtime.checking import refused_options
from zinspector.runtime.versions import capabilities
from zinspector.topology.reading import Problem
from zinspector.ui.problems.examining import Examining

if TYPE_CHECKING:
    from zinspector.ui.workspace import Workspace


class Diagnosis(QObject):
    """The findings of a workspace.

    Signals:
        changed(): problems came or went.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.findings: list[Finding] = []
        self.examining = Examining(workspace)
        self.examining.changed.connect(self.check)
        self._workspace = workspace
        self._of_file: list[Finding] = []
        self._of_run: list[Finding] = []
        self._has = frozenset(name for name, there in capabilities().items() if there)

    def begin(self, problems: Iterable[Problem]) -> None:
        """Another drawing comes, whose file has these problems: forget those of the last one, and of its run."""
        self._of_file = drawing.loading(problems)
        self._of_run = []

    def check(self) -> None:
        """Look at the drawing again, and put together what all sources found."""
        workspace = self._workspace
        drawn = [
            *drawing.check(workspace.document, self._has, workspace.base),
            *refused_options(workspace.document),
        ]
        live = unsaid(self._of_run, drawn)
        seen = unexplained(self.examining.findings, [*drawn, *live])
        found = [*self._of_file, *workspace.decoding.findings, *drawn, *live, *seen]
        kept = drawing.unsilenced(workspace.document, found)
        if kept != self.findings:
            self.findings = kept
            self.changed.emit()

    def check_run(self) -> None:
        """Look whether the run has other findings than at the last tick."""
        found = self._workspace.live.findings()
        if found != self._of_run:
            self._of_run = found
            self.check()
