"""How much a compressed file may expand to: what this computer has memory for.

A few kilobytes can claim to be terabytes. Sizes are asked for before anything is read, and counted while it is, so a
file that lies about them is stopped as well.
"""

from __future__ import annotations

import os
from pathlib import Path

from zinspector.errors import FileError

SHARE = 0.8  # of the memory that is free
PROC = Path("/proc/meminfo")
UNKNOWN = 4 << 30  # bytes, where the system doesn't tell


class Budget:
    """Counts down what one file may still take."""

    def __init__(self, path: Path, limit: int | None = None) -> None:
        """`limit` in bytes; None: by the memory that is free."""
        self.limit = int(free_memory() * SHARE) if limit is None else limit
        self.taken = 0
        self._path = path

    def ask(self, size: int) -> None:
        """Raise FileError unless `size` more bytes may be taken."""
        if self.taken + size > self.limit:
            text = f"it needs {_shown(self.taken + size)} of memory, and {_shown(self.limit)} can be had"
            raise FileError(text, where=str(self._path), remedy="open a part of it, or check where it is from")

    def take(self, size: int) -> None:
        """Count `size` bytes. Raises FileError."""
        self.ask(size)
        self.taken += size


def free_memory() -> int:
    """Bytes that programs can still have."""
    try:
        with PROC.open() as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return UNKNOWN


def _shown(size: int) -> str:
    return f"{size / (1 << 30):,.1f} GiB" if size >= 1 << 30 else f"{size >> 20:,} MiB"
