"""Threads share few heaps, so that what one has freed serves the others."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from zinspector.runtime.memory import HEAPS

THREADS = 6
COUNT = f"""
import ctypes, sys, threading
from zinspector.runtime.memory import share_heaps
if "share" in sys.argv:
    share_heaps()
libc = ctypes.CDLL(None)
libc.fdopen.restype = libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier({THREADS})
def take():
    together.wait()  # a thread that ends leaves its heap to the next
    libc.malloc(ctypes.c_size_t(1000))
    together.wait()
threads = [threading.Thread(target=take) for _ in range({THREADS})]
for thread in threads: thread.start()
for thread in threads: thread.join()
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""

glibc = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="this C library has no heaps to count")


def heaps(*how: str) -> int:
    """How many heaps a process has whose threads each took memory at the same time."""
    told = subprocess.run([sys.executable, "-c", COUNT, *how], stdout=subprocess.PIPE, check=True, text=True)
    return told.stdout.count("<heap nr=")


@glibc
def test_threads_share_few_heaps() -> None:
    assert heaps() > THREADS
    assert heaps("share") == HEAPS
