"""Garbage is looked for in the window's thread alone: what is of Qt and part of a cycle must not end in another one.

Python collects in whichever thread happens to make an object, and Qt's objects crash when they are destroyed by a
thread that isn't theirs.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 50


@contextmanager
def collected_here(owner: QObject) -> Iterator[None]:
    """Until the end of the block, collect when it is due, from a timer of this thread."""
    timer = QTimer(owner, interval=LOOK_MS)
    timer.timeout.connect(collect)
    gc.disable()
    timer.start()
    try:
        yield
    finally:
        timer.stop()
        gc.enable()


def collect() -> None:
    """Collect the oldest generation that is due, as Python would."""
    due = [count > limit > 0 for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
    if any(due):
        gc.collect(max(generation for generation, is_due in enumerate(due) if is_due))
