"""Renaming a node where it stands: a line over its title. Enter takes the name, Escape leaves it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class RenameLine(QLineEdit):
    """The line, a child of the canvas.

    Signals:
        renamed(str, str): the node's id and its new label.
    """

    renamed = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self._node_id = ""
        self.setAccessibleName("New name of the node")
        self.installEventFilter(self)
        self.hide()

    def edit(self, node_id: str, label: str, place: QRect) -> None:
        """Ask for a new label at a place in the parent."""
        self._node_id = node_id
        self.setText(label)
        self.setPlaceholderText(node_id)
        height = max(place.height(), self.sizeHint().height())
        self.setGeometry(place.left(), place.center().y() - height // 2, max(place.width(), 120), height)
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the name, and goes no further: on the canvas it means something else."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape leaves the name as it was, going elsewhere takes it."""
        if watched is self and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self._close()
            event.accept()
            return True
        if watched is self and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self._take()
        return False

    def _take(self) -> None:
        if self._node_id:
            node_id, self._node_id = self._node_id, ""
            self.renamed.emit(node_id, self.text())
        self._close()

    def _close(self) -> None:
        self._node_id = ""
        if self.isVisible():
            self.hide()
            self._canvas.setFocus()
