"""`spawn()`: the only caller of `asyncio.create_task`.

A bare `create_task` may be garbage-collected while it runs, has no name, and swallows its exception until then.
A spawned task is named, referenced until it ends, and its failure is logged as the bug that it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Task = asyncio.Task
T = TypeVar("T")
log = logging.getLogger(__name__)
_running: set[asyncio.Task[Any]] = set()
on_failure: set[Callable[[BaseException], None]] = set()
"""Who else is told when a spawned task fails, beside the log."""


def spawn(work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Start `work` on the running loop as a task called `name`."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def running() -> frozenset[asyncio.Task[Any]]:
    """The tasks that have not ended yet."""
    return frozenset(_running)


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task %s failed", task.get_name(), exc_info=error)
        for tell in on_failure:
            tell(error)


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """Call `work` in a thread of the loop's pool, so that the loop goes on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(None, lambda: work(*arguments))


def answer(signal: Any) -> asyncio.Future[Any]:
    """A future that takes the first value that a signal (anything with `connect`) sends."""
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def take(*values: Any) -> None:
        if not future.done():
            future.set_result(values[0] if values else None)

    signal.connect(take)
    return future
