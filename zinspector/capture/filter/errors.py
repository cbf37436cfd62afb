"""What is wrong with a filter, and where."""

from __future__ import annotations

from zinspector.errors import UserError


class FilterError(UserError):
    """A filter that can't be understood: `column` counts from 1, `length` is how much of the text is meant.

    `expected` says what could stand there, in words. `unfinished` says that more text could make it a filter.
    """

    def __init__(
        self,
        text: str,
        column: int,
        *,
        length: int = 1,
        expected: str = "",
        remedy: str = "",
        unfinished: bool = False,
    ) -> None:
        super().__init__(text, where=f"filter, column {column}", remedy=remedy)
        self.column = column
        self.length = max(1, length)
        self.expected = expected
        self.unfinished = unfinished
