"""The socket of a replay: one libzmq socket with a context of its own, watched, read and written without waiting.

- It knows when a peer is there: a handshake succeeded; for a PUB, somebody subscribed; for a REP, a request came.
- A PUB is opened as an XPUB: on the wire that is the same, but it is told of subscriptions, and instead of dropping
  what a slow subscriber can't take, it waits (XPUB_NODROP).
- What comes is read at once into `inbox`, which is bounded: nobody reads what nobody asked for.
- A ROUTER or STREAM learns of its `peers` by what they send (`replay_peers`); a ROUTER also finds those that have the
  identity that was recorded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from contextlib import suppress
from time import monotonic_ns

import zmq

from zinspector.capture.replay import Chunk
from zinspector.errors import SocketError
from zinspector.runtime import transports
from zinspector.runtime.attempts import Told
from zinspector.runtime.commands import SocketPlan
from zinspector.runtime.monitor import Monitor
from zinspector.runtime.pump import Pump
from zinspector.runtime.reading import Reader, Socket
from zinspector.runtime.replay_peers import ReplayPeers
from zinspector.runtime.zmq_socket import NOBLOCK, open_socket, send_frame, send_whole
from zinspector.tasks import in_thread
from zinspector.topology.document import SocketType
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES

READ_AT_ONCE = 4096
KEPT = 4096  # messages that came and nobody asked for
STEP_S = 0.05
ROUTED = ("ROUTER", "STREAM")
POLLOUT = int(zmq.POLLOUT)


class ReplaySocket:
    """A socket of type `type` that binds or connects `address`, on the running loop."""

    def __init__(self, socket_type: SocketType, address: str, *, binds: bool) -> None:
        """Opens nothing yet. Raises EndpointError."""
        parse(address)
        self.type = socket_type
        self.address = address
        self.binds = binds
        self.received = self.received_bytes = 0
        self.peers = ReplayPeers()
        self.inbox: deque[list[bytes]] = deque(maxlen=KEPT)
        self._context: zmq.Context[Socket] | None = None
        self._socket: Socket | None = None
        self._monitor: Monitor | None = None
        self._pump: Pump | None = None
        self._fd = -1
        self._handshakes = self._transports = self._subscriptions = 0
        self._failure = ""
        self._changed = asyncio.Event()
        self._tried: tuple[Hashable, int] = (None, 0)

    # Life

    def open(self) -> None:
        """Open, and bind or connect. Raises SocketError, OptionError."""
        transports.require(self.address)
        if self._context is None:
            self._context, self._pump = zmq.Context(), Pump()
        assert self._pump is not None, "made with the context"
        kind: SocketType = "XPUB" if self.type == "PUB" else self.type
        options = (("XPUB_NODROP", 1),) if kind == "XPUB" else ()
        socket = open_socket(self._context, SocketPlan("replay", "replay", kind, (), options))
        try:
            self._reach(socket)
        except BaseException:
            socket.close(0)
            raise
        self._socket = socket
        self._reader = Reader(socket)
        self._fd = int(socket.getsockopt(zmq.FD))
        self._pump.watch(self._fd, self)

    def _reach(self, socket: Socket) -> None:
        assert self._pump is not None, "made with the context"
        self._monitor = Monitor(socket, self._pump, self._told)
        try:
            if self.binds:
                transports.prepare_bind(self.address)
                socket.bind(self.address)
                self.address = transports.last_endpoint(socket)
            else:
                socket.connect(transports.for_connecting(self.address))
        except zmq.ZMQError as error:
            self._monitor.close()
            if self.binds:
                raise transports.cannot_bind(self.address, error) from None
            raise SocketError(f"can't connect: {error.strerror}", where=self.address) from None
        except BaseException:
            self._monitor.close()
            raise

    def reopen(self) -> None:
        """Another socket in place of this one: for a REQ whose reply never came."""
        self._close_socket(0)
        self._handshakes = self._transports = self._subscriptions = 0
        self.inbox.clear()
        self.open()

    async def close(self, linger_s: float = 0.0) -> bool:
        """Close everything; what was sent has so long to leave. Returns whether it did, as far as can be told."""
        if self._context is None:
            return True
        self._close_socket(round(linger_s * 1000))
        if self._pump is not None:
            self._pump.close()
        context, self._context, self._pump = self._context, None, None
        began = monotonic_ns()
        await in_thread(context.term)
        if self.binds:
            transports.clean_up(self.address)
        return not linger_s or monotonic_ns() - began < linger_s * 0.95e9

    def _close_socket(self, linger_ms: int) -> None:
        if self._socket is None or self._pump is None or self._monitor is None:
            return
        self._monitor.close()
        self._pump.unwatch(self._fd)
        self._pump.forget(self)
        self._socket.close(linger_ms)
        self._socket = None

    # Peers

    @property
    def ready(self) -> bool:
        """Whether somebody is there who gets what is sent."""
        if self.type in ("PUB", "XPUB"):
            return self._subscriptions > 0
        if self.type == "REP":
            return bool(self.inbox)
        return (self._transports if self.type == "STREAM" else self._handshakes) > 0

    def why_not(self) -> str:
        """Why nobody is there, in words."""
        if self._failure:
            return self._failure
        if self._handshakes and self.type == "REP":
            return "a peer is there, but no request came"
        if self._handshakes and self.type in ("PUB", "XPUB"):
            return "a peer is there, but it subscribed to nothing"
        if self._transports:
            return "something answered, but it did not finish a ZeroMQ handshake"
        return "nobody connected" if self.binds else "nobody listens there"

    def reach(self, recorded: Hashable, frames: list[bytes]) -> bool:
        """Send the first message to a peer of a ROUTER that has the recorded identity but said nothing yet.

        Only libzmq knows who is there, and it tells by what it refuses. Returns whether it took the message.
        """
        if self.type != "ROUTER" or not self.peers.is_unheard(recorded):
            return False
        now = monotonic_ns()
        if self._tried[0] == recorded and now < self._tried[1] + STEP_S * 1e9:
            return False  # to look at once again would never end: each look is something that happens
        self._tried = recorded, now
        assert self._socket is not None, "it is open"
        self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        try:
            send_whole(self._socket, [recorded, *frames])
        except zmq.ZMQError:
            return False
        finally:
            self._socket.setsockopt(zmq.ROUTER_MANDATORY, 0)
            self._look()
        self.peers.reached(recorded)
        return True

    # Messages

    def send_many(self, chunk: Chunk, at: int, end: int, deadline: int) -> int:
        """Send the messages `at` to `end` of a chunk until the deadline (monotonic ns) or until there is no room.

        Returns the place of the first that was not sent. Raises Refusal.
        """
        assert self._socket is not None, "it is open"
        socket, frames, starts, clock = self._socket, chunk.frames, chunk.starts, monotonic_ns
        try:
            while at < end:
                if starts is None:
                    send_frame(socket, frames[at], NOBLOCK, True, False)
                else:
                    send_whole(socket, frames[starts[at] : starts[at + 1]] or [b""])
                at += 1
                if not at & 31 and clock() > deadline:
                    break
        except zmq.Again:
            pass
        except zmq.ZMQError as error:
            raise Refusal(at, error) from None
        self._look()
        return at

    def send(self, frames: list[bytes]) -> bool:
        """Send one message; False when there is no room. Raises Refusal."""
        assert self._socket is not None, "it is open"
        try:
            send_whole(self._socket, frames or [b""])
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            raise Refusal(0, error) from None
        finally:
            self._look()
        return True

    async def change(self, most_s: float = STEP_S) -> None:
        """Wait until something happens: a peer, a message, room; or a moment."""
        self._changed.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), most_s)

    def work(self, deadline: int) -> bool:
        """A turn of the pump: read what came."""
        assert self._socket is not None, "it is open"
        self._changed.set()
        if not (SOCKET_TYPES[self.type].can_receive or self.type == "PUB"):
            self.can_send()
            return False
        run = self._reader.read(deadline, READ_AT_ONCE)
        for frames in run.messages():
            self._take(frames)
        return not run.empty

    def _take(self, frames: list[bytes]) -> None:
        if self.type in ("PUB", "XPUB") and frames[0][:1] in (b"\0", b"\1"):
            self._subscriptions = max(0, self._subscriptions + (1 if frames[0][:1] == b"\1" else -1))
            return
        if self.type in ROUTED:
            self.peers.heard(self.type, frames)
        if self.type == "STREAM" and frames[1:] == [b""]:
            return
        self.received += 1
        self.received_bytes += sum(map(len, frames))
        self.inbox.append(frames)

    def _look(self) -> None:
        """Sending eats the edge of the descriptor, so look again."""
        if self._pump is not None:
            self._pump.later(self)

    def can_send(self) -> bool:
        """Whether there is room for a message. Asking takes the edge of the descriptor."""
        assert self._socket is not None, "it is open"
        return bool(int(self._socket.getsockopt(zmq.EVENTS)) & POLLOUT)

    def _told(self, event: Told) -> None:
        self._changed.set()
        name = event.name
        if name == "HANDSHAKE_SUCCEEDED":
            self._handshakes += 1
            self._failure = ""
        elif name in ("CONNECTED", "ACCEPTED"):
            self._transports += 1
        elif name.startswith("HANDSHAKE_FAILED") and self._monitor is not None:
            self._failure = self._monitor.failure


class Refusal(Exception):  # noqa: N818 - it is told to nobody but the replay
    """libzmq refused the message at a place."""

    def __init__(self, at: int, error: zmq.ZMQError) -> None:
        super().__init__(error.strerror)
        self.at = at
        self.error = error
