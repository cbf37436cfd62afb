"""The star beside the filter line: filters saved under a name, and those that were used last.

What is remembered lives in the settings, so it is there at the next start.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QToolButton, QWidget

from zinspector.settings import Settings
from zinspector.ui.theme import icon, switch

MOST_RECENT = 12
NAME_CHARS = 60
TEXT_CHARS = 70


class SavedFilters(QToolButton):
    """The star and its menu.

    Signals:
        chosen(str): the user wants this filter.
        changed(): one was saved, renamed or deleted.
    """

    chosen = Signal(str)
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.settings = Settings()
        self.present = ""
        self.setText("Saved")
        self.setToolTip("Save this filter under a name; saved and recent filters (Alt+/)")
        self.setAccessibleName("Saved filters")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_ = QMenu(self)
        self.menu_.aboutToShow.connect(self.fill)
        self.menu_.setToolTipsVisible(True)
        self.setMenu(self.menu_)
        switch().changed.connect(self._retint)
        self._retint()

    def used(self, text: str) -> None:
        """Put a filter at the head of the recent ones."""
        self.settings.recent_filters = [text, *(old for old in self.settings.recent_filters if old != text)]
        del self.settings.recent_filters[MOST_RECENT:]

    def save(self, name: str, text: str) -> None:
        """Remember a filter under a name; one of that name is replaced."""
        name = " ".join(name.split())[:NAME_CHARS]
        if name and text:
            self.settings.filters[name] = text
            self.changed.emit()

    def rename(self, name: str, new: str) -> None:
        """Give a saved filter another name; it keeps its place."""
        new = " ".join(new.split())[:NAME_CHARS]
        if new and new != name and name in self.settings.filters:
            pairs = [(new if old == name else old, text) for old, text in self.settings.filters.items() if old != new]
            self.settings.filters = dict(pairs)
            self.changed.emit()

    def delete(self, name: str) -> None:
        """Forget the name of a saved filter; it stays among the recent ones."""
        text = self.settings.filters.pop(name, None)
        if text is not None:
            self.used(text)
            self.changed.emit()

    def ask_name(self) -> None:
        """Ask for the name to save the present filter under."""
        if self.present:
            known = next((name for name, text in self.settings.filters.items() if text == self.present), "")
            text = self.present
            self._ask("Save filter", f"Name for  {_short(text)}", known, lambda name: self.save(name, text))

    def open_menu(self) -> None:
        """Open the menu below the star; `showMenu()` would run an event loop of its own."""
        self.menu_.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def fill(self) -> None:
        """Make the menu anew."""
        menu = self.menu_
        menu.clear()
        save = menu.addAction("Save this filter…", self.ask_name)
        save.setEnabled(bool(self.present))
        _head(menu, "Saved")
        for name, text in self.settings.filters.items():
            menu.addAction(_plain(name), partial(self.chosen.emit, text)).setToolTip(_plain(text))
        if self.settings.filters:
            self._fill_changes(menu)
        else:
            menu.addAction("None yet: type a filter, then save it here").setEnabled(False)
        _head(menu, "Recent")
        for text in self.settings.recent_filters:
            menu.addAction(_plain(_short(text)), partial(self.chosen.emit, text))
        if not self.settings.recent_filters:
            menu.addAction("None yet").setEnabled(False)

    def _fill_changes(self, menu: QMenu) -> None:
        menu.addSeparator()
        rename, delete = menu.addMenu("Rename"), menu.addMenu("Delete")
        for name in self.settings.filters:
            rename.addAction(f"{_plain(name)}…", partial(self._ask_rename, name))
            delete.addAction(_plain(name), partial(self.delete, name))

    def _ask_rename(self, name: str) -> None:
        self._ask("Rename filter", f"New name for “{name}”", name, lambda new: self.rename(name, new))

    def _ask(self, title: str, label: str, text: str, answered: object) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label.replace("<", "‹"))
        dialog.setTextValue(text)
        dialog.setTextEchoMode(QLineEdit.EchoMode.Normal)
        dialog.textValueSelected.connect(answered)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _retint(self) -> None:
        self.setIcon(icon("star"))


def _head(menu: QMenu, title: str) -> None:
    """A title that is seen: style sheets hide that of a section."""
    menu.addSeparator()
    menu.addAction(title).setEnabled(False)


def _short(text: str) -> str:
    return text if len(text) <= TEXT_CHARS else f"{text[: TEXT_CHARS - 1]}…"


def _plain(text: str) -> str:
    """Text for a menu: `&` would underline a letter."""
    return text.replace("&", "&&")
