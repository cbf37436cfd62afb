"""The commands about rows of the message table: find, go to, mark, compare. Wireshark's keys where it has any."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zinspector.ui.actions import Command

if TYPE_CHECKING:
    from zinspector.ui.inspect.messages import MessagesPanel

REFERENCE_TIP = "Show times relative to the selected message; again: as before"
UNMARK_TIP = "Take all marks away; again: bring them back"
COMPARE_TIP = "The selected message beside the one that was Ctrl+clicked, the mark before it, or its neighbour"


def row_commands(messages: Callable[[], MessagesPanel]) -> list[Command | str]:
    """The commands; `messages` brings the Messages tab to the front and gives it."""
    return [
        Command("find-next", "Edit", "Find next", lambda: messages().find_bar.find_next(1), "F3"),
        Command("find-previous", "Edit", "Find previous", lambda: messages().find_bar.find_next(-1), "Shift+F3"),
        Command("goto", "Edit", "&Go to message or time…", lambda: messages().row_actions.go_to(), "Ctrl+G"),
        "Edit/-",
        Command("mark", "Edit", "&Mark message", lambda: messages().row_actions.toggle_mark(), "Ctrl+M", "mark"),
        Command("mark-next", "Edit", "Next mark", lambda: messages().row_actions.next_mark(1), "Ctrl+Shift+N"),
        Command("mark-previous", "Edit", "Previous mark", lambda: messages().row_actions.next_mark(-1), "Ctrl+Shift+B"),
        Command(
            "unmark",
            "Edit",
            "Remove all marks",
            lambda: messages().row_actions.forget_marks(),
            "Ctrl+Alt+M",
            tip=UNMARK_TIP,
        ),
        Command(
            "reference",
            "Edit",
            "Set or unset time reference",
            lambda: messages().row_actions.toggle_reference(),
            "Ctrl+T",
            tip=REFERENCE_TIP,
        ),
        Command(
            "compare",
            "Edit",
            "Compare two messages…",
            lambda: messages().row_actions.compare(),
            "Ctrl+Shift+D",
            tip=COMPARE_TIP,
        ),
    ]
