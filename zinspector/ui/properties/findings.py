"""What the doctor says about the selected thing: cards with the sentence and the remedy."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from zinspector.decode.api import visible
from zinspector.doctor.finding import Finding
from zinspector.ui.workspace import Workspace

SIGNS = {"error": "✖", "warning": "▲", "info": "●"}
ROLES = {"error": "error", "warning": "warn", "info": "muted"}
MOST = 4


class FindingCards(QWidget):
    """The findings of the selection; of nothing selected, those of the drawing as a whole."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self.findings: list[Finding] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 0, 12, 6)
        self._column.setSpacing(5)
        workspace.findingsChanged.connect(self.refresh)
        workspace.selectionChanged.connect(self.refresh)
        self.hide()

    def refresh(self) -> None:
        """Show the findings of what is selected."""
        chosen = self._workspace.selection
        found = [
            finding
            for finding in self._workspace.findings
            if chosen & {finding.node, finding.link} or (not chosen and finding.node is None and finding.link is None)
        ]
        if found == self.findings:
            return
        self.findings = found
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for finding in found[:MOST]:
            self._column.addWidget(_card(finding))
        if len(found) > MOST:
            self._column.addWidget(_text(f"and {len(found) - MOST} more in Problems", "muted"))
        self.setVisible(bool(found))


def _card(finding: Finding) -> QFrame:
    card = QFrame()
    card.setProperty("role", "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(9, 6, 9, 7)
    column.setSpacing(2)
    column.addWidget(_text(f"{SIGNS[finding.severity]} {finding.code}  {finding.text}", ROLES[finding.severity]))
    if finding.remedy:
        column.addWidget(_text(finding.remedy, "muted"))
    return card


def _text(text: str, role: str) -> QLabel:
    label = QLabel(visible(text))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
