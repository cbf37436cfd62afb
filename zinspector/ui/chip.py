"""A button that stays down: the chips in bars above tables and charts."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton


class Chip(QPushButton):
    """Chooses what is shown; the theme draws it as a pill."""

    def __init__(self, text: str, tip: str, *, checked: bool = False) -> None:
        super().__init__(text)
        self.setCheckable(True)
        self.setChecked(checked)
        self.setToolTip(tip)
        self.setProperty("role", "chip")
