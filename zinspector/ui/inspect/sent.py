"""What was sent by hand, to be recalled: older with each step back, and at the end what was being written."""

from __future__ import annotations

from zinspector.ui.inspect.frame_list import Written

MOST = 100


class Sent:
    """Messages as they were written, oldest first."""

    def __init__(self) -> None:
        self._messages: list[Written] = []
        self._back = 0  # 0: the draft
        self._draft: Written = []

    def add(self, written: Written) -> None:
        """Keep a message that was sent; the same one twice in a row is kept once."""
        if not self._messages or self._messages[-1] != written:
            self._messages = [*self._messages[1 - MOST :], written]
        self._back = 0

    def recall(self, step: int, present: Written) -> Written | None:
        """One message older (1) or newer (-1), or None where there is none. `present` is what is written now."""
        wanted = self._back + step
        if not 0 <= wanted <= len(self._messages):
            return None
        if self._back == 0:
            self._draft = present
        self._back = wanted
        return self._messages[-wanted] if wanted else self._draft
