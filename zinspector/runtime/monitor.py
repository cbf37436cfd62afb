"""The monitor of one socket: what libzmq tells about its connections, drained always.

Two traps, both of which freeze the whole context: closing our end before the monitor is turned off, and a monitor that
is full (2,000 events by default; ours has no limit, so that a window that is held up holds up nobody's traffic).
The value of an event comes back as an Event flag and is made a plain number at once. It is a descriptor where a
connection opens or ends; of a handshake it is the reason why it failed (an errno, a status), or 0, and never tells
whose. inproc raises no events. Attempts to connect that find nobody are thinned out (`attempts`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from time import monotonic_ns

import zmq
from zmq.utils.monitor import parse_monitor_message

from zinspector.runtime.attempts import Attempts, Told
from zinspector.runtime.pump import Pump
from zinspector.runtime.reading import Socket

MANY = 512
OPENED = {"ACCEPTED", "CONNECTED"}
REASONS = {
    0x10000000: "unspecified ZMTP error",
    0x10000001: "unexpected command",
    0x10000002: "command out of sequence",
    0x10000003: "wrong key exchange",
    0x11000001: "cryptographic error: wrong key?",
    0x11000002: "the mechanisms differ",
}

_numbers = itertools.count()


class Monitor:
    """Counts the connections of a socket, and tells what happened."""

    def __init__(self, socket: Socket, pump: Pump, told: Callable[[Told], None]) -> None:
        self.connections: set[int] = set()
        self.failure = ""
        self._shaken = False
        self._socket = socket
        self._pump = pump
        self._told = told
        self._attempts = Attempts()
        self._pair = _attach(socket)
        self._fd = int(self._pair.getsockopt(zmq.FD))
        pump.watch(self._fd, self)

    @property
    def handshaken(self) -> bool:
        """Whether there is a connection, and a handshake succeeded since there was none."""
        return self._shaken and bool(self.connections)

    def work(self, deadline: int) -> bool:
        """Read events until nothing is left."""
        for _ in range(MANY):
            try:
                parts = self._pair.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return False
            self._tell(parts)
            if monotonic_ns() > deadline:
                break
        return True

    def catch_up(self) -> None:
        """Read all events that are there."""
        while self.work(monotonic_ns() + 1_000_000):
            pass

    def close(self) -> None:
        """Read what is left, then stop; the socket is still open."""
        self.catch_up()
        for each in self._attempts.left():
            self._told(each)
        self._pump.unwatch(self._fd)
        self._pump.forget(self)
        self._socket.monitor(None, 0)
        self._pair.close(0)

    def _tell(self, parts: list[bytes]) -> None:
        event = parse_monitor_message(parts)
        name = zmq.Event(int(event["event"])).name or str(int(event["event"]))
        value = int(event["value"])
        address = bytes(event["endpoint"]).decode(errors="replace")
        if name in OPENED:
            self._shaken = self.handshaken
            self.connections.add(value)
            self.failure = ""
        elif name == "DISCONNECTED":
            self.connections.discard(value)
        elif name == "HANDSHAKE_SUCCEEDED":
            self._shaken = True
        if name.startswith("HANDSHAKE_FAILED"):
            self.failure = f"handshake failed: {_reason(name, value)}"
        for each in self._attempts.take(Told(name, address, value, monotonic_ns())):
            self._told(each)


def _attach(socket: Socket) -> Socket:
    """The receiving end of a monitor. It has no high-water mark, so that a loop that is held up freezes no context."""
    address = f"inproc://monitor-{id(socket)}-{next(_numbers)}"
    socket.monitor(address, zmq.EVENT_ALL)
    try:
        pair: Socket = socket.context.socket(zmq.PAIR)
    except zmq.ZMQError:
        socket.monitor(None, 0)
        raise
    pair.setsockopt(zmq.RCVHWM, 0)
    pair.connect(address)
    return pair


def describe(name: str, address: str, value: int) -> str:
    """One line for the events table."""
    if name in ("BIND_FAILED", "ACCEPT_FAILED", "CLOSE_FAILED"):
        return f"{address} {zmq.strerror(value)}"
    if name == "CONNECT_RETRIED":
        return f"{address} again in {value} ms"
    if name.startswith("HANDSHAKE_FAILED"):
        return f"{address} {_reason(name, value)}"
    return address


def _reason(name: str, value: int) -> str:
    if name == "HANDSHAKE_FAILED_NO_DETAIL":
        return zmq.strerror(value)
    if name == "HANDSHAKE_FAILED_AUTH":
        return f"the ZAP handler said {value}"
    return REASONS.get(value, f"ZMTP error 0x{value:08x}")
