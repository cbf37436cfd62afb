"""Showing one panel of the window by itself, and typing into it as a user does."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

W = TypeVar("W", bound=QWidget)


def hosted(qtbot: QtBot, widget: W, width: int, height: int) -> W:
    """Show a widget in a bare window: the offscreen platform warns about windows with size hints of their own."""
    window = QWidget()
    qtbot.addWidget(window, before_close_func=lambda _: widget.setParent(window))
    widget.setParent(window)
    window.resize(width, height)
    widget.resize(width, height)
    window.show()
    widget.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    return widget


def retype(qtbot: QtBot, edit: QLineEdit | QPlainTextEdit, text: str) -> None:
    """Select all, and type something else."""
    edit.setFocus()
    edit.selectAll()
    if not text:
        qtbot.keyClick(edit, Qt.Key.Key_Delete)
    qtbot.keyClicks(edit, text)


def leave(edit: QWidget) -> None:
    """Take the focus away from a field."""
    edit.clearFocus()
    QApplication.processEvents()
