"""What the doctor says about the selected thing: cards with the sentence and the remedy."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from zinspector.decode.api import visible
from zinspector.doctor.finding import Finding
from zinspector.ui.workspace import Workspace

SIGNS = {"error": "✖", "warning": "▲", "info": "●"}
ROLES = {"error": "error", "warning": "warn", "info": "muted"}
MOST = 4


class FindingCards(QScrollArea):
    """The findings of the selection; of nothing selected, those of the drawing as a whole.

    As high as the sentences need at the width there is; where the panel is too low for that, they scroll.
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self.findings: list[Finding] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._cards = QWidget()
        self._column = QVBoxLayout(self._cards)
        self._column.setContentsMargins(14, 0, 12, 6)
        self._column.setSpacing(5)
        self.setWidget(self._cards)
        workspace.diagnosis.changed.connect(self.refresh)
        workspace.selectionChanged.connect(self.refresh)
        self.hide()

    def refresh(self) -> None:
        """Show the findings of what is selected."""
        chosen = self._workspace.selection
        found = [
            finding
            for finding in self._workspace.diagnosis.findings
            if chosen & {finding.node, finding.link} or (not chosen and finding.node is None and finding.link is None)
        ]
        if found == self.findings:
            return
        self.findings = found
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        shown: list[QWidget] = [_card(finding) for finding in found[:MOST]]
        if len(found) > MOST:
            shown.append(_text(f"and {len(found) - MOST} more in Problems", "muted"))
        for card in shown:
            self._column.addWidget(card)
            card.show()  # at once: what is not shown yet counts for nothing in the height
        self.updateGeometry()
        self.setVisible(bool(found))

    def hasHeightForWidth(self) -> bool:
        """Sentences take more lines where it is narrow."""
        return True

    def heightForWidth(self, width: int) -> int:
        """What the cards need."""
        return self._cards.heightForWidth(width)

    def minimumSizeHint(self) -> QSize:
        """Nothing: a finding must not make the window larger."""
        return QSize(0, 0)


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
