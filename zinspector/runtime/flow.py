"""One direction of a relayed connection: reads from one socket, writes to the other.

Rules:
- A read is written at once, before anybody looks at it. It is as large as what came lately, 2 MiB at most.
- In a flood we are woken for large pieces only (`low_water.py`).
- What the far side doesn't take is held, one read of it; until it is gone nothing more is read, so that back-pressure
  reaches the sender through TCP.
- The first 32 reads are timed, then one in 32: from the wake-up to the end of the write. That is the delay that we add,
  but for the time that the kernel takes to wake us.
"""

from __future__ import annotations

import socket
from time import monotonic_ns
from typing import TYPE_CHECKING, Literal

from zinspector.runtime.low_water import LEAST, LowWater

if TYPE_CHECKING:
    from zinspector.runtime.circuit import Circuit

Side = Literal["connect", "bind"]
SMALL, LARGE = 16 << 10, 2 << 20
SAMPLE = 32
SMOOTH = 8


class Flow:
    """One direction: reads from `source`, writes to `sink`."""

    __slots__ = (
        "_circuit",
        "_left",
        "_loop",
        "_low_water",
        "_receive",
        "_room",
        "_send",
        "_size",
        "_timed",
        "_watch",
        "bytes",
        "delay_ns",
        "ended",
        "reads",
        "shut",
        "side",
        "sink",
        "sink_fd",
        "source",
        "source_fd",
    )  # fmt: skip

    def __init__(self, circuit: Circuit, side: Side, source: socket.socket, sink: socket.socket) -> None:
        self.side = side
        self.source, self.sink = source, sink
        self.source_fd, self.sink_fd = source.fileno(), sink.fileno()
        self.bytes = 0
        self.reads = 0
        self.delay_ns = 0.0
        self._timed = 0
        self.ended = False
        self.shut = False
        self._circuit = circuit
        self._loop = circuit.loop
        self._receive, self._send = source.recv_into, sink.send
        self._room, self._watch = circuit.watcher.room, circuit.watcher.chunk
        self._low_water = LowWater(source)
        self._size = SMALL
        self._left: memoryview | None = None

    @property
    def empty(self) -> bool:
        """Whether all that was read is written."""
        return self._left is None

    def start(self) -> None:
        """Begin to read."""
        self._loop.add_reader(self.source_fd, self._readable)

    def stop(self) -> None:
        """Read and write no more; to be called before the sockets are closed."""
        self._loop.remove_reader(self.source_fd)
        self._low_water.lower()
        if self._left is not None:
            self._loop.remove_writer(self.sink_fd)
            self._left = None

    def _readable(self) -> None:
        self.reads += 1
        began = monotonic_ns() if self.reads < SAMPLE or not self.reads % SAMPLE else 0
        room = self._room(self._size)
        try:
            size = self._receive(room)
        except BlockingIOError:
            return
        except OSError:
            self._finish(reset=True)
            return
        if not size:
            self._finish(reset=False)
            return
        data = room[:size]
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._sink_failed()
            sent = size
        if sent != size:
            self._hold(bytes(data[sent:]))
        elif began:
            self._timed = min(self._timed + 1, SMOOTH)
            self.delay_ns += (monotonic_ns() - began - self.delay_ns) / self._timed
        if size == self._size:
            self._size = min(size * 4, LARGE)
        elif size * 8 < self._size > SMALL:
            self._size //= 2
        self.bytes += size
        if size >= LEAST:
            self._low_water.passed(size, self._circuit.answers(self))
        if self._circuit.notes is not None:
            self._watch(self._circuit.notes, self.side, data)

    def _hold(self, left: bytes) -> None:
        """Keep what the sink doesn't take, apart from the room that it came into: that is used again."""
        self._left = memoryview(left)
        self._loop.remove_reader(self.source_fd)
        self._loop.add_writer(self.sink_fd, self._writable)

    def _writable(self) -> None:
        assert self._left is not None, "a flow is only writable while it holds something"
        try:
            self._left = self._left[self._send(self._left) :]
        except BlockingIOError:
            return
        except OSError:
            self._left = None
            self._loop.remove_writer(self.sink_fd)
            self._sink_failed()
            return
        if self._left:
            return
        self._left = None
        self._loop.remove_writer(self.sink_fd)
        if self.ended:
            self._circuit.drained(self)
        else:
            self._loop.add_reader(self.source_fd, self._readable)

    def _finish(self, *, reset: bool) -> None:
        self.ended = True
        self._loop.remove_reader(self.source_fd)
        self._circuit.source_ended(self, reset)

    def _sink_failed(self) -> None:
        """Nobody takes these bytes any more. What the far side still sends may be on its way: it is read to its end."""
        if not self.ended:
            self._loop.remove_reader(self.source_fd)
        self.ended = True
        self._circuit.sink_failed(self)
