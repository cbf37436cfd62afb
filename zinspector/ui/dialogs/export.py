"""Export…: which rows, in which format, to which file; with what that format can't keep said before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from zinspector.capture.formats.exporting import FORMS, Form
from zinspector.ui.dialogs.choosing import ask_where_to_save

Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Part:
    """Some rows to choose: what they are called, and their numbers; None means all."""

    text: str
    count: int
    numbers: Numbers | None


class ExportDialog(QDialog):
    """Asks what to export, and how.

    Signals:
        chosen(Path, Form, object): write there, in that format, the rows with these numbers (None: all).
    """

    chosen = Signal(object, object, object)

    def __init__(self, path: Path, parts: list[Part], preferred: int = 0, parent: QWidget | None = None) -> None:
        """Propose `path`, whose extension names a format, and one of `parts`."""
        super().__init__(parent)
        self.setWindowTitle("Export capture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        self._parts = parts
        self.rows = QButtonGroup(self)
        self.format = QComboBox()
        for form in FORMS:
            self.format.addItem(f"{form.name} ({form.suffix}) for {form.about}", form)
        self.format.setAccessibleName("Format")
        self.path = QLineEdit(str(path))
        self.path.setAccessibleName("File")
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setProperty("role", "muted")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export = self.buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.export.setDefault(True)
        self._lay_out(preferred)
        self.format.currentIndexChanged.connect(self._format_changed)
        self.path.textChanged.connect(self._look)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._look()

    @property
    def form(self) -> Form:
        """The format that is chosen."""
        chosen: Form = self.format.currentData()
        return chosen

    def choose(self, suffix: str) -> None:
        """Choose a format by its extension."""
        self.format.setCurrentIndex([form.suffix for form in FORMS].index(suffix))

    def accept(self) -> None:
        """Tell what was chosen."""
        numbers = self._parts[self.rows.checkedId()].numbers
        self.chosen.emit(Path(self.path.text()).expanduser(), self.form, numbers)
        super().accept()

    def _lay_out(self, preferred: int) -> None:
        choices = QVBoxLayout()
        choices.setSpacing(4)
        for number, part in enumerate(self._parts):
            button = QRadioButton(f"{part.text}: {part.count:,}")
            button.setEnabled(part.count > 0 or number == 0)
            self.rows.addButton(button, number)
            choices.addWidget(button)
        self.rows.button(preferred).setChecked(True)
        browse = QPushButton("Browse…")
        browse.setAutoDefault(False)  # Return exports
        browse.clicked.connect(self._browse)
        where = QHBoxLayout()
        where.addWidget(self.path, 1)
        where.addWidget(browse)
        form = QFormLayout()
        form.setVerticalSpacing(12)
        form.addRow("Rows", choices)
        form.addRow("Format", self.format)
        form.addRow("File", where)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self.note)
        layout.addStretch()
        layout.addWidget(self.buttons)

    def _format_changed(self) -> None:
        """Give the file the extension of the format."""
        path = Path(self.path.text())
        if path.name:
            self.path.setText(str(path.with_suffix(self.form.suffix)))
        self._look()

    def _look(self) -> None:
        """Say what will be lost, and what will be replaced."""
        path = Path(self.path.text()).expanduser()
        known = [form.suffix for form in FORMS]
        if path.suffix.lower() in known and path.suffix.lower() != self.form.suffix:
            self.choose(path.suffix.lower())
            return
        told = [self.form.loses or "Everything is kept, and it opens here again as it is."]
        if path.is_file():
            told.append(f"{path.name} is there already, and will be replaced.")
        self.note.setText("\n".join(told))
        self.export.setEnabled(bool(path.name) and not path.is_dir())

    def _browse(self) -> None:
        ask_where_to_save(
            self,
            "Export to",
            Path(self.path.text()),
            self.form.suffix.removeprefix("."),
            f"{self.form.name} (*{self.form.suffix})",
            lambda path: self.path.setText(str(path)),
            warns=False,  # the note does
        )
