"""The list of keyboard shortcuts, made from the table of commands."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

ON_CANVAS = (
    ("Canvas", "Tab", "Search for a node and add it"),
    ("Canvas", "Drag port to port", "Wire two sockets"),
    ("Canvas", "F", "Show the whole drawing"),
    ("Canvas", "Ctrl+wheel", "Zoom to the cursor"),
    ("Canvas", "Space or middle button + drag", "Move the view"),
    ("Canvas", "Arrows", "Nudge the selected nodes"),
    ("Canvas", "F2", "Rename the selected node"),
    ("Canvas", "Del", "Delete what is selected"),
    ("Messages", "End", "Follow the newest message again"),
    ("Send", "Ctrl+Enter", "Send the message"),
)


class ShortcutsDialog(QDialog):
    """Every shortcut, by menu."""

    def __init__(self, actions: Iterable[tuple[str, QAction]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(520, 560)
        rows = [
            *ON_CANVAS,
            *(
                (group, action.shortcut().toString(), action.text().replace("&", ""))
                for group, action in actions
                if not action.shortcut().isEmpty()
            ),
        ]
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setHorizontalSpacing(20)
        for row, (group, keys, text) in enumerate(rows):
            if row == 0 or rows[row - 1][0] != group:
                heading = QLabel(group.upper())
                heading.setProperty("role", "heading")
                grid.addWidget(heading, row, 0)
            key = QLabel(keys)
            key.setProperty("role", "mono")
            grid.addWidget(key, row, 1)
            grid.addWidget(QLabel(text), row, 2)
        grid.setRowStretch(len(rows), 1)
        grid.setColumnStretch(2, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.addWidget(area)
