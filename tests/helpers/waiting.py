"""Waiting for something to become true, with a deadline, instead of sleeping and hoping.

The deadline is for what will never be true: far beyond what a slow, busy machine takes, and the same everywhere.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from pytestqt.qtbot import QtBot

PATIENCE_S = 120.0


async def wait_until(done: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Let the loop run until `done()` is true. Raises AssertionError when it isn't in time."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not true after {seconds:g} s: {getattr(done, '__name__', done)}"
        await asyncio.sleep(0.005)


def wait_here_until(done: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """The same without a loop. Raises AssertionError when it isn't in time."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not true after {seconds:g} s: {getattr(done, '__name__', done)}"
        time.sleep(0.005)


class PatientQtBot(QtBot):
    """pytest-qt's, with our deadline."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = int(PATIENCE_S * 1000)) -> None:
        """Let Qt's loop run until `callback()` is true."""
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = int(PATIENCE_S * 1000), **more: Any) -> Any:
        """What waits for a signal when its block ends."""
        return super().waitSignal(signal, timeout=timeout, **more)

    def waitActive(self, widget: Any, *, timeout: int = int(PATIENCE_S * 1000)) -> Any:
        """What waits until a window is active when its block ends."""
        return super().waitActive(widget, timeout=timeout)
