"""Replays a capture to other programs: from a socket of any type, with the timing it had, faster, or at full speed.

- The first message waits until somebody is there who gets it. Nobody in time: nothing is sent, and that is said.
- Full queues are waited for, a minute at most; then the replay ends and says so. Nothing is dropped on our side.
- Timing: each message leaves at its time (`replay_clock`) or as soon after as the queue allows; what is late is not
  made up for by leaving anything out.
- REQ and DEALER, when replies are to be compared, ask one after the other: the next request leaves when its time has
  come and the reply is there, or is given up (`replay_exchanges`).
- REP and ROUTER answer: a REP needs a request for each message, and answers in the recorded order whatever is asked. A
  ROUTER needs peers that have the recorded identity or have spoken (`replay_peers`).
- In the end, messages have some seconds to leave.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from time import monotonic_ns
from typing import Final, cast

from zinspector.capture.compare import Comparison, Difference
from zinspector.capture.exchanges import Exchanges
from zinspector.capture.replay import Chosen, Chunk
from zinspector.capture.sending import payload
from zinspector.errors import UserError
from zinspector.runtime.pump import BOX_NS
from zinspector.runtime.replay_clock import ReplayClock
from zinspector.runtime.replay_exchanges import ReplayExchanges
from zinspector.runtime.replay_peers import called
from zinspector.runtime.replay_socket import ROUTED, Refusal, ReplaySocket
from zinspector.runtime.replay_tally import Tally
from zinspector.topology.document import SocketType

LOOK_S: Final = 0.02  # while it is paused
LEAVE_S: Final = 5.0
TELL_NS: Final = 1_000_000_000
STUCK_S: Final = 60.0


class NobodyError(UserError):
    """Nobody came, or nobody took anything, in time."""


@dataclass(frozen=True)
class How:
    """How to replay. `speed` None: as fast as it goes. Waits are in seconds."""

    speed: float | None = 1.0
    loop: bool = False
    peer_s: float = 5.0
    reply_s: float = 5.0
    stuck_s: float = STUCK_S


class Replay:
    """One replay. `told` gets each difference as it is found."""

    def __init__(
        self,
        chosen: Chosen,
        address: str,
        how: How = How(),
        *,
        exchanges: Exchanges | None = None,
        comparison: Comparison | None = None,
        told: Callable[[Difference], None] = lambda _: None,
    ) -> None:
        """Replies, to a REP requests, are compared where there are `exchanges`. Raises EndpointError, UserError."""
        self.chosen = chosen
        self.how = how
        self.tally = Tally()
        self.state = "opening"
        self.awaited = ""
        """What it waited for longer than a second, the last time."""
        self._socket = ReplaySocket(cast(SocketType, chosen.wanted.type), address, binds=chosen.wanted.binds)
        self._clock = ReplayClock()
        self._compares = exchanges is not None
        self._exchanges = ReplayExchanges(
            self._socket, self._clock, self.tally, exchanges, comparison or Comparison(), told, how.reply_s
        )
        self._reached = False

    @property
    def address(self) -> str:
        """Where it binds or connects; what the wildcard became."""
        return self._socket.address

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._clock.paused

    def pause(self) -> None:
        """Stand still; the clock of the replay stands, too."""
        self._clock.pause()

    def resume(self) -> None:
        """Go on."""
        self._clock.resume()

    def stop(self) -> None:
        """End at the next message."""
        self._clock.stop()

    async def go(self) -> Tally:
        """Replay all. Raises SocketError, and NobodyError when nobody is there who takes it."""
        began = monotonic_ns()
        linger = 0.0
        try:
            self._socket.open()
            await self._until_ready()
            began = monotonic_ns()
            self._clock.begin()
            await self._rounds()
            linger = 0.1 if self._clock.stopped else LEAVE_S
        finally:
            self.state = "ending"
            left = await self._socket.close(linger)
            self.tally.duration_s = (monotonic_ns() - began) / 1e9
            self._count()
        self.tally.all_left = left or self._clock.stopped
        self.state = "stopped" if self._clock.stopped else "done"
        return self.tally

    # Inside

    async def _until_ready(self) -> None:
        self.state = "waiting for a peer"
        until = monotonic_ns() + int(self.how.peer_s * 1e9)
        while not self._socket.ready and not self._clock.stopped:
            if monotonic_ns() > until:
                raise NobodyError(f"{self._socket.why_not()} within {self.how.peer_s:g} s", where=self.address)
            await self._socket.change()

    async def _rounds(self) -> None:
        kind = self.chosen.wanted.type
        play = self._play
        if kind in ROUTED:
            play = self._play_routed
        elif kind == "REP":
            play = self._play_replies
        elif kind == "REQ" or self._compares:
            play = self._play_requests
        offset_ns = 0
        while not self._clock.stopped:
            for chunk in self.chosen.chunks():
                self.state = "replaying"
                await play(chunk, self._due(chunk, offset_ns))
                if self._clock.stopped:
                    return
            self.tally.rounds += 1
            if not self.how.loop:
                return
            offset_ns += self.chosen.round_ns

    def _due(self, chunk: Chunk, offset_ns: int) -> list[int]:
        """When each message should leave, ns since the start; empty when as soon as possible."""
        if self.how.speed is None:
            return []
        due: list[int] = ((chunk.due_ns + offset_ns) / self.how.speed).astype("int64").tolist()
        return due

    async def _play(self, chunk: Chunk, due: list[int]) -> None:
        """Send without waiting for anything but time and room."""
        at, end = 0, len(chunk.numbers)
        while at < end and await self._going():
            ready = end if not due else bisect_right(due, self._clock.now_ns)
            if ready <= at:
                await self._clock.sleep_until(due[at])
                continue
            reached = await self._send_some(chunk, at, ready)
            if due and reached > at:
                self.tally.late_ns = max(self.tally.late_ns, self._clock.now_ns - due[reached - 1])
            at = reached

    async def _play_requests(self, chunk: Chunk, due: list[int]) -> None:
        """Ask, wait for the reply, compare."""
        for at, number in enumerate(chunk.numbers.tolist()):
            if not await self._its_time(due, at):
                return
            self._exchanges.forget()
            if await self._send_one(chunk.message(at)):
                await self._exchanges.take_reply(number)

    async def _play_replies(self, chunk: Chunk, due: list[int]) -> None:
        """Answer each request with the next recorded reply."""
        for at, number in enumerate(chunk.numbers.tolist()):
            if not await self._its_time(due, at) or not await self._until(lambda: bool(self._socket.inbox)):
                return
            self._exchanges.take_request(number)
            await self._send_one(chunk.message(at))

    async def _play_routed(self, chunk: Chunk, due: list[int]) -> None:
        """Send to the live peer that stands for the recorded one."""
        for at, peer in enumerate(chunk.peers):
            frames = chunk.message(at)
            there = partial(self._finds, peer, frames)
            if not await self._its_time(due, at) or not await self._until(there, f"{called(peer)} to send something"):
                return
            if self._reached:
                self.tally.went(1, sum(map(len, frames)))
                continue
            envelope = self._socket.peers.route(peer) or []
            await self._send_one([*envelope, *(payload(frames) if len(envelope) > 1 else frames)])

    def _finds(self, peer: Hashable, frames: list[bytes]) -> bool:
        """Whether a live peer stands for the recorded one; one that has its identity gets the message at once."""
        self._reached = self._socket.reach(peer, frames)
        return self._reached or self._socket.peers.route(peer) is not None

    # Time and room

    async def _going(self) -> bool:
        """Whether to go on; waits while it is paused."""
        self._count()
        while self.paused and not self._clock.stopped:
            self.state = "paused"
            await asyncio.sleep(LOOK_S)
        self.state = "replaying"
        return not self._clock.stopped

    async def _its_time(self, due: list[int], at: int) -> bool:
        """Wait for the time of a message; whether to go on."""
        while await self._going():
            if not due or due[at] <= self._clock.now_ns:
                return True
            await self._clock.sleep_until(due[at])
        return False

    async def _send_some(self, chunk: Chunk, at: int, end: int) -> int:
        """Send some messages; waits for room, and returns how far it came."""
        try:
            reached = sent = self._socket.send_many(chunk, at, end, monotonic_ns() + BOX_NS)
        except Refusal as refusal:
            self.tally.refuse(str(refusal))
            sent, reached = refusal.at, refusal.at + 1
        self.tally.went(sent - at, _size(chunk, at, sent))
        if reached == at:
            self.tally.full += 1
            await self._until(self._socket.can_send)
        else:
            await asyncio.sleep(0)
        return reached

    async def _send_one(self, frames: list[bytes]) -> bool:
        """Send one message, when there is room; whether it was sent."""
        try:
            while not self._socket.send(frames):
                self.tally.full += 1
                if not await self._until(self._socket.can_send):
                    return False
        except Refusal as refusal:
            self.tally.refuse(str(refusal))
            return False
        self.tally.went(1, sum(map(len, frames)))
        return True

    async def _until(self, there: Callable[[], object], awaited: str = "") -> bool:
        """Wait until somebody takes or asks; whether to go on. Raises NobodyError when it takes too long."""
        began = monotonic_ns()
        until = began + int(self.how.stuck_s * 1e9)
        while not there() and not self._clock.stopped:
            self.state = f"waiting for {awaited or 'the other side'}"
            if awaited and monotonic_ns() > began + TELL_NS:
                self.awaited = awaited
            if monotonic_ns() > until:
                verb = "takes" if self.chosen.wanted.type not in ("REP", *ROUTED) else "asks for"
                text = f"nobody {verb} anything for {self.how.stuck_s:g} s"
                raise NobodyError(f"{text}; {self.tally.sent:,} messages were sent", where=self.address)
            await self._socket.change()
        return not self._clock.stopped

    # Counting

    def _count(self) -> None:
        self.tally.received = self._socket.received
        self.tally.bytes_received = self._socket.received_bytes


def _size(chunk: Chunk, at: int, end: int) -> int:
    """The bytes of some messages."""
    starts = chunk.starts
    return sum(map(len, chunk.frames[at:end] if starts is None else chunk.frames[starts[at] : starts[end]]))
