"""Telling the C library to keep memory that was freed, for processes through which gigabytes flow in large pieces.

glibc maps a piece of some hundred KiB anew each time and gives it back when it is freed, so every byte received costs
page faults: measured here 1.5 s a GB, ten times what copying it costs. Kept memory is used again instead.
"""

from __future__ import annotations

import ctypes
import sys

KEPT = 64 << 20  # bytes of free memory at the end of the heap
LARGEST = 1 << 30
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # malloc.h


def keep_freed_memory() -> None:
    """Do so, where the C library is glibc; elsewhere nothing happens."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGEST)
        mallopt(_TRIM_THRESHOLD, KEPT)
        mallopt(_TOP_PAD, 1 << 20)
