"""The app's end of a worker: starts the process, gives it orders, takes its batches, notices when it is gone.

Rules:
- Nothing here blocks the loop for long: batches are taken for at most 4 ms at a time, then the loop has its turn.
- An order is answered, or fails with WorkerLostError when the worker is gone or says nothing for 60 s; `lost` is called
  once if it ended without having been told to.
- `close` ends the worker and waits for it: no zombie, no descriptor, no shared memory stays. Should this process be
  killed instead, the worker notices by the broken lifeline, and what they shared had no name.
- A worker whose connections outlive their relay says so when it has ended everything else (`lingering.py`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pyarrow as pa
import zmq

from zinspector.errors import SocketError, UserError
from zinspector.runtime.arena import Arena
from zinspector.runtime.channel import Channel, Record
from zinspector.runtime.lingering import Lingering
from zinspector.runtime.memory import keep_freed_memory
from zinspector.runtime.passing import Unpacker
from zinspector.runtime.ring import Ring
from zinspector.runtime.transports import AddressInUseError

MODULE = "zinspector.runtime.worker"
START_S = 20.0
ANSWER_S = 60.0  # the name of an interface may have to be looked up, in vain
END_S = 5.0
KILL_S = 1.0
BOX_S = 0.004
STEP_S = 0.005


class WorkerLostError(UserError):
    """The worker process is gone."""


class WorkerLink:
    """One worker process. `lingering`: what goes on after it was closed."""

    def __init__(
        self,
        took: Callable[[pa.RecordBatch], None],
        counted: Callable[[Record], None],
        lost: Callable[[str], None],
    ) -> None:
        """`took` gets batches, `counted` the worker's counts, `lost` the reason when it ended by itself."""
        self._took = took
        self._counted = counted
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._hello: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._arena = Arena()
        self._unpacker = Unpacker(self._arena)
        self._process: subprocess.Popen[bytes] | None = None
        self._again: asyncio.Handle | None = None
        self.lingering: Lingering | None = None
        self._connections_left = 0
        self._grace_s = 0.0
        self._told_to_end = False
        self._closed = False
        self._ring = Ring()
        self._bell, theirs = socket.socketpair()
        self._theirs: socket.socket | None = theirs
        self._bell.setblocking(False)
        self._secret = secrets.token_hex(16)
        self._channel = Channel(zmq.ROUTER, self._secret, self._heard)

    @property
    def pid(self) -> int | None:
        """The process, once it was started."""
        return self._process.pid if self._process is not None else None

    async def start(self, grace_s: float, clock_offset_ns: int, first_connection: int) -> None:
        """Start the process and wait until it listens to us. Raises WorkerLostError."""
        assert self._theirs is not None, "a link is started once"
        keep_freed_memory()  # for the copies of all that comes
        self._grace_s = grace_s
        orders = {
            "address": self._channel.bind(),
            "secret": self._secret,
            "grace_s": grace_s,
            "clock_offset_ns": clock_offset_ns,
            "first_connection": first_connection,
        }
        fds = self._ring.fd, self._arena.fd, self._theirs.fileno()
        try:
            self._process = subprocess.Popen(  # noqa: S603, ASYNC220  # ourselves; a fork takes a millisecond
                [sys.executable, "-m", MODULE, *map(str, fds)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=fds,
                process_group=0,  # Ctrl-C is for us; of a session of its own Linux makes a group of its own to schedule
                env=_environment(),
            )
        except OSError as error:
            raise WorkerLostError(f"the relay process can't be started: {error.strerror}") from None
        self._theirs.close()
        self._theirs = None
        self._bell.send(json.dumps(orders).encode() + b"\n")
        self._loop.add_reader(self._bell.fileno(), self._rung)
        try:
            await asyncio.wait_for(self._hello, START_S)
        except TimeoutError:
            raise WorkerLostError(f"the relay process did not start within {START_S:g} s") from None
        self._take()

    async def order(self, do: str, **fields: object) -> Any:
        """Have something done; returns its result. Raises the UserError that the worker met, or WorkerLostError."""
        if self._closed or self._ended.done():
            raise WorkerLostError("the relay process is gone")
        number = next(self._ids)
        answer = self._answers[number] = self._loop.create_future()
        self._channel.send({"id": number, "do": do, **fields})
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            raise WorkerLostError(f"the relay process has not answered for {ANSWER_S:g} s") from None
        finally:
            del self._answers[number]

    async def close(self) -> None:
        """End the worker, take its last rows, and give everything back."""
        self._told_to_end = True
        if self._process is not None and not self._closed:
            self._channel.send({"id": 0, "do": "end"})
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._ended), END_S)
            self._drain()
            if self._connections_left:
                self.lingering = Lingering(self._connections_left, self._grace_s, self._process)
            else:
                await self._reap()
        self._give_back()

    def take_all(self) -> None:
        """Take every batch that is there now."""
        if not self._closed:
            self._drain()

    # Inside

    def _heard(self, record: Record) -> None:
        if "hello" in record and not self._hello.done():
            self._hello.set_result(None)
        if "counts" in record:
            self._counted(record["counts"])
        if record.get("ended"):
            self._connections_left = record["lingering"]
            self._finish(None if self._told_to_end else "it was told to end by SIGTERM or SIGHUP")
        answer = self._answers.get(record.get("id", 0))
        if answer is None or answer.done():
            return
        if "error" in record:
            kind = AddressInUseError if record.get("in_use") else SocketError
            fault = record["error"]
            answer.set_exception(kind(fault["text"], where=fault["where"], remedy=fault["remedy"]))
        else:
            answer.set_result(record.get("value"))

    def _rung(self) -> None:
        try:
            alive = bool(self._bell.recv(4096))
        except BlockingIOError:
            return
        except OSError:
            alive = False
        if alive:
            self._take()
            return
        self._loop.remove_reader(self._bell.fileno())
        self._drain()
        self._finish(self._why())

    def _why(self) -> str:
        assert self._process is not None, "it rang"
        try:
            code = self._process.wait(KILL_S)
        except subprocess.TimeoutExpired:
            return "it closed its end"
        return f"it was killed by signal {-code}" if code < 0 else f"it ended with code {code}"

    def _finish(self, reason: str | None) -> None:
        """The worker is over. `reason` None: as it was told to."""
        if self._ended.done():
            return
        self._ended.set_result(None)
        fault = WorkerLostError("the relay process is gone")
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(fault)
        if not self._hello.done():
            self._hello.set_exception(WorkerLostError(f"the relay process could not start: {reason}"))
        elif not self._told_to_end and reason is not None:
            self._lost(reason)

    def _take(self) -> None:
        """Take batches for a while, then let the loop have its turn; the bell rings for the next one."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if self._closed:
            return
        until = monotonic() + BOX_S
        while self._take_one():
            if monotonic() > until:
                break
        else:
            if self._ring.sleep():
                return
        self._again = self._loop.call_soon(self._take)

    def _drain(self) -> None:
        while self._take_one():
            pass

    def _take_one(self) -> bool:
        record = self._ring.take()
        if record is None:
            return False
        batch = self._unpacker.unpack(record.head, record.body)
        record.head.release()
        record.body.release()
        self._ring.release()
        self._took(batch)
        self._arena.let_go()  # what had to make room for it
        return True

    async def _reap(self) -> None:
        """Wait for the process; one that hangs is killed."""
        assert self._process is not None, "there is one to wait for"
        until = monotonic() + END_S
        while self._process.poll() is None:
            if monotonic() > until:
                self._process.kill()
            await asyncio.sleep(STEP_S)

    def _give_back(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._bell.fileno())
        self._bell.close()
        if self._theirs is not None:
            self._theirs.close()
        self._channel.close()
        self._ring.close()
        self._arena.close()


def _environment() -> dict[str, str]:
    """Ours, with our package to be found first, wherever it lies, and nothing in the folder that we were started in."""
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
