"""What is wrong with the file of a script: the drawing tells it before a run, and the run in the same words."""

from __future__ import annotations

from pathlib import Path

REMEDY = "choose a Python file with `async def on_message(frames, send)`"


def missing(name: str | None, base: Path) -> str:
    """Why there is no script to run, or an empty text. `base` is the folder of the topology file."""
    if not name:
        return "no script is chosen"
    return "" if (base / name).is_file() else f"the script {name} isn't there"
