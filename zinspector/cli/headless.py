"""A loop without a window: uvloop where it is there, ended by a time, a condition or a signal."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
TICK_S = 1 / 30
POLL_S = 0.01


def run_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run on uvloop where it is installed, else on asyncio. Ctrl-C cancels the work."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else asyncio leaves it to who has it
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        return runner.run(work)


@contextmanager
def signals() -> Iterator[asyncio.Event]:
    """An event that is set by Ctrl-C and SIGTERM while this holds; a second Ctrl-C ends the process."""
    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM) if sys.platform != "win32" else ()

    def interrupt() -> None:
        interrupted.set()
        release()

    def release() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)

    for number in numbers:
        loop.add_signal_handler(number, interrupt)
    try:
        yield interrupted
    finally:
        release()


async def until(ended: Callable[[], bool], seconds: float | None, tick: Callable[[], None]) -> None:
    """Call `tick` thirty times a second until the time is over or `ended()`."""
    now = asyncio.get_running_loop().time
    end = None if seconds is None else now() + seconds
    while not ended() and (end is None or now() < end):
        await asyncio.sleep(TICK_S if end is None else min(TICK_S, max(0.0, end - now())))
        tick()


async def until_true(condition: Callable[[], object], timeout_s: float) -> bool:
    """Wait until `condition` holds; returns whether it did in time."""
    now = asyncio.get_running_loop().time
    end = now() + timeout_s
    while not condition():
        if now() > end:
            return False
        await asyncio.sleep(POLL_S)
    return True


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
