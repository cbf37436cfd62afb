"""About: versions of everything that matters in a bug report, and what this libzmq has."""

from __future__ import annotations

import platform

import PySide6
from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from zinspector import __version__
from zinspector.runtime.versions import capabilities, versions
from zinspector.ui.theme import icon


def about_lines() -> list[tuple[str, str]]:
    """(name, version or list) pairs, as shown and as copied."""
    import pyqtgraph  # here, because it takes a quarter of a start-up

    has = [name for name, there in sorted(capabilities().items()) if there]
    lacks = [name for name, there in sorted(capabilities().items()) if not there]
    return [
        ("zinspector", __version__),
        *versions().items(),
        ("Qt", qVersion()),
        ("PySide6", PySide6.__version__),
        ("pyqtgraph", pyqtgraph.__version__),
        ("System", platform.platform(terse=True)),
        ("This libzmq has", ", ".join(has) or "nothing beyond tcp and inproc"),
        ("It lacks", ", ".join(lacks) or "nothing"),
    ]


class AboutDialog(QDialog):
    """The about box."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About zinspector")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(14)
        logo = QLabel()
        logo.setPixmap(icon("zinspector").pixmap(48, 48))
        layout.addWidget(logo)
        title = QLabel("zinspector")
        title.setProperty("role", "title")
        layout.addWidget(title)
        layout.addWidget(QLabel("Draw, run, sniff, inspect and measure ZeroMQ systems. Apache License 2.0."))
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        for row, (name, value) in enumerate(about_lines()):
            key, text = QLabel(name), QLabel(value)
            key.setProperty("role", "muted")
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setWordWrap(len(value) > 60)
            text.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            grid.addWidget(key, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, row, 1)
        grid.setColumnStretch(1, 1)
        layout.addLayout(grid)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip("Copy these lines for a bug report")
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{name}: {value}" for name, value in about_lines()))
