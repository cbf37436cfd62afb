"""Waiting for something to become true, with a deadline, instead of sleeping and hoping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


async def wait_until(done: Callable[[], object], seconds: float = 5.0) -> None:
    """Let the loop run until `done()` is true. Raises AssertionError when it isn't in time."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not true after {seconds:g} s: {getattr(done, '__name__', done)}"
        await asyncio.sleep(0.005)


def wait_here_until(done: Callable[[], object], seconds: float = 5.0) -> None:
    """The same without a loop. Raises AssertionError when it isn't in time."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not true after {seconds:g} s: {getattr(done, '__name__', done)}"
        time.sleep(0.005)
