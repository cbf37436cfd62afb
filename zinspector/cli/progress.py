"""How far long work is: percents on a terminal, from half a second on; nothing where nobody looks."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from zinspector.capture.progress import Progress

SHOWN_AFTER_S = 0.5
EVERY_S = 0.1
CLEAR_LINE = "\r\x1b[K"


@contextmanager
def telling(name: str) -> Iterator[Progress | None]:
    """A progress to hand to the work, which `name` names; None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    following = time.monotonic() + SHOWN_AFTER_S
    shown = False

    def tell(share: float) -> bool:
        nonlocal following, shown
        now = time.monotonic()
        if now >= following:
            following, shown = now + EVERY_S, True
            print(f"\r{name}: {share:4.0%}", end="", file=sys.stderr, flush=True)
        return True

    try:
        yield tell
    finally:
        if shown:
            print(CLEAR_LINE, end="", file=sys.stderr, flush=True)
