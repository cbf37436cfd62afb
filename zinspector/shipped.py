"""Where `plugins/` and `resources/` are: in the source tree, in a wheel and in a frozen build."""

from __future__ import annotations

import sys
from pathlib import Path


def shipped(relative: str) -> Path:
    """The path of a shipped file or folder such as `resources/samples` or `plugins`."""
    package = Path(__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    places = [Path(frozen)] if frozen else [package / "_shipped", package.parent]
    return next((place / relative for place in places if (place / relative).exists()), places[-1] / relative)
