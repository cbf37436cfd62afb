"""Which captured messages are in no file, and of those, which are worth a question.

What was opened, saved or recorded is in a file. Not worth a question are the messages of a sample as it was shipped,
which come again when it runs, and those that a killed window left: they stay on the disk until they are saved.
"""

from __future__ import annotations

from collections.abc import Callable

from zinspector.capture.sessions import Left
from zinspector.topology.document import Document
from zinspector.ui.workspace import Workspace


class Unsaved:
    """Told of what is opened and saved, it counts the rest."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._safe_n = 0  # up to this row, what was captured is in a file
        self._left: Left | None = None  # the session of a killed window that is shown and not saved
        self._left_clears = 0
        self._sample: Document | None = None  # as it was shipped
        self.recorded: Callable[[], range] = lambda: range(0)
        """The numbers of the rows that a recording has."""

    @property
    def messages(self) -> int:
        """How many captured messages are in no file."""
        store = self._workspace.store
        first = max(store.first_n, self._safe_n + 1)
        recorded = self.recorded()
        if recorded.start <= first < recorded.stop:
            first = recorded.stop
        return max(0, store.next_n - first)

    @property
    def worth_keeping(self) -> int:
        """How many of them a user would miss."""
        return 0 if self._workspace.document is self._sample or self._shows_left() else self.messages

    def opened(self) -> None:
        """The messages of a file are shown."""
        self._safe_n = self._workspace.store.next_n - 1

    def opened_left(self, left: Left) -> None:
        """The messages that a killed window had captured are shown."""
        self._left, self._left_clears = left, self._workspace.store.clears

    def opened_sample(self) -> None:
        """A shipped drawing is shown."""
        self._sample = self._workspace.document

    def saved(self, last_n: int) -> None:
        """The rows up to `last_n` are in a file; what a killed window left of them is not needed any more."""
        self._safe_n = last_n
        if self._left is not None and self._shows_left():
            self._left.discard()
            self._left = None

    def _shows_left(self) -> bool:
        return self._left is not None and self._left_clears == self._workspace.store.clears
