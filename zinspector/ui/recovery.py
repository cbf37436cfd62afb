"""The bar that offers what a killed window had captured: open it, discard it, or decide later.

Looking for it happens beside the window, which opens at once. What is opened stays on the disk until it is saved or
discarded; what is left for later is offered again by the next window.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolBar, QWidget

from zinspector.capture.sessions import Left, left_behind
from zinspector.tasks import in_thread
from zinspector.ui.status import bytes_text
from zinspector.ui.theme import icon, switch

Open = Callable[[Left], object]


class RecoveryBar(QToolBar):
    """One line for the newest session that was left behind, hidden when there is none."""

    def __init__(self, open_left: Open, parent: QWidget | None = None) -> None:
        """`open_left` is handed the session to show; it is no longer ours then."""
        super().__init__("Recovery", parent)
        self.setObjectName("recovery")
        self.setMovable(False)
        self._open_left = open_left
        self._left: list[Left] = []
        self._sign = QLabel()
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setMinimumWidth(1)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.open = QPushButton("Open")
        self.open.setProperty("role", "primary")
        self.open.setToolTip("Show these messages, with the drawing they were captured with")
        self.discard = QPushButton("Discard")
        self.discard.setToolTip("Delete these messages for good")
        self.later = QPushButton("Later")
        self.later.setToolTip("Keep them; the next window offers them again")
        inner = QWidget()
        layout = QHBoxLayout(inner)
        layout.setContentsMargins(8, 3, 8, 3)
        layout.addWidget(self._sign)
        layout.addWidget(self.text, 1)
        for button, act in ((self.open, self._open), (self.discard, self._discard), (self.later, self._later)):
            layout.addWidget(button)
            button.clicked.connect(act)
        self.addWidget(inner)
        switch().changed.connect(self._show)
        self.setVisible(False)
        self.toggleViewAction().setVisible(False)

    async def look(self, root: Path) -> None:
        """Look for sessions that were left behind in this folder."""
        self._left = await in_thread(left_behind, root)
        self._show()

    def release(self) -> None:
        """Leave what is not decided to the next window."""
        for left in self._left:
            left.release()
        self._left = []

    def _show(self) -> None:
        self.setVisible(bool(self._left))
        if not self._left:
            return
        left = self._left[0]
        self._sign.setPixmap(icon("warning", "warn").pixmap(16, 16))
        others = len(self._left) - 1
        more = f"   (and {others} more)" if others else ""
        began, ended = time.localtime(left.began_s), time.localtime(left.ended_s)
        self.text.setText(
            f"zinspector ended unexpectedly: {left.rows:,} messages ({bytes_text(left.bytes)}) captured on "
            f"{time.strftime('%d %b %Y, %H:%M:%S', began)} to {time.strftime('%H:%M:%S', ended)} were kept{more}"
        )
        self.text.setToolTip(self.text.text())

    def _open(self) -> None:
        left = self._left.pop(0)
        self._show()
        self._open_left(left)

    def _discard(self) -> None:
        self._left.pop(0).discard()
        self._show()

    def _later(self) -> None:
        self._left.pop(0).release()
        self._show()
