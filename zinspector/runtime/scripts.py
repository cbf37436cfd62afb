"""`script`: a user's Python file with `async def on_message(frames, send)`.

Rules:
- Nothing of the file runs before the user consented to this path with this content; consent is remembered for the
  session.
- Each script has a thread of its own (`script_thread`). While many messages wait for the script, its socket is not
  read.
- `frames` are the frames as received, envelope included; `send(frames)` sends frames as they are given, at once or
  when the queue has room. It may be awaited: it returns None, or raises what libzmq refused. A node that can't send, or
  whose behaviour says `to`, sends through the node `to`.
- A script that does not let its call be cancelled after 5 s is ended for good a second later, for a busy loop takes its
  time from everything else.
- `stop` does not wait.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from zinspector.doctor.finding import Finding, Severity
from zinspector.errors import SocketError
from zinspector.runtime.behaviours import Quiet, Scene
from zinspector.runtime.reading import Run
from zinspector.runtime.script_thread import LIMIT_S, WAITING_AT_MOST, ScriptThread
from zinspector.runtime.sockets import LiveSocket
from zinspector.tasks import spawn
from zinspector.topology import script_files
from zinspector.topology.document import Behaviour

LOOK_S = 1.0

AllowScript = Callable[[str, bytes], Awaitable[bool]]
"""Asks the user whether the script at a path, with this source, may run."""


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
        self._thread: ScriptThread | None = None
        self._stopped = False
        self._look: asyncio.TimerHandle | None = None
        live.paused = True  # nothing is lost while the user makes up their mind; without a script it is a sink
        self._beginning = spawn(self._begin(consents), f"script {live.key}")

    def received(self, run: Run) -> None:
        """Give messages to the script."""
        if self._thread is None:
            return
        for frames in run.messages():
            self._thread.give(frames)
        if self._thread.waiting > WAITING_AT_MOST:
            self._live.paused = True

    def stop(self) -> None:
        """End the thread; does not wait for it."""
        self._stopped = True
        self._beginning.cancel()
        self._scene.clear(self._key)
        if self._look is not None:
            self._look.cancel()
        if self._thread is not None:
            self._thread.end()

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
        self._thread = ScriptThread(code, self._path, self._send, self._on_error, self._on_room)
        self._watch()
        self._live.resume()

    def _watch(self) -> None:
        if self._thread is not None and (busy := self._thread.busy_for()) > LIMIT_S + LOOK_S / 2:
            self._thread.end()
            self._thread = None
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
