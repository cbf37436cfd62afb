"""The worker: a process of its own for what must go on while the app is busy, frozen or gone: `python -m` this module.

Start: the app hands down three descriptors as arguments (ring, arena, and a socket that is bell and lifeline in one)
and writes one line of JSON into the socket: where to connect, the secret, how long to go on alone.
Run: commands come as JSON (`Worker._do`), each is answered with its id; counts go out ten times a second. What is
relayed is looked at by another process, a fork of this one (`looking.py`): rows go from there into the ring, and the
bell rings when the app sleeps. When the ring is full, messages are left out and counted; traffic goes on.
End: on the command `end` and on SIGTERM at once; when the lifeline breaks (the app ended, however it did) after the
grace period, which it says on standard error. Ports are freed and ipc paths given back in any case.
Connections through a path that was taken over outlive its relay for the grace period (`relay_set.py`), and the process
its `end` with them; SIGTERM cuts them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import sys
from contextlib import suppress
from time import monotonic_ns
from typing import Any

import zmq

from zinspector.capture.clock import Clock
from zinspector.errors import UserError
from zinspector.runtime.arena import Arena
from zinspector.runtime.channel import Channel, Record
from zinspector.runtime.introductions import Introductions
from zinspector.runtime.looking import Looking, fork
from zinspector.runtime.memory import keep_freed_memory, settle_garbage
from zinspector.runtime.notes import Notes
from zinspector.runtime.relay_set import RelaySet
from zinspector.runtime.ring import Ring
from zinspector.runtime.scheduling import Scheduling
from zinspector.runtime.takeover import restore_forgotten
from zinspector.runtime.transports import AddressInUseError, allow_many_files
from zinspector.tasks import spawn

COUNTS_S = 0.1
LINGER_STEP_S = 0.05
log = logging.getLogger(__name__)


class Worker:
    """Runs relays as it is told to."""

    def __init__(self, arena: Arena, bell: socket.socket, looker: tuple[int, socket.socket], orders: Record) -> None:
        """`looker`: the process that looks at what is relayed, and the line to it."""
        self.ended = asyncio.Event()
        self._bell = bell
        self._grace_s = float(orders["grace_s"])
        self._looking = Looking(*looker, lost=self._blinded)
        self._notes = Notes(arena, self._looking, Scheduling(monotonic_ns()))
        self._introductions = Introductions()
        first_connection = int(orders["first_connection"])
        self._relays = RelaySet(self._notes, self._counted, self._introductions.meet, self._grace_s, first_connection)
        self._blind = False
        self._cut = asyncio.Event()
        self._told: Record = {}
        self._channel = Channel(zmq.DEALER, orders["secret"], self._ordered)
        self._channel.connect(orders["address"])
        self._channel.send({"hello": True})
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(bell.fileno(), self._lifeline)
        self._loop.call_later(COUNTS_S, self._tell_regularly)
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._loop.add_signal_handler(number, self._cut_all)

    async def run(self) -> None:
        """Until it is told to end, or left alone for too long."""
        await self.ended.wait()
        self._relays.close_all()
        self._introductions.close()
        self._notes.close()
        await self._relays.settle(self._looking.end())
        self._tell_counts()
        self._channel.send({"ended": True, "lingering": 0 if self._cut.is_set() else self._relays.lingering})
        self._channel.close(linger_ms=200)
        self._loop.remove_reader(self._bell.fileno())
        while self._relays.lingering and not self._cut.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._cut.wait(), LINGER_STEP_S)

    def _cut_all(self) -> None:
        self._cut.set()
        self.ended.set()

    def _ordered(self, order: Record) -> None:
        spawn(self._obey(order), f"worker {order.get('do')}")

    async def _obey(self, order: Record) -> None:
        answer: Record = {"id": order["id"]}
        try:
            answer["value"] = await self._do(order)
        except UserError as error:
            answer["error"] = {"text": error.text, "where": error.where, "remedy": error.remedy}
            answer["in_use"] = isinstance(error, AddressInUseError)
        except Exception as error:
            text = f"a bug of zinspector, please report it: {type(error).__name__}: {error}"
            answer["error"] = {"text": text, "where": "", "remedy": ""}
            raise
        finally:  # the app waits for an answer, whatever happened
            self._channel.send(answer)

    async def _do(self, order: Record) -> Any:
        match order["do"]:
            case "open":
                return await self._relays.open(order["node"], order["link"], order["listen"], order["target"])
            case "close":
                self._relays.close(order["node"])
                await self._settle()
                self._tell_counts()
            case "pause":
                self._relays.pause(order["node"], order["paused"])
                await self._settle()
            case "relink":
                if self._relays.relink(order["node"], order["link"]):
                    await self._settle()
            case "end":
                self.ended.set()
        return None

    async def _settle(self) -> None:
        """Let all that was noted be looked at, and the app have its rows."""
        self._notes.send()
        await self._relays.settle(self._looking.settle())

    def _counted(self, tap: int) -> tuple[int, int]:
        return self._looking.counts.get(tap, (0, 0))

    def _blinded(self) -> None:
        """Nobody looks any more; traffic goes on."""
        log.error("the process that looks at relayed bytes ended by itself: they go on, unseen")
        self._blind = True
        self._notes.stop()

    def _tell_counts(self) -> None:
        """Send what changed since the last time."""
        news: Record = {
            "nodes": self._relays.counts(),
            "skipped": self._looking.skipped,
            "blind": self._blind,
            "connection": self._relays.connection,
        }
        if news != self._told:
            self._told = news
            self._channel.send({"counts": news})

    def _tell_regularly(self) -> None:
        if not self.ended.is_set():
            self._tell_counts()
            self._loop.call_later(COUNTS_S, self._tell_regularly)

    def _lifeline(self) -> None:
        """The app never writes here again after its first line: this is its end."""
        with suppress(OSError):
            if self._bell.recv(64):
                return
        self._loop.remove_reader(self._bell.fileno())
        self._notes.stop()
        self._looking.alone()
        self._relays.give_paths_back()
        relayed = self._relays.connections
        if many := relayed + self._relays.lingering:
            going = "1 relayed connection goes" if many == 1 else f"{many} relayed connections go"
            with suppress(OSError, ValueError):
                sys.stderr.write(f"zinspector: the app is gone; {going} on for {self._grace_s:g} s\n")
                sys.stderr.flush()
        self._loop.call_later(self._grace_s if relayed else 0, self.ended.set)


def main(arguments: list[str]) -> int:
    """Run as a worker: the arguments are the descriptors of ring, arena and bell."""
    import uvloop

    logging.basicConfig(level=logging.WARNING, format="zinspector: worker: %(message)s")
    for number in (signal.SIGINT, signal.SIGTTOU):  # Ctrl-C is for the app, which then tells us; we may always write
        signal.signal(number, signal.SIG_IGN)
    allow_many_files()
    keep_freed_memory()
    restore_forgotten()
    ring = Ring(int(arguments[0]))
    arena = Arena(int(arguments[1]), ring)
    bell = socket.socket(fileno=int(arguments[2]))
    orders = json.loads(bell.makefile("r").readline() or "null")
    if orders is None:  # the app ended before it said a word
        return 0
    bell.setblocking(False)

    settle_garbage()
    clock = Clock()
    clock.offset_ns = int(orders["clock_offset_ns"])
    looker = fork(ring, arena, bell, clock)

    async def live() -> None:
        await Worker(arena, bell, looker, orders).run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(live())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
