"""Where the parts of the window stand: tabs, docks around the canvas, their sizes; and how that is remembered."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from zinspector.settings import Settings

DEFAULT_SIZE = (1400, 850)
SCREEN_SHARE = 0.96  # of the screen, for a first start: there are borders and a title bar
LEAST_SIZE = (720, 440)
LEAST_TABS = (320, 140)
SIDES = {"Palette": 185, "Properties": 300}
LOWER = {"Inspector": 320}
MOST_SHARE = 0.42  # of the window, for the docks of a side: a small window is the canvas's first
AREAS = {
    "Palette": Qt.DockWidgetArea.LeftDockWidgetArea,
    "Properties": Qt.DockWidgetArea.RightDockWidgetArea,
    "Inspector": Qt.DockWidgetArea.BottomDockWidgetArea,
}


def tabbed(panels: Mapping[str, QWidget]) -> QTabWidget:
    """Panels as tabs, by their titles."""
    tabs = QTabWidget()
    tabs.setDocumentMode(True)
    tabs.setMinimumSize(*LEAST_TABS)
    for title, panel in panels.items():
        tabs.addTab(panel, title)
    return tabs


class Layout:
    """Docks `Palette`, `Properties` and `Inspector` around the centre of a window."""

    def __init__(self, window: QMainWindow, settings: Settings, parts: Mapping[str, QWidget]) -> None:
        """`parts` are what the docks hold, by their names."""
        self._window = window
        self._settings = settings
        self._remembers = True
        window.setDockNestingEnabled(True)
        window.setMinimumSize(*LEAST_SIZE)  # with a large font the panels ask for more than a small screen has
        window.setCorner(Qt.Corner.BottomLeftCorner, AREAS["Inspector"])
        window.setCorner(Qt.Corner.BottomRightCorner, AREAS["Inspector"])
        self.docks = {title: self._dock(title, part) for title, part in parts.items()}

    def forget(self) -> None:
        """Take the size and layout of a first start, and remember nothing at the end: this window is for a picture."""
        self._remembers = False
        self._settings.geometry = self._settings.layout = ""
        self.restore()

    def restore(self) -> None:
        """Be as at the last time, or as at a first start."""
        window = self._window
        size = QSize(*DEFAULT_SIZE)
        if QGuiApplication.platformName() != "offscreen":  # which has a screen of 800 x 800 that nobody sees
            size = size.boundedTo(window.screen().availableSize() * SCREEN_SHARE)
        window.resize(size)
        for sizes, way, room in (
            (SIDES, Qt.Orientation.Horizontal, size.width()),
            (LOWER, Qt.Orientation.Vertical, size.height()),
        ):
            part = min(1.0, MOST_SHARE * room / sum(sizes.values()))
            window.resizeDocks([self.docks[title] for title in sizes], [int(one * part) for one in sizes.values()], way)
        if self._settings.geometry:
            window.restoreGeometry(QByteArray.fromHex(self._settings.geometry.encode()))
        if self._settings.layout:
            window.restoreState(QByteArray.fromHex(self._settings.layout.encode()))

    def remember(self) -> bool:
        """Put size and layout into the settings; whether settings are to be remembered at all."""
        if self._remembers:
            self._settings.geometry = bytes(self._window.saveGeometry().toHex().data()).decode()
            self._settings.layout = bytes(self._window.saveState().toHex().data()).decode()
        return self._remembers

    def _dock(self, title: str, part: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(title.lower())
        dock.setWidget(part)
        dock.setTitleBarWidget(QWidget(dock))
        self._window.addDockWidget(AREAS[title], dock)
        return dock
