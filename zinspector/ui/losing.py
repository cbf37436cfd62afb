"""What opening, replacing or closing would end or lose, in words, and the question about it.

A question is asked with `open()` and answers by calling what its button stands for: see `filing`. Cancel, Esc and
closing the question do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtWidgets import QMessageBox, QWidget

from zinspector.topology.document import Document, ProxyNode, RelayNode
from zinspector.ui.workspace import Workspace

ROLES = {
    "save": QMessageBox.ButtonRole.AcceptRole,
    "lose": QMessageBox.ButtonRole.DestructiveRole,
}


@dataclass(frozen=True)
class Choice:
    """A button: what it says, whether it saves something or loses it, and what it does."""

    text: str
    what: Literal["save", "lose"]
    act: Callable[[], object]


def ask(window: QWidget, text: str, more: str, choices: Sequence[Choice]) -> None:
    """Ask; the first choice that saves is what Enter does, or else Cancel."""
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(text)
    box.setInformativeText(more)
    buttons = [(box.addButton(choice.text, ROLES[choice.what]), choice) for choice in choices]
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setEscapeButton(cancel)
    box.setDefaultButton(next((button for button, choice in buttons if choice.what == "save"), cancel))

    def answered(_: int) -> None:
        chosen = box.clickedButton()
        box.deleteLater()
        for button, choice in buttons:
            if button is chosen:
                choice.act()

    box.finished.connect(answered)
    box.open()


def passes_traffic(document: Document) -> bool:
    """Whether programs talk to each other through nodes of this drawing."""
    return any(isinstance(node, RelayNode | ProxyNode) for node in document.nodes)


def ending(workspace: Workspace) -> str:
    """What becomes of the run: `stops the run: programs behind its taps are cut off`; empty when nothing runs."""
    if not workspace.running:
        return ""
    cut = ": programs behind its taps are cut off" if passes_traffic(workspace.document) else ""
    return f"stops the run{cut}"


def messages_text(count: int) -> str:
    """`1 captured message that is not saved`."""
    return f"{count:,} captured messages that are not saved" if count != 1 else "1 captured message that is not saved"


def drawing_name(workspace: Workspace) -> str:
    """What the drawing is called: its file, or else its title."""
    return workspace.path.name if workspace.path is not None else workspace.document.name
