"""The chips above the messages: which kinds of rows, and of which nodes and links.

The full filter language comes later; what can be said here is a `Scope`, and so costs nothing per message.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from zinspector.capture.follow import Follow
from zinspector.capture.message import Message
from zinspector.decode.api import visible
from zinspector.topology.document import Document
from zinspector.ui.chip import Chip
from zinspector.ui.inspect.rows import Scope
from zinspector.ui.workspace import Workspace

KINDS = {
    "Messages": frozenset({"message"}),
    "Commands": frozenset({"command", "handshake"}),
    "Events": frozenset({"event"}),
}
AT_FIRST = ("Messages", "Commands")
NAME_CHARS = 28
MOST_NAMES = 2


class ScopeBar(QWidget):
    """Chips that make a scope.

    Signals:
        scopeChanged(object): the user wants another Scope.
    """

    scopeChanged = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._items: frozenset[str] = frozenset()
        self._follow: Follow | None = None
        self.kinds = {name: Chip(name, f"Show {name.lower()}") for name in KINDS}
        self.all = Chip("All nodes", "Show what all nodes and links saw")
        self.selected = Chip("Selected", "Show only what the nodes and links selected on the canvas saw")
        self.chosen = QLabel()
        self.chosen.setTextFormat(Qt.TextFormat.PlainText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for name, chip in self.kinds.items():
            chip.setChecked(name in AT_FIRST)
            chip.toggled.connect(self._changed)
            layout.addWidget(chip)
        layout.addSpacing(8)
        layout.addWidget(self.all)
        layout.addWidget(self.selected)
        layout.addWidget(self.chosen)
        self.all.clicked.connect(lambda: self.narrow(follow=self._follow))
        self.selected.clicked.connect(self._selected_clicked)
        workspace.selectionChanged.connect(self._selection_changed)
        workspace.documentChanged.connect(self._show)
        self._show()

    @property
    def scope(self) -> Scope:
        """What the chips say."""
        shown = [name for name, chip in self.kinds.items() if chip.isChecked()]
        kinds = frozenset().union(*(KINDS[name] for name in shown or AT_FIRST[:1]))
        return Scope(kinds, self._items, follow=self._follow)

    def narrow(self, items: frozenset[str] = frozenset(), follow: Follow | None = None) -> None:
        """Show only what these nodes and links saw, and what belongs together; nothing given shows all."""
        self.selected.setChecked(False)
        self._follow = follow
        self._narrow(items)

    def show_kinds_of(self, message: Message) -> None:
        """See to it that rows of this message's kind are shown."""
        for name, chip in self.kinds.items():
            if message.kind in KINDS[name]:
                chip.setChecked(True)

    def _narrow(self, items: frozenset[str]) -> None:
        self._items = items
        self._changed()

    def _changed(self) -> None:
        if not any(chip.isChecked() for chip in self.kinds.values()):
            self.kinds["Messages"].setChecked(True)  # comes back here
            return
        self._show()
        self.scopeChanged.emit(self.scope)

    def _selected_clicked(self) -> None:
        self._narrow(self._workspace.selection if self.selected.isChecked() else frozenset())

    def _selection_changed(self, selection: frozenset[str]) -> None:
        if self.selected.isChecked():
            self._narrow(selection)

    def _show(self) -> None:
        titles = [item_title(self._workspace.document, item) for item in sorted(self._items)]
        what = [*titles[:MOST_NAMES], *([f"{len(titles) - MOST_NAMES} more"] if len(titles) > MOST_NAMES else [])]
        nothing = "nothing is selected, so all" if self.selected.isChecked() else ""
        self.chosen.setText(", ".join(what) if what else nothing)
        self.chosen.setVisible(bool(self.chosen.text()))
        self.all.setChecked(not what)


def item_title(document: Document, item: str) -> str:
    """A node or link as people call it, short and harmless."""
    node, link = document.node(item), document.link(item)
    if node is not None:
        return visible(node.title, NAME_CHARS)
    if link is not None:
        return f"{item_title(document, link.source)} → {item_title(document, link.target)}"
    return visible(item, NAME_CHARS)
