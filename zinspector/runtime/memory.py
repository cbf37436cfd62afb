"""Memory of processes through which much flows: what is freed is kept, and garbage is looked for rarely. But what only
large work needed is given back.

glibc maps a piece of some hundred KiB anew each time and gives it back when it is freed, so every byte received costs
page faults: measured here 1.5 s a GB, ten times what copying it costs. Kept memory is used again instead.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress

import pyarrow as pa

GC_THRESHOLDS = (50_000, 20, 100)  # rare young collections; live messages are not tracked at all
KEPT = 64 << 20  # bytes of free memory at the end of the heap
LARGEST = 1 << 30
HEAPS = 2  # glibc would make eight for each core; measured: nothing is slower, and of hundreds of MB a third is left
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8  # malloc.h


def settle_garbage() -> None:
    """Let collections look only at what is made from now on: a full one stops everything for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def keep_freed_memory() -> None:
    """Keep what is freed, to be used again, where the C library is glibc; elsewhere nothing happens."""
    _mallopt(_MMAP_THRESHOLD, LARGEST)
    _mallopt(_TRIM_THRESHOLD, KEPT)
    _mallopt(_TOP_PAD, 1 << 20)


def share_heaps() -> None:
    """Let Arrow take its memory where numpy and DuckDB do, and all threads from few heaps.

    Then what one of them has freed serves the others, and less of it lies between what is still needed, where it can't
    be given back. To be called before there are threads.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    _mallopt(_ARENA_MAX, HEAPS)


def give_back() -> None:
    """Give the system what is free: allocators keep hundreds of MB that a filter or an order of millions needed."""
    pa.default_memory_pool().release_unused()
    if sys.platform.startswith("linux"):
        with suppress(AttributeError):  # another C library than glibc
            ctypes.CDLL(None).malloc_trim(0)


def _mallopt(option: int, value: int) -> None:
    if sys.platform.startswith("linux"):
        with suppress(AttributeError):
            ctypes.CDLL(None).mallopt(option, value)
