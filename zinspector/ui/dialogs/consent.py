"""Consent to run a script: a topology file from someone else must not run code unseen."""

from __future__ import annotations

import hashlib

from PySide6.QtWidgets import QMessageBox, QWidget

from zinspector.settings import Settings
from zinspector.tasks import answer


async def ask_consent(parent: QWidget, path: str, source: bytes, settings: Settings) -> bool:
    """Ask whether the script at `path` may run; a yes is remembered until its source changes."""
    digest = hashlib.sha256(source).hexdigest()
    if settings.trusted_scripts.get(path) == digest:
        return True
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Run this script?")
    box.setText("The drawing wants to run a Python script with your rights:")
    box.setInformativeText(f"{path}\n\nRun it only if you know what it does.")
    box.setDetailedText(source.decode("utf-8", "replace"))
    run = box.addButton("Run the script", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton("Don't run it", QMessageBox.ButtonRole.RejectRole))
    finished = answer(box.finished)
    box.open()
    await finished
    allowed = box.clickedButton() is run
    box.deleteLater()
    if allowed:
        settings.trusted_scripts[path] = digest
    return allowed
