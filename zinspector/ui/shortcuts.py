"""Shortcuts that work in text fields, too, where the system has a meaning of its own for them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

EVERYWHERE = {(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)}
"""Run and stop: on X11 and macOS it would be the end of the line."""


class ShortcutsInFields(QObject):
    """Watches the widget that has the focus: a field may not take the keys of `EVERYWHERE` for itself."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        QApplication.instance().focusChanged.connect(self._moved)  # type: ignore[union-attr]  # there is a window

    def _moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if new is not None and self._window.isAncestorOf(new):
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the key to the shortcut."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _everywhere(event):
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def _everywhere(event: QKeyEvent) -> bool:
    return (event.key(), event.modifiers()) in EVERYWHERE
