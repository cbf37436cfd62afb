"""Undo and redo: a line of documents with a label for each step. Documents never change, so a step is a reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from zinspector.topology.document import Document

LIMIT = 500


@dataclass(frozen=True)
class _Step:
    label: str
    before: Document
    after: Document
    merge_key: str | None


class History:
    """The edits of one document. At most `LIMIT` steps are kept; the oldest go first."""

    def __init__(self, document: Document | None = None) -> None:
        self.document = document or Document()
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    def push(self, label: str, document: Document, merge_key: str | None = None) -> None:
        """Make `document` the present one.

        A step with the same `merge_key` as the one before it widens that step (typing, dragging), so one undo takes
        all of it back. What was undone before can't be redone any more.
        """
        if document == self.document:
            return
        before = self.document
        if merge_key is not None and self._done and not self._undone and self._done[-1].merge_key == merge_key:
            before = self._done.pop().before
        self._undone.clear()
        if document != before:
            self._done.append(_Step(label, before, document, merge_key))
            del self._done[:-LIMIT]
        self.document = document

    def seal(self) -> None:
        """End the present step: the next push begins a new one, whatever its merge key."""
        if self._done:
            last = self._done[-1]
            self._done[-1] = _Step(last.label, last.before, last.after, None)

    def rewrite(self, change: Callable[[Document], Document]) -> None:
        """Change every document of the line alike, as one that was saved in another folder must."""
        self.document = change(self.document)
        for steps in (self._done, self._undone):
            steps[:] = [replace(step, before=change(step.before), after=change(step.after)) for step in steps]

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step to do again."""
        return bool(self._undone)

    @property
    def undo_label(self) -> str:
        """What undo would take back; empty when there is nothing."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """What redo would do again; empty when there is nothing."""
        return self._undone[-1].label if self._undone else ""

    def undo(self) -> Document:
        """Take the last step back; with nothing to take back, the present document."""
        if self._done:
            step = self._done.pop()
            self._undone.append(step)
            self.document = step.before
        return self.document

    def redo(self) -> Document:
        """Do the last undone step again; with nothing undone, the present document."""
        if self._undone:
            step = self._undone.pop()
            self._done.append(step)
            self.document = step.after
        return self.document
