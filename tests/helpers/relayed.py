"""Relays in this process, plain sockets around them, and what the relay's watcher was told."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop

from zinspector.runtime.circuit import Circuit
from zinspector.runtime.flow import Side
from zinspector.runtime.relay import Relay

LOOPBACK = "tcp://127.0.0.1:*"


def on_uvloop(work: object) -> None:
    """Run a coroutine on the loop that relays have in real life."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


class Told:
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int, object]] = []
        self.bytes = {"connect": bytearray(), "bind": bytearray()}
        self.shortages: list[str] = []
        self.numbers = itertools.count(1)

    def opened(self, circuit: Circuit) -> None:
        self.events.append(("opened", circuit.number, None))
        circuit.notes = "seen"

    def room(self, size: int) -> memoryview:
        return memoryview(bytearray(size))

    def chunk(self, notes: str, side: Side, data: memoryview) -> None:
        self.bytes[side] += data

    def ended(self, circuit: Circuit, side: Side, reset: bool) -> None:
        self.events.append(("ended", circuit.number, (side, reset)))

    def closed(self, circuit: Circuit) -> None:
        self.events.append(("closed", circuit.number, (circuit.ended_by, circuit.reset_by)))

    def refused(self, circuit: Circuit, reason: str) -> None:
        self.events.append(("refused", circuit.number, reason))

    def names(self) -> list[str]:
        return [name for name, _, _ in self.events]


@asynccontextmanager
async def relay_to(target: str, told: Told, listen: str = LOOPBACK) -> AsyncIterator[tuple[Relay, str]]:
    """A relay, and the address where it listens."""
    relay = Relay(listen, target, told, lambda: next(told.numbers), told.shortages.append)
    address = await relay.open()
    try:
        yield relay, address
    finally:
        relay.close()


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def listening(backlog: int = 16) -> tuple[socket.socket, str]:
    """A plain listening socket and its endpoint."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    listener.setblocking(False)
    return listener, f"tcp://127.0.0.1:{listener.getsockname()[1]}"


async def joined(address: str, listener: socket.socket) -> tuple[socket.socket, socket.socket]:
    """A client connected to `address`, and what the target accepted for it; both non-blocking."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setblocking(False)
    await loop.sock_connect(client, ("127.0.0.1", port_of(address)))
    served, _ = await asyncio.wait_for(loop.sock_accept(listener), 60)
    served.setblocking(False)
    return client, served


async def read_to_end(end: socket.socket) -> bytes:
    """Everything up to the end. Raises ConnectionResetError for a reset."""
    loop = asyncio.get_running_loop()
    parts = []
    while data := await asyncio.wait_for(loop.sock_recv(end, 1 << 18), 60):
        parts.append(data)
    return b"".join(parts)


def reset(end: socket.socket) -> None:
    """Close with RST."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
