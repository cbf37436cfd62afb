"""What long work on files tells whoever waits, and how it is stopped."""

from __future__ import annotations

from collections.abc import Callable

from zinspector.errors import FileError

Progress = Callable[[float], bool]
"""Told the share that is done, 0 to 1; stops the work by returning False."""


class CancelledError(FileError):
    """The user gave up; nothing was written or opened."""
