"""What stands where the answer will, while nothing has been asked: what can be asked, and examples."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from zinspector.ui.query.examples import EXAMPLES

WHAT = (
    "Ask SQL about the messages: the table is called messages, with the columns n, time, node, link, connection, "
    "direction, kind, name, from_type, to_type, size, frames, topic, text and payload (JSON)."
)


class NoAnswer(QWidget):
    """The columns, and a button for each example.

    Signals:
        chosen(str): ask this statement.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 8, 16, 8)
        grid.setSpacing(8)
        what = QLabel(WHAT)
        what.setWordWrap(True)
        what.setProperty("role", "muted")
        grid.addWidget(what, 0, 0, 1, 2)
        for place, example in enumerate(EXAMPLES):
            button = QPushButton(example.title)
            button.setToolTip(f"Ask:\n{example.sql}")
            button.clicked.connect(partial(self.chosen.emit, example.sql))
            grid.addWidget(button, 1 + place // 2, place % 2)
        grid.setRowStretch(10, 1)
