"""A session without a window: runs until a time, an interrupt or an end, and hands on what is new."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
TICK_S = 1 / 30


def run_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run on uvloop where it is installed, else on asyncio."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def until(seconds: float | None, tick: Callable[[], None]) -> bool:
    """Call `tick` thirty times a second until the time is over; returns whether a signal ended it sooner."""
    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM) if sys.platform != "win32" else ()
    for number in numbers:
        loop.add_signal_handler(number, interrupted.set)
    end = None if seconds is None else loop.time() + seconds
    try:
        while not interrupted.is_set() and (end is None or loop.time() < end):
            rest = TICK_S if end is None else min(TICK_S, max(0.0, end - loop.time()))
            try:
                await asyncio.wait_for(interrupted.wait(), rest)
            except TimeoutError:
                tick()
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
    return interrupted.is_set()


async def until_true(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Wait until `condition` holds; returns whether it did in time."""
    end = asyncio.get_running_loop().time() + timeout_s
    while not condition():
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(TICK_S / 3)
    return True


def always(answer: bool) -> Callable[[str], Awaitable[bool]]:
    """A consent that is known beforehand."""

    async def allow(path: str) -> bool:
        return answer

    return allow
