"""One open libzmq socket on the loop: reads when the pump says so, sends without waiting, never blocks.

Rules:
- What can't be sent now waits in `outbox`, in order; while something waits there nothing more is read, so a behaviour
  that answers what it reads can't pile up answers. Behaviours that make messages themselves (`generate`) ask
  `transmit` and keep what was refused.
- A message is sent whole or not at all (`zmq_socket`).
- After something was sent the socket is read again, for sending eats the edge of libzmq's descriptor.
- REQ and REP keep the `turn`; a send out of turn is refused here with an explanation, before libzmq.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from time import monotonic_ns
from typing import Protocol

import zmq

from zinspector.errors import SocketError
from zinspector.runtime.commands import SocketPlan
from zinspector.runtime.pump import Pump
from zinspector.runtime.reading import Reader, Run, Socket
from zinspector.runtime.trace import Trace
from zinspector.runtime.turn import Turn
from zinspector.runtime.zmq_socket import send_whole
from zinspector.topology.socket_types import SOCKET_TYPES

log = logging.getLogger(__name__)
READ_AT_ONCE = 8192
ANSWER_AT_ONCE = 256
POLLIN, POLLOUT = int(zmq.POLLIN), int(zmq.POLLOUT)


class Actor(Protocol):
    """What a socket does with its messages. `answers`: sends for what it reads; `generates`: sends by itself."""

    answers: bool
    generates: bool

    def received(self, run: Run) -> None:
        """Messages were read; they are counted and recorded already."""

    def writable(self) -> None:
        """What had to wait was sent, or a peer came."""

    def stop(self) -> None:
        """Do nothing from now on."""


class LiveSocket:
    """A socket that runs. `title` is how the user calls its node."""

    def __init__(self, plan: SocketPlan, socket: Socket, pump: Pump, trace: Trace, title: str) -> None:
        self.key = plan.key
        self.type = plan.type
        self.title = title
        self.socket = socket
        self.trace = trace
        self.count = trace.count
        self.pump = pump
        self.actor: Actor | None = None
        self.outbox: deque[list[bytes]] = deque()
        self.paused = False
        self.blocked_since: int | None = None
        self.turn = Turn(plan.type, relaxed=dict(plan.live).get("REQ_RELAXED") == 1)
        self.delimiter = False
        self._waiters: list[Callable[[], None]] = []
        self._sent = Run()
        self._sent_links: list[str | None] = []
        self._read_again = False
        self._reader = Reader(socket)
        self._can_receive = SOCKET_TYPES[plan.type].can_receive
        self._fd = int(socket.getsockopt(zmq.FD))
        pump.watch(self._fd, self)

    # Taking turns

    def work(self, deadline: int) -> bool:
        """Send what waits, then read until nothing is left."""
        try:
            return self._work(deadline)
        except zmq.ZMQError:
            # our bug, or the context is gone; without this the descriptor would wake us for ever
            log.exception("socket %s is broken", self.key)
            self.count.errors += 1
            self.pump.unwatch(self._fd)
            return False

    def _work(self, deadline: int) -> bool:
        self._read_again = False
        if self.outbox and not self._send_waiting():
            return False
        reads = self._can_receive and not self.paused
        more = self._read(deadline) if reads else False
        if self.blocked_since is not None or not reads:
            # asking for EVENTS takes the edge; without it the descriptor would stay up for ever
            more |= self._look() and reads and not self.outbox
        self.flush()
        return more or self._read_again

    def resume(self) -> None:
        """Read again after a pause."""
        if self.paused:
            self.paused = False
            self.pump.later(self)

    def flush(self) -> None:
        """Hand what was sent to the trace."""
        run, links = self._sent, self._sent_links
        if run.times:
            self._sent, self._sent_links = Run(), []
            if not any(links):
                self.trace.sent(run)
            else:
                for time, frames, link in zip(run.times, run.messages(), links, strict=True):
                    part = Run()
                    part.add(time, frames)
                    self.trace.sent(part, link)

    def close(self) -> None:
        """Close at once; what is still queued is lost."""
        self.flush()
        self.pump.unwatch(self._fd)
        self.pump.forget(self)
        self.socket.close(0)

    # Sending

    def send(self, frames: list[bytes]) -> None:
        """Send now, or raise SocketError with the reason."""
        self._check_turn()
        if self.outbox or not self.transmit(frames):
            hwm = int(self.socket.getsockopt(zmq.SNDHWM))
            raise SocketError(
                f"the queue to the peers of {self.type} '{self.title}' is full, or it has no peer yet",
                where=self.key,
                remedy=f"connect something that reads, or raise SNDHWM (now {hwm})",
            )
        self.flush()

    def post(self, frames: list[bytes]) -> None:
        """Send now, or as soon as the queue has room. Raises SocketError where waiting would not help."""
        self._check_turn()
        if self.outbox or not self.transmit(frames):
            self.outbox.append(frames)

    def transmit(self, frames: list[bytes]) -> bool:
        """Send without waiting; False when the queue is full. Raises SocketError for all else that is refused."""
        try:
            send_whole(self.socket, frames)
        except zmq.Again:
            if self.blocked_since is None:
                self.count.full += 1
                self.blocked_since = monotonic_ns()
            return False
        except zmq.ZMQError as error:
            raise self._refusal(error, frames) from error
        self.blocked_since = None
        self._note(frames)
        return True

    def transmit_many(
        self, make: Callable[[int], list[bytes]], first: int, limit: int, deadline: int
    ) -> tuple[int, SocketError | None]:
        """Send messages `make(first)`, `make(first + 1)` ... until the deadline or a refusal.

        Returns how many were sent, and what refused the next one.
        """
        done = 0
        refusal = None
        try:
            while done < limit and monotonic_ns() < deadline and self.transmit(make(first + done)):
                done += 1
        except SocketError as error:
            refusal = error
        self.flush()
        if done:
            self.pump.later(self)
        return done, refusal

    def subscribe(self, topic: bytes, wanted: bool) -> None:
        """Begin or end a subscription of a SUB or XSUB."""
        if self.type == "SUB":
            self.socket.setsockopt(zmq.SUBSCRIBE if wanted else zmq.UNSUBSCRIBE, topic)
            return
        frame = (b"\x01" if wanted else b"\x00") + topic
        self.socket.send(frame, zmq.NOBLOCK)
        self.trace.command("out", frame, monotonic_ns(), self.trace.sole)
        self.pump.later(self)

    def when_sent(self, waiter: Callable[[], None]) -> None:
        """Call `waiter` once, when nothing waits in the outbox any more."""
        self._waiters.append(waiter)

    # Inside

    def _read(self, deadline: int) -> bool:
        limit = READ_AT_ONCE
        if self.actor is not None and self.actor.answers:
            limit = 1 if self.type == "REP" else ANSWER_AT_ONCE
        run = self._reader.read(deadline, limit, self.trace.by_connection)
        if run.times:
            self.turn.received(run)
            self.trace.received(run)
            if self.actor is not None:
                self.actor.received(run)
        return not run.empty and not self.outbox

    def _look(self) -> bool:
        """Tell the actor when there is room; returns whether there is something to read.

        After reading, not before: a read eats the edge that tells of room in the queue.
        """
        events = int(self.socket.getsockopt(zmq.EVENTS))
        if events & POLLOUT and self.blocked_since is not None:
            self.blocked_since = None
            if self.actor is not None:
                self.actor.writable()
        return bool(events & POLLIN)

    def _send_waiting(self) -> bool:
        while self.outbox:
            frames = self.outbox.popleft()
            try:
                if not self.transmit(frames):
                    self.outbox.appendleft(frames)
                    break
            except SocketError:  # counted; the next one may have a peer
                continue
        self.flush()
        if self.outbox:
            return False
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter()
        if self.actor is not None:
            self.actor.writable()
        return True

    def _note(self, frames: list[bytes]) -> None:
        self._read_again = True
        self._sent.add(monotonic_ns(), frames)
        self._sent_links.append(self.trace.route(frames) if self.trace.by_connection else None)
        self.turn.sent()

    def _check_turn(self) -> None:
        if not self.turn.may_send:
            self.count.errors += 1
            raise SocketError(f"{self.type} '{self.title}' {self.turn.why_not()}", where=self.key)

    def _refusal(self, error: zmq.ZMQError, frames: list[bytes]) -> SocketError:
        if error.errno == zmq.EHOSTUNREACH:
            self.count.unroutable += 1
            return SocketError(
                f"{self.type} '{self.title}' has no peer with the routing id {frames[0]!r}",
                where=self.key,
                remedy="the first frame must be the id of a peer that is connected",
            )
        self.count.errors += 1
        return SocketError(f"{self.type} '{self.title}' can't send: {error.strerror}", where=self.key)
