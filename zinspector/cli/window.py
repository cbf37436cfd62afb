"""The one place of the command line that reaches for the window, and with it for Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def open_window(files: list[Path], **how: Any) -> int:
    """Show the window; arguments and exit code are those of `zinspector.app.open_window`."""
    from zinspector import app

    return app.open_window(files, **how)
