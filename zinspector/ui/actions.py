"""Every command of the window, once: its name, icon, shortcut, menu and what it does.

Menus, tool bar, command palette and the list of shortcuts are all made from this table, so a command can't be in one
and forgotten in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from zinspector.ui.theme import icon


@dataclass(frozen=True)
class Command:
    """One command. `shortcut` is Qt's portable text; several are separated by a space."""

    name: str
    menu: str
    text: str
    run: Callable[[], object]
    shortcut: str = ""
    icon: str = ""
    tip: str = ""
    checkable: bool = False


class Actions:
    """The window's QActions by name, and the menus that hold them."""

    def __init__(self, window: QMainWindow, commands: list[Command | str]) -> None:
        """`commands` in the order of the menus; a string `Menu/-` is a separator, `Menu/Title` a submenu to fill."""
        self.window = window
        self.by_name: dict[str, QAction] = {}
        self.submenus: dict[str, QMenu] = {}
        self._groups: dict[str, str] = {}
        self._icons: dict[str, str] = {}
        self._menus: dict[str, QMenu] = {}
        for command in commands:
            if isinstance(command, str):
                self._place(command)
            else:
                self._add(command)
        self.retint()

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def __iter__(self) -> Iterator[tuple[str, QAction]]:
        """(menu title, action) pairs; one in a submenu has its title, too: `View › Theme`."""
        for name, action in self.by_name.items():
            yield self._groups[name], action

    def retint(self) -> None:
        """Take the icons of the present theme."""
        for name, file in self._icons.items():
            self.by_name[name].setIcon(icon(file, "on_accent" if name == "run" else "text"))

    def _menu(self, title: str) -> QMenu:
        if title not in self._menus:
            self._menus[title] = self.window.menuBar().addMenu(f"&{title}")
        return self._menus[title]

    def _place(self, where: str) -> None:
        title, _, what = where.partition("/")
        if what == "-":
            self._menu(title).addSeparator()
        else:
            self.submenus[what] = self._menu(title).addMenu(what)

    def _add(self, command: Command) -> None:
        action = QAction(command.text, self.window)
        action.setObjectName(command.name)
        action.setCheckable(command.checkable)
        action.setShortcuts([QKeySequence(text) for text in command.shortcut.split()])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        plain = command.text.replace("&", "").rstrip("…")
        keys = f" ({action.shortcut().toString()})" if command.shortcut else ""
        action.setToolTip(f"{command.tip or plain}{keys}")
        action.setStatusTip("")
        action.triggered.connect(lambda _=False: command.run())
        self.window.addAction(action)
        self.by_name[command.name] = action
        self._groups[command.name] = command.menu.replace("/", " › ")
        if command.icon:
            self._icons[command.name] = command.icon
        head, _, submenu = command.menu.partition("/")
        (self.submenus[submenu] if submenu else self._menu(head)).addAction(action)
