"""One relayed connection: two sockets, two flows, byte for byte.

Rules:
- Each read is forwarded at once (`flow.py`), before anybody looks at it: libzmq's greeting comes in three steps, each
  waiting for the other side. TCP_NODELAY is set on both legs; on the loopback they go unpaced (`pacing.py`).
- The end of one direction (FIN) is passed on when all before it was; the other direction goes on. A reset is passed
  on as a reset (SO_LINGER 0), after what had arrived before it, for at most a second.
- A client is answered by its target or not at all: nothing is read from it before the target has accepted. When the
  target refuses, the client is reset at once. (It sees its connection accepted first and reset then, where a direct
  one would have been refused: the kernel accepts before we can ask the target. libzmq retries either way.)
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import socket
import struct
import termios
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns
from typing import Any, Protocol

from zinspector.capture.happenings import LEFT_EARLY
from zinspector.runtime.addresses import Place
from zinspector.runtime.flow import Flow, Side
from zinspector.runtime.pacing import pace_nothing

RESET_S = 1.0
RESET_STEP_S = 0.005
CROWDED_S = 10.0
SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_LINGER_0 = struct.pack("ii", 1, 0)


class Watcher(Protocol):
    """Who is told what a circuit does, after it was done."""

    def opened(self, circuit: Circuit) -> None:
        """The target accepted."""

    def room(self, size: int) -> memoryview:
        """Where the next `size` bytes may be received."""

    def chunk(self, notes: Any, side: Side, data: memoryview) -> None:
        """`side` sent these bytes, the first in the last room; they are on their way to the other.

        `notes` are those of the circuit. Where there are none this isn't called.
        """

    def ended(self, circuit: Circuit, side: Side, reset: bool) -> None:
        """`side` ended its direction."""

    def closed(self, circuit: Circuit) -> None:
        """Both sockets are closed."""

    def refused(self, circuit: Circuit, reason: str) -> None:
        """The target did not accept; the client was reset."""


class Circuit:
    """One client, one target, and what flows between them."""

    def __init__(self, number: int, client: socket.socket, watcher: Watcher, gone: Callable[[Circuit], None]) -> None:
        self.number = number
        self.client = client
        self.watcher = watcher
        self.loop = asyncio.get_running_loop()
        self.target: socket.socket | None = None
        self.flows: tuple[Flow, Flow] | None = None
        self.reset_by: Side | None = None
        self.ended_by: Side | None = None
        self.notes: Any = None
        """What the watcher keeps here."""
        self.closed = False
        self.shortage: OSError | None = None
        """What this machine has not enough of for a connection to the target."""
        self._gone = gone
        self._places: list[Place] = []
        self._patient_until = monotonic_ns() + int(CROWDED_S * 1e9)
        self._timer: asyncio.TimerHandle | None = None

    # Opening

    def connect(self, places: list[Place]) -> None:
        """Connect to the first of `places` that accepts."""
        self._timer = None
        self._places = places[1:]
        place = places[0]
        try:
            target = self.target = socket.socket(place.family, socket.SOCK_STREAM)
            target.setblocking(False)
            prepare(target)
            pace_nothing(target, place)
            if place.source is not None:
                target.bind(place.source)
            code = target.connect_ex(place.address)
        except OSError as error:
            self.shortage = error if error.errno in SHORTAGES else None
            self._not_accepted(error.errno or errno.EINVAL)
            return
        if code == errno.EINPROGRESS:
            self.loop.add_writer(target.fileno(), self._connected)
            self.loop.add_reader(self.client.fileno(), self._early)
        elif code == errno.EAGAIN and monotonic_ns() < self._patient_until:  # a unix socket whose backlog is full
            target.close()
            self.target = None
            self.loop.add_reader(self.client.fileno(), self._early)
            self._timer = self.loop.call_later(RESET_STEP_S, self.connect, places)
        elif code:
            self._not_accepted(code)
        else:
            self._open()

    def _early(self) -> None:
        """Something came from the client before the target accepted: it stays where it is, unless it is the end."""
        self.loop.remove_reader(self.client.fileno())
        try:
            gone = not self.client.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            self.loop.add_reader(self.client.fileno(), self._early)
            return
        except OSError:
            gone = True
        if gone:
            self.watcher.refused(self, LEFT_EARLY)
            self.close()

    def _connected(self) -> None:
        assert self.target is not None, "its socket told"
        self.loop.remove_writer(self.target.fileno())
        self.loop.remove_reader(self.client.fileno())
        code = self.target.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._not_accepted(code)
        else:
            self._open()

    def _not_accepted(self, code: int) -> None:
        if self.target is not None:
            self.target.close()
            self.target = None
        if self._places:
            self.connect(self._places)
        else:
            self.refuse(os.strerror(code))

    def refuse(self, reason: str) -> None:
        """Reset the client: there is no target for it."""
        self.watcher.refused(self, reason)
        _will_reset(self.client)
        self.close()

    def _open(self) -> None:
        assert self.target is not None, "it has accepted"
        self.flows = (
            Flow(self, "connect", self.client, self.target),
            Flow(self, "bind", self.target, self.client),
        )
        self.watcher.opened(self)
        for flow in self.flows:
            flow.start()

    def answers(self, flow: Flow) -> int:
        """How many reads went the other way than `flow`."""
        assert self.flows is not None, "bytes flow"
        one, other = self.flows
        return other.reads if flow is one else one.reads

    # Ending

    def source_ended(self, flow: Flow, reset: bool) -> None:
        """Nothing more will come from a side."""
        if self.ended_by is None:
            self.ended_by = flow.side
        if reset:
            self.reset_by = self.reset_by or flow.side
        self.watcher.ended(self, flow.side, reset)
        if self.reset_by is not None:
            self._pass_reset_on()
        elif flow.empty:
            self.drained(flow)

    def drained(self, flow: Flow) -> None:
        """All that a side ever sent was passed on: pass its end on."""
        if self.reset_by is not None or flow.shut:
            return
        flow.shut = True
        with suppress(OSError):  # it left in the meantime
            flow.sink.shutdown(socket.SHUT_WR)
        if self.flows is not None and all(each.shut for each in self.flows):
            self.close()

    def sink_failed(self, flow: Flow) -> None:
        """A side took no more: its socket was closed or reset."""
        other: Side = "bind" if flow.side == "connect" else "connect"
        self.reset_by = self.reset_by or other
        self.ended_by = self.ended_by or other
        self._pass_reset_on()

    def _pass_reset_on(self) -> None:
        """Once the side that was reset has given all that it had, and it was delivered, reset the other."""
        if self._timer is None and not self.closed:
            self._resetting(monotonic_ns() + int(RESET_S * 1e9))

    def _resetting(self, until: int) -> None:
        assert self.flows is not None, "only an open circuit is reset"
        flow = self.flows[0] if self.reset_by == "connect" else self.flows[1]
        delivered = flow.ended and flow.empty and not _unsent(flow.sink)
        if delivered or monotonic_ns() >= until:
            _will_reset(flow.sink)
            self.close()
        else:
            self._timer = self.loop.call_later(RESET_STEP_S, self._resetting, until)

    def close(self) -> None:
        """Close both sockets now."""
        if self.closed:
            return
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self.flows is not None:
            for flow in self.flows:
                flow.stop()
        else:
            self.loop.remove_reader(self.client.fileno())
            if self.target is not None:
                self.loop.remove_writer(self.target.fileno())
        self.client.close()
        if self.target is not None:
            self.target.close()
        if self.flows is not None:
            self.watcher.closed(self)
        self._gone(self)


def prepare(leg: socket.socket) -> None:
    """Options of both legs."""
    if leg.family != socket.AF_UNIX:
        leg.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _will_reset(leg: socket.socket) -> None:
    """Closing this socket sends RST."""
    if leg.family != socket.AF_UNIX:
        leg.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)


def _unsent(leg: socket.socket) -> int:
    """Bytes that the kernel still holds for the peer; 0 where it doesn't say."""
    if leg.family == socket.AF_UNIX:
        return 0
    try:
        answer: bytes = fcntl.ioctl(leg.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:
        return 0
    return int.from_bytes(answer, "little")
