"""The button that says whether a table keeps its newest row in view, and makes it do so."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from zinspector.ui.inspect.table import MessageTable


class FollowButton(QPushButton):
    """`Auto-scroll ✓`: pressed while the table follows."""

    def __init__(self, table: MessageTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setToolTip("Keep the newest in view (End); scrolling up or selecting ends it")
        self.toggled.connect(table.set_following)
        table.followChanged.connect(self._show)
        self._show(table.following)
        self.setMinimumWidth(self.sizeHint().width())  # at its widest, so that the bar keeps still

    def _show(self, following: bool) -> None:
        self.setChecked(following)
        self.setText("Auto-scroll ✓" if following else "Auto-scroll")
