"""The bar of tools: the commands one needs all day, the drawing's name, and the way to everything else.

In a narrow window the name is elided and the search shows little more than its keys; no tool goes out of view for them.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QPushButton, QSizePolicy, QToolBar, QWidget

from zinspector.ui.actions import Actions

TOOLS = ("run", "stop", "tap", "probe", "send", "record", "save-capture", "fit", "layout")
SHORT = {"save-capture": "Save"}
SEARCH, SEARCH_SHORT = "Search nodes and commands   Ctrl+P", "Ctrl+P"
APART = 8
NAME_SHARE = 0.4  # of the corner, for the name


class Toolbar(QToolBar):
    """Tools, then the name and the search."""

    def __init__(self, window: QMainWindow, actions: Actions) -> None:
        super().__init__("Tools", window)
        self.setObjectName("tools")
        self.setMovable(False)
        self.setIconSize(QSize(16, 16))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for name in TOOLS:
            if name in SHORT:
                actions[name].setIconText(SHORT[name])
            self.addAction(actions[name])
            if (button := self.widgetForAction(actions[name])) is not None:
                button.setObjectName(name)
        self.corner = _Corner()
        self.addWidget(self.corner)


class _Corner(QWidget):
    """What is left of the bar: the name of the drawing and the search, at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.search = QPushButton()
        self.search.setObjectName("search")
        self.search.setAccessibleName(SEARCH)
        self.search.setToolTip(SEARCH)
        self._name = ""
        self._label = QLabel()
        self._label.setProperty("role", "mono")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(APART)
        layout.addStretch(1)
        layout.addWidget(self._label)
        layout.addWidget(self.search)

    def show_name(self, name: str) -> None:
        """Show the name of the drawing."""
        self._name = name
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """The short search alone."""
        return QSize(self._search_width(SEARCH_SHORT), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        measure, room = self._label.fontMetrics(), self.width() - APART
        name = min(measure.horizontalAdvance(self._name), int(room * NAME_SHARE))
        text = SEARCH if name + self._search_width(SEARCH) <= room else SEARCH_SHORT
        self.search.setText(text)
        left = max(0, room - self._search_width(text))
        self._label.setText(measure.elidedText(self._name, Qt.TextElideMode.ElideMiddle, left))
        self._label.setToolTip(self._name)

    def _search_width(self, text: str) -> int:
        measure = self.search.fontMetrics()
        frame = self.search.sizeHint().width() - measure.horizontalAdvance(self.search.text())
        return measure.horizontalAdvance(text) + frame
