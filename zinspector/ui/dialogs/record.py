"""Record to file…: where to, and when the next file begins."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from zinspector.capture.take import Limits
from zinspector.ui.dialogs.choosing import ask_where_to_save

MEGABYTE = 10**6


class RecordDialog(QDialog):
    """Asks for a file and its limits.

    Signals:
        chosen(Path, Limits): record there.
    """

    chosen = Signal(object, object)

    def __init__(self, folder: Path, stem: str, parent: QWidget | None = None) -> None:
        """Propose a new file in `folder` whose name begins with `stem`."""
        super().__init__(parent)
        self.setWindowTitle("Record to file")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(540)
        self.path = QLineEdit(str(folder / f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}.arrow"))
        self.path.setAccessibleName("File")
        self.path.textChanged.connect(self._look)
        browse = QPushButton("Browse…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        where = QHBoxLayout()
        where.addWidget(QLabel("File"))
        where.addWidget(self.path, 1)
        where.addWidget(browse)
        self.every_size, self.megabytes = _limit("Begin a new file after", " MB", 100, 1_000_000)
        self.every_time, self.minutes = _limit("… or after", " minutes", 10, 100_000)
        self.keep, self.most = _limit("Keep only the newest", " files", 10, 10_000)
        limits = QGridLayout()
        limits.setHorizontalSpacing(10)
        for row, (box, spin) in enumerate(
            ((self.every_size, self.megabytes), (self.every_time, self.minutes), (self.keep, self.most))
        ):
            limits.addWidget(box, row, 0)
            limits.addWidget(spin, row, 1)
            box.toggled.connect(self._look)
        limits.setColumnStretch(2, 1)
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setProperty("role", "muted")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.record = self.buttons.addButton("Record", QDialogButtonBox.ButtonRole.AcceptRole)
        self.record.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(where)
        layout.addLayout(limits)
        layout.addWidget(self.note)
        layout.addWidget(self.buttons)
        self._look()

    def limits(self) -> Limits:
        """When the next file begins."""
        return Limits(
            self.megabytes.value() * MEGABYTE if self.every_size.isChecked() else None,
            self.minutes.value() * 60.0 if self.every_time.isChecked() else None,
            self.most.value() if self.keep.isChecked() and self.keep.isEnabled() else None,
        )

    def accept(self) -> None:
        """Tell what was chosen."""
        self.chosen.emit(Path(self.path.text()).expanduser(), self.limits())
        super().accept()

    def _look(self) -> None:
        path = Path(self.path.text()).expanduser()
        several = self.limits().several
        self.keep.setEnabled(several)
        self.most.setEnabled(several and self.keep.isChecked())
        self.record.setEnabled(bool(path.name))
        if several:
            self.note.setText(f"{path.stem}-0001{path.suffix}, {path.stem}-0002{path.suffix} … What is there stays.")
        elif path.exists():
            self.note.setText(f"{path.name} is there already, and will be replaced.")
        else:
            self.note.setText("Everything captured from now on, as an Arrow file that other programs read.")

    def _browse(self) -> None:
        def chose(path: Path) -> None:
            self.path.setText(str(path))

        ask_where_to_save(self, "Record to", Path(self.path.text()), "arrow", "Capture (*.arrow)", chose)


def _limit(text: str, unit: str, value: int, most: int) -> tuple[QCheckBox, QSpinBox]:
    box, spin = QCheckBox(text), QSpinBox()
    spin.setRange(1, most)
    spin.setValue(value)
    spin.setSuffix(unit)
    spin.setAccessibleName(f"{text}{unit}")
    spin.setEnabled(False)
    box.toggled.connect(spin.setEnabled)
    return box, spin
