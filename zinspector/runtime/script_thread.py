"""The thread of a script, with a loop of its own: what computes, sleeps or never returns holds up no socket or window.

Rules:
- Messages go in and answers come out through the loops' thread-safe calls.
- A message may take 5 s. Then the call is cancelled and reported. An exception is reported with file and line; the next
  message is tried again.
- `end` does not wait: the thread is told to end, and a busy Python loop is interrupted by an exception from outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import threading
import traceback
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from time import monotonic
from types import CodeType
from typing import Any

LIMIT_S = 5.0
BUSY_S = 0.05
WAITING_AT_MOST = 1000

Send = Callable[[Sequence[bytes]], Awaitable[None]]
OnMessage = Callable[[list[bytes], Send], Awaitable[None]]


class Ended(BaseException):
    """Thrown into a script's thread to end a busy loop."""


class ScriptThread:
    """The thread of one script. `give`, `end` and `busy_for` are for our loop; the callbacks are called there."""

    def __init__(
        self,
        code: CodeType,
        path: Path,
        send: Callable[[Sequence[bytes], Future[None]], None],
        on_error: Callable[[str], None],
        on_room: Callable[[], None],
    ) -> None:
        self.waiting = 0
        self._home = asyncio.get_running_loop()
        self._path = path
        self._send_at_home = send
        self._on_error = on_error
        self._on_room = on_room
        self._loop = asyncio.new_event_loop()
        self._inbox: asyncio.Queue[list[bytes] | None] = asyncio.Queue()
        self._since: float | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, args=(code,), name=f"script {path.name}", daemon=True)
        self._thread.start()

    def give(self, frames: list[bytes]) -> None:
        """Let the script have a message."""
        self.waiting += 1
        self._call(self._inbox.put_nowait, frames)

    def busy_for(self) -> float:
        """Seconds since the script got the message that it is busy with; 0 when it waits for one."""
        since = self._since
        return 0.0 if since is None else monotonic() - since

    def end(self) -> None:
        """Tell the thread to end; interrupt a script that is busy with a message."""
        self._ended = True
        if self.busy_for() > BUSY_S:
            self._interrupt()
        else:
            self._home.call_later(BUSY_S, self._interrupt)
        self._call(self._inbox.put_nowait, None)

    def _interrupt(self) -> None:
        if self._since is not None and self._thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread.ident), ctypes.py_object(Ended))
            # a loop that sleeps in select() meets the exception when it wakes
            self._call(self._inbox.put_nowait, None)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the thread has ended
            self._loop.call_soon_threadsafe(function, *args)

    def _tell_home(self, function: Callable[..., object], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the session's loop has ended
            self._home.call_soon_threadsafe(function, *args)

    def _run(self, code: CodeType) -> None:
        try:
            on_message = self._load(code)
            if on_message is not None:
                self._loop.run_until_complete(self._serve(on_message))
        except Ended:
            pass
        finally:
            self._close()

    def _close(self) -> None:
        """Cancel what the script left behind; an interrupt that comes late is of no interest any more."""
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            with contextlib.suppress(Exception, asyncio.CancelledError, SystemExit, Ended):
                self._loop.run_until_complete(task)
        self._loop.close()

    def _load(self, code: CodeType) -> OnMessage | None:
        names: dict[str, Any] = {"__name__": self._path.stem, "__file__": str(self._path)}
        self._since = monotonic()
        try:
            exec(code, names)  # noqa: S102  # the user consented to run this file
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a user's file raises is told to the user
            self._tell_home(self._on_error, self._describe(error))
            return None
        finally:
            self._since = None
        found = names.get("on_message")
        if not asyncio.iscoroutinefunction(found):
            text = f"script {self._path.name} has no `async def on_message(frames, send)`"
            self._tell_home(self._on_error, text)
            return None
        on_message: OnMessage = found
        return on_message

    async def _serve(self, on_message: OnMessage) -> None:
        while (frames := await self._inbox.get()) is not None and not self._ended:
            self._since = monotonic()
            try:
                fault = await asyncio.wait_for(self._handle(on_message, frames), LIMIT_S)
            except TimeoutError:
                fault = f"script {self._path.name} has not returned for {LIMIT_S:g} s; the call was cancelled"
            finally:
                self._since = None
            if fault is not None:
                self._tell_home(self._on_error, fault)
            self.waiting -= 1
            if self.waiting < WAITING_AT_MOST // 2:
                self._tell_home(self._on_room)

    async def _handle(self, on_message: OnMessage, frames: list[bytes]) -> str | None:
        """Let the script have one message; returns what went wrong."""
        try:
            await on_message(frames, self._send)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a user's file raises is told to the user
            return self._describe(error)
        return None

    def _send(self, frames: Sequence[bytes]) -> Awaitable[None]:
        """What the script calls. The message goes out whether or not the result is awaited."""
        done: Future[None] = Future()
        self._tell_home(self._send_at_home, list(frames), done)
        return asyncio.wrap_future(done)

    def _describe(self, error: BaseException) -> str:
        steps = traceback.extract_tb(error.__traceback__)
        line = next((step.lineno for step in reversed(steps) if step.filename == str(self._path)), None)
        place = f"{self._path.name}, line {line}" if line else self._path.name
        return f"script {place}: {type(error).__name__}: {error}"
