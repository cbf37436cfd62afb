"""The process that looks at relayed bytes: a fork of the worker, which passes them on.

Looking takes as long as passing on, and more, so neither waits for the other, and each has a core where there are two.
Notes come over a line of objects (`line.py`), bytes lie in the arena that both share; rows go from here into the ring.
What is counted goes back ten times a second. It ends when it is told to, or when the line breaks: then it hands over
what it still has. Should it be killed, the worker goes on without it, and says so.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from itertools import count

from zinspector.capture.clock import Clock
from zinspector.runtime.arena import Arena
from zinspector.runtime.channel import Record
from zinspector.runtime.handing import Handing
from zinspector.runtime.inspection import Inspection
from zinspector.runtime.line import Line
from zinspector.runtime.looker import Looker
from zinspector.runtime.notes import Note
from zinspector.runtime.ring import Ring
from zinspector.runtime.scheduling import be_a_batch
from zinspector.tasks import spawn

COUNTS_S = 0.1
SETTLE_S = 10.0
END_S = 4.0
STEP_S = 0.005


class Looking:
    """The worker's end. `counts`: messages and payload bytes by tap; `skipped`: rows that had to be left out."""

    def __init__(self, pid: int, end: socket.socket, lost: Callable[[], None]) -> None:
        """`pid` and `end` are what `fork` returned; `lost` is called when the process ended by itself."""
        self.pid = pid
        self.counts: dict[int, tuple[int, int]] = {}
        self.skipped = 0
        self._lost = lost
        self._told_to_end = False
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)
        self._waiters: dict[int, asyncio.Future[None]] = {}
        self._line = Line(end, self._heard, self._broken)

    @property
    def pending(self) -> int:
        """Bytes of notes that it hasn't taken."""
        return self._line.pending

    def send(self, notes: list[Note]) -> None:
        """Have notes read."""
        self._line.send(notes)

    def alone(self) -> None:
        """Nobody takes rows any more."""
        self._line.send({"do": "alone"})

    async def settle(self) -> None:
        """Wait until all that was noted is looked at, handed over and counted; for `SETTLE_S` at most."""
        await self._ask("settle", SETTLE_S)

    async def end(self) -> None:
        """The same; then the process ends."""
        self._told_to_end = True
        await self._ask("end", END_S)
        self._line.close()
        until = time.monotonic() + END_S
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):  # noqa: ASYNC222  # it doesn't wait
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
            await asyncio.sleep(STEP_S)

    async def _ask(self, do: str, timeout_s: float) -> None:
        if self._line.closed:
            return
        number = next(self._numbers)
        waiter = self._waiters[number] = self._loop.create_future()
        self._line.send({"do": do, "id": number})
        with suppress(TimeoutError):
            await asyncio.wait_for(waiter, timeout_s)
        self._waiters.pop(number, None)

    def _heard(self, record: Record) -> None:
        self.counts, self.skipped = record["counts"], record["skipped"]
        waiter = self._waiters.get(record["id"])
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _broken(self) -> None:
        for waiter in self._waiters.values():
            if not waiter.done():
                waiter.set_result(None)
        if not self._told_to_end:
            self._lost()


class Process:
    """What runs in the fork."""

    def __init__(self, ring: Ring, arena: Arena, bell: socket.socket, clock: Clock, end: socket.socket) -> None:
        self._handing = Handing(ring, arena, bell)
        self._inspection = Inspection(clock, arena, self._handing.hand_over)
        self._looker = Looker(self._inspection)
        self._over = asyncio.Event()
        self._told: Record = {}
        self._line = Line(end, self._heard, self._over.set)
        self._loop = asyncio.get_running_loop()
        self._loop.call_later(COUNTS_S, self._tell_regularly)

    async def run(self) -> None:
        """Until it is told to end, or the worker is gone."""
        await self._over.wait()
        self._inspection.close()
        await self._handing.finish()

    def _heard(self, thing: list[Note] | Record) -> None:
        if isinstance(thing, list):
            self._looker.take(thing)
            self._inspection.arena.tell_spent()
        elif thing["do"] == "alone":
            self._handing.alone()
        elif thing["do"] == "settle":
            self._inspection.look()
            self._tell(thing["id"])
            self._looker.forget()
        else:
            spawn(self._end(thing["id"]), "end looking")

    async def _end(self, number: int) -> None:
        self._inspection.look()
        await self._handing.finish()
        self._tell(number)
        self._over.set()

    def _tell(self, number: int) -> None:
        """Send what was counted; `number` is that of the question that this answers, 0 for none."""
        news = {"counts": self._looker.counts(), "skipped": self._handing.skipped}
        if number or news != self._told:
            self._told = news
            self._line.send({**news, "id": number})

    def _tell_regularly(self) -> None:
        self._inspection.arena.tell_spent()
        self._tell(0)
        self._loop.call_later(COUNTS_S, self._tell_regularly)


def fork(ring: Ring, arena: Arena, bell: socket.socket, clock: Clock) -> tuple[int, socket.socket]:
    """Start the process, before there are loops and threads: its pid, and the worker's end of the line."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    ours.close()
    try:
        _live(ring, arena, bell, clock, theirs)
    except BaseException:  # noqa: BLE001 - nothing of the worker may run in the fork
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _live(ring: Ring, arena: Arena, bell: socket.socket, clock: Clock, end: socket.socket) -> None:
    import uvloop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the worker is told, and tells
        signal.signal(number, signal.SIG_IGN)

    be_a_batch()

    async def live() -> None:
        await Process(ring, arena, bell, clock, end).run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(live())
    sys.stderr.flush()
