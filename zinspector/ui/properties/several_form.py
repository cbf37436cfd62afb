"""What can be done to several selected things at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from zinspector.ui.canvas.verbs import Verbs
from zinspector.ui.canvas.words import mark, plural
from zinspector.ui.properties.form import Form
from zinspector.ui.workspace import Workspace

COLUMNS = 2


class SeveralForm(Form):
    """Counts what is selected and offers what suits all of it."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        verbs = Verbs(workspace)
        self.summary = self.note("", "text")
        self.buttons: dict[str, QPushButton] = {}
        self._buttons("Arrange", {
            "Align left": lambda: verbs.align("left"),
            "Align top": lambda: verbs.align("top"),
            "In one column": lambda: verbs.align("centre"),
            "In one row": lambda: verbs.align("middle"),
            "Spread across": lambda: verbs.distribute("horizontal"),
            "Spread down": lambda: verbs.distribute("vertical"),
        })  # fmt: skip
        self._buttons("Change", {
            "Wire": verbs.link_selected,
            "Select connected": verbs.select_connected,
            "Duplicate": verbs.duplicate,
            "Delete": verbs.delete,
        })  # fmt: skip
        self.stretch()
        self.refresh()

    def refresh(self) -> None:
        """Count again."""
        super().refresh()
        document, chosen = self.workspace.document, self.workspace.selection
        nodes = [node for node in document.nodes if node.id in chosen]
        links = sum(link.id in chosen for link in document.links)
        kinds = " · ".join(f"{count} {kind}" for kind, count in Counter(mark(node) for node in nodes).items())
        counts = filter(None, (plural(len(nodes), "node") if nodes else "", plural(links, "link") if links else ""))
        self.summary.setText(f"{' and '.join(counts)}{f': {kinds}' if kinds else ''}")
        for name in ("Align left", "Align top", "In one column", "In one row"):
            self.buttons[name].setEnabled(len(nodes) > 1)
        for name in ("Spread across", "Spread down"):
            self.buttons[name].setEnabled(len(nodes) > 2)
        self.buttons["Wire"].setEnabled(len(nodes) == 2)
        self.buttons["Duplicate"].setEnabled(bool(nodes))

    def _buttons(self, title: str, verbs: dict[str, Callable[[], object]]) -> None:
        self.heading(title)
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        for place, (name, go) in enumerate(verbs.items()):
            self.buttons[name] = button = QPushButton(name)
            button.clicked.connect(lambda _=False, verb=go: verb())
            grid.addWidget(button, place // COLUMNS, place % COLUMNS)
        self.add(holder)
