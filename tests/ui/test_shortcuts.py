"""Run and stop work while a text field has the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from zinspector.ui.shortcuts import ShortcutsInFields


class Greedy(QLineEdit):
    """Takes every key for itself, as some do on X11."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)


def taken(field: QLineEdit, key: Qt.Key) -> bool:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.ControlModifier)
    QApplication.sendEvent(field, event)
    return event.isAccepted()


def test_a_field_leaves_run_and_stop_to_the_shortcut(qtbot: QtBot) -> None:
    window, first, second, stranger = QWidget(), Greedy(), Greedy(), Greedy()
    for widget in (window, stranger):
        qtbot.addWidget(widget)
    layout = QVBoxLayout(window)
    layout.addWidget(first)
    layout.addWidget(second)
    ShortcutsInFields(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    for field in (first, second, first):
        field.setFocus()
        assert not taken(field, Qt.Key.Key_E)
        assert taken(field, Qt.Key.Key_A)
    assert taken(second, Qt.Key.Key_E)
    assert taken(stranger, Qt.Key.Key_E)
