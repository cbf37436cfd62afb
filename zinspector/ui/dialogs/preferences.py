"""Preferences (Ctrl+,): how much of what is captured is kept, and how the window looks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from zinspector.settings import LEAST_RETENTION_MB, MOST_RETENTION_MB, Settings, sessions_folder

THEMES = {"As the system": "system", "Dark": "dark", "Light": "light"}
STEP_MB = 256


class PreferencesDialog(QDialog):
    """Shows the settings; they are taken over with OK.

    Signals:
        retentionChanged(int): keep so many megabytes.
        themeChanged(str): system, dark or light.
    """

    retentionChanged = Signal(int)
    themeChanged = Signal(str)

    def __init__(self, settings: Settings, theme: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self.retention = QSpinBox()
        self.retention.setRange(LEAST_RETENTION_MB, MOST_RETENTION_MB)
        self.retention.setSingleStep(STEP_MB)
        self.retention.setGroupSeparatorShown(True)
        self.retention.setSuffix(" MB")
        self.retention.setValue(settings.retention_mb)
        self.theme = QComboBox()
        self.theme.addItems(list(THEMES))
        self.theme.setCurrentIndex(list(THEMES.values()).index(theme))
        note = QLabel(
            "The oldest messages go first, and are counted as dropped. They are kept on the disk while the window is "
            f"open, in {sessions_folder()}, so that nothing is lost when it is killed; memory stays small. "
            "A recording (Ctrl+R) has no limit."
        )
        note.setTextFormat(Qt.TextFormat.PlainText)
        note.setWordWrap(True)
        note.setProperty("role", "muted")
        form = QFormLayout()
        form.addRow("Keep captured messages up to", self.retention)
        form.addRow("", note)
        form.addRow("Theme", self.theme)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        layout.addLayout(form)
        layout.addWidget(self.buttons)

    def accept(self) -> None:
        """Tell what was chosen."""
        self.retentionChanged.emit(self.retention.value())
        self.themeChanged.emit(THEMES[self.theme.currentText()])
        super().accept()
