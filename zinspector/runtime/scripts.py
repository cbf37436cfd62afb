"""`script`: a user's Python file with `async def on_message(frames, send)`.

Rules:
- Nothing of the file runs before the user consented to this path with this content; consent is remembered for the
  session.
- Each script has a thread and a loop of its own, so that one that computes, sleeps or never returns can't hold up the
  sockets or the window. Messages go in and answers come out through the loops' thread-safe calls; while many
  messages wait for the script, its socket is not read.
- `frames` are the frames as received, envelope included; `send(frames)` sends frames as they are given, at once or
  when the queue has room. It may be awaited: it returns None, or raises what libzmq refused. A node that can't send, or
  whose behaviour says `to`, sends through the node `to`.
- A message may take 5 s. Then the call is cancelled and reported; a script that does not even let itself be cancelled
  is ended for good a second later, for a busy loop takes its time from everything else. An exception is reported with
  file and line; the next message is tried again.
- `stop` does not wait: the thread is told to end, and a busy Python loop is interrupted by an exception from outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
import threading
import traceback
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from time import monotonic
from types import CodeType
from typing import Any

from zinspector.doctor.finding import Finding, Severity
from zinspector.errors import SocketError
from zinspector.runtime.behaviours import Quiet, Scene
from zinspector.runtime.reading import Run
from zinspector.runtime.sockets import LiveSocket
from zinspector.tasks import spawn
from zinspector.topology import script_files
from zinspector.topology.document import Behaviour

LIMIT_S = 5.0
LOOK_S = 1.0
BUSY_S = 0.05
WAITING_AT_MOST = 1000

AllowScript = Callable[[str, bytes], Awaitable[bool]]
"""Asks the user whether the script at a path, with this source, may run."""
Send = Callable[[Sequence[bytes]], Awaitable[None]]
OnMessage = Callable[[list[bytes], Send], Awaitable[None]]


class Ended(BaseException):
    """Thrown into a script's thread to end a busy loop."""


class Consents:
    """What the user allowed in this session."""

    def __init__(self, ask: AllowScript | None) -> None:
        self._ask = ask
        self._allowed: set[tuple[Path, bytes]] = set()

    async def allow(self, path: Path, source: bytes) -> bool:
        """Whether this script may run; asks once for each content."""
        key = path, hashlib.sha256(source).digest()
        if key not in self._allowed and self._ask is not None and await self._ask(str(path), source):
            self._allowed.add(key)
        return key in self._allowed


class Script(Quiet):
    """The actor of a node with a script."""

    answers = True

    def __init__(self, live: LiveSocket, scene: Scene, behaviour: Behaviour, consents: Consents) -> None:
        self._live = live
        self._scene = scene
        self._to = behaviour.to
        self._path = scene.base / (behaviour.script or "")
        self._missing = script_files.missing(behaviour.script, scene.base)
        self._runner: Runner | None = None
        self._stopped = False
        self._look: asyncio.TimerHandle | None = None
        live.paused = True  # nothing is lost while the user makes up their mind; without a script it is a sink
        self._beginning = spawn(self._begin(consents), f"script {live.key}")

    def received(self, run: Run) -> None:
        """Give messages to the script."""
        if self._runner is None:
            return
        for frames in run.messages():
            self._runner.give(frames)
        if self._runner.waiting > WAITING_AT_MOST:
            self._live.paused = True

    def stop(self) -> None:
        """End the thread; does not wait for it."""
        self._stopped = True
        self._beginning.cancel()
        self._scene.clear(self._key)
        if self._look is not None:
            self._look.cancel()
        if self._runner is not None:
            self._runner.end()

    @property
    def _key(self) -> str:
        return f"{self._live.key} script"

    async def _begin(self, consents: Consents) -> None:
        if self._missing:
            self._give_up(self._missing, remedy=script_files.REMEDY)
            return
        try:
            source = self._path.read_bytes()
            code = compile(source, str(self._path), "exec")
        except OSError as error:
            self._give_up(f"script {self._path.name} can't be read: {error.strerror}")
            return
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            self._give_up(f"script {self._path.name}, line {line or 1}: {error.args[0]}")
            return
        self._tell(f"script {self._path.name} waits for your consent", "info")
        allowed = await consents.allow(self._path, source)
        self._scene.clear(self._key)
        if self._stopped:
            return
        if not allowed:
            self._give_up(f"script {self._path.name} was not allowed to run", "warning", "read it, then allow it")
            return
        self._runner = Runner(code, self._path, self._send, self._on_error, self._on_room)
        self._watch()
        self._live.resume()

    def _watch(self) -> None:
        if self._runner is not None and (busy := self._runner.busy_for()) > LIMIT_S + LOOK_S / 2:
            self._runner.end()
            self._runner = None
            self._live.count.errors += 1
            text = f"script {self._path.name} has not returned for {busy:.0f} s and was ended"
            self._give_up(text, remedy="let its loops end or await, then press Run again")
            return
        self._look = self._scene.pump.loop.call_later(LOOK_S, self._watch)

    def _send(self, frames: Sequence[bytes], done: Future[None]) -> None:
        """On our loop: send for the script."""
        target = self._scene.find(self._to) if self._to else self._live
        try:
            if target is None or self._stopped:
                raise SocketError(f"'{self._to or self._live.key}' does not run")
            target.post([bytes(frame) for frame in frames])
            target.flush()
            self._scene.pump.later(target)
        except (SocketError, TypeError) as error:
            if not done.cancelled():
                done.set_exception(error)
        else:
            if not done.cancelled():
                done.set_result(None)

    def _on_error(self, text: str) -> None:
        self._live.count.errors += 1
        if not self._stopped:
            self._tell(text, remedy="mend it; the next message is tried again")

    def _on_room(self) -> None:
        if not self._stopped:
            self._live.resume()

    def _give_up(self, text: str, severity: Severity = "error", remedy: str = "mend it, then press Run again") -> None:
        self._tell(text, severity, remedy)
        self._live.resume()

    def _tell(self, text: str, severity: Severity = "error", remedy: str = "") -> None:
        if not self._stopped:
            self._scene.report(self._key, Finding("Z000", severity, text, self._live.trace.node, remedy=remedy))


class Runner:
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
