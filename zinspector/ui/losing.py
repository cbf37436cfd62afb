"""What opening, replacing or closing would end or lose, in words, and the question about it.

A question is asked with `open()` and answers by calling what its button stands for. Cancel, Esc and closing the
question do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtWidgets import QMessageBox, QWidget

from zinspector.topology.document import Document, ProxyNode, RelayNode
from zinspector.ui.unsaved import Unsaved
from zinspector.ui.workspace import Workspace

Then = Callable[[], object]

ROLES = {
    "save": QMessageBox.ButtonRole.AcceptRole,
    "lose": QMessageBox.ButtonRole.DestructiveRole,
}


@dataclass(frozen=True)
class Choice:
    """A button: what it says, whether it saves something or loses it, and what it does."""

    text: str
    what: Literal["save", "lose"]
    act: Then


class Losing:
    """Asks before unsaved work is replaced or closed."""

    def __init__(
        self,
        window: QWidget,
        workspace: Workspace,
        unsaved: Unsaved,
        save_drawing: Callable[[Then], None],
        save_capture: Callable[[Then], None],
    ) -> None:
        """`save_drawing` and `save_capture` save, after asking where to if need be, and then call what they get."""
        self._window = window
        self._workspace = workspace
        self._unsaved = unsaved
        self._save_drawing = save_drawing
        self._save_capture = save_capture

    def unless_unsaved(self, go_on: Then) -> None:
        """Call `go_on` now, or after the user has saved or given up unsaved work; not if they cancel."""
        if not self._workspace.modified:
            go_on()
            return
        choices = (
            Choice("Save", "save", lambda: self._save_drawing(go_on)),
            Choice("Discard", "lose", go_on),
        )
        ask(self._window, f"Save the changes to “{drawing_name(self._workspace)}”?", "", choices)

    def unless_uncaptured(self, go_on: Then) -> None:
        """Call `go_on` now, or after the user has saved or given up captured messages; not if they cancel.

        Also asks before programs that talk through a tap are cut off, which what replaces the messages does.
        """
        unsaved, ends = self._unsaved.messages, ending(self._workspace)
        replaces = f"replaces {messages_text(unsaved)}" if unsaved else ""
        if not replaces and not (ends and passes_traffic(self._workspace.document)):
            go_on()
            return
        text = f"This {', and '.join(filter(None, (replaces, ends)))}."
        lose = " and ".join(filter(None, ("Stop" if ends else "", "replace them" if replaces else "go on")))
        save_first = Choice("Save them first…", "save", lambda: self._save_capture(go_on))
        ask(
            self._window,
            text,
            "",
            [*([save_first] if unsaved else []), Choice(lose[0].upper() + lose[1:], "lose", go_on)],
        )

    @property
    def asks_before_closing(self) -> bool:
        """Whether something would be lost if the window closed now."""
        return self._workspace.modified or bool(self._unsaved.worth_keeping)

    def before_closing(self, go_on: Then) -> None:
        """Call `go_on` after the user has saved or given up the drawing and the messages; not if they cancel."""
        messages = self._unsaved.worth_keeping
        if not messages:
            self.unless_unsaved(go_on)
            return
        ends = ending(self._workspace)
        more = f"Closing {ends}." if ends else ""
        if not self._workspace.modified:
            text = f"There {'is' if messages == 1 else 'are'} {messages_text(messages)}."
            choices = [Choice("Save capture…", "save", lambda: self._save_capture(go_on))]
            ask(self._window, text, more, [*choices, Choice("Discard", "lose", go_on)])
            return
        name = drawing_name(self._workspace)
        choices = [
            Choice("Save both…", "save", lambda: self._save_drawing(lambda: self._save_capture(go_on))),
            Choice("Save the drawing only", "save", lambda: self._save_drawing(go_on)),
            Choice("Discard both", "lose", go_on),
        ]
        ask(self._window, f"Save the changes to “{name}”, and {messages_text(messages)}?", more, choices)


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
