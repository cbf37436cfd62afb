"""Commands between app and worker: JSON objects over a ZeroMQ socket, on any loop that can watch a descriptor.

The app binds a ROUTER and the worker connects a DEALER whose routing id is a secret of this run, so that the app
listens to its own worker only. On Linux they meet at an abstract ipc name, elsewhere on the loopback: nothing is left
on disk, however they end.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import zmq

Record = dict[str, Any]
NAMED = "@zinspector-"


class Channel:
    """One end. `got` is called with every object that comes."""

    def __init__(self, kind: int, secret: str, got: Callable[[Record], None]) -> None:
        self._context = zmq.Context()
        self._socket = self._context.socket(kind)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SNDHWM, 0)  # they are few
        self._to = [secret.encode()] if kind == zmq.ROUTER else []
        if kind == zmq.DEALER:
            self._socket.setsockopt(zmq.ROUTING_ID, secret.encode())
        self._got = got
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._read)
        self._closed = False

    def bind(self) -> str:
        """Listen at a free place; returns the address."""
        name = f"ipc://{NAMED}{secrets.token_hex(8)}" if sys.platform.startswith("linux") else "tcp://127.0.0.1:*"
        self._socket.bind(name)
        address = self._socket.getsockopt(zmq.LAST_ENDPOINT)
        assert isinstance(address, bytes), "LAST_ENDPOINT is bytes"
        return address.rstrip(b"\0").decode()

    def connect(self, address: str) -> None:
        """Go where the other end listens."""
        self._socket.connect(address)
        self._loop.call_soon(self._read)

    def send(self, record: Record) -> None:
        """Send an object; where nobody is any more, it is lost."""
        if self._closed:
            return
        with suppress(zmq.ZMQError):
            self._socket.send_multipart([*self._to, json.dumps(record).encode()], zmq.NOBLOCK)
        self._loop.call_soon(self._read)  # sending eats the edge that tells of something to read

    def close(self, linger_ms: int = 0) -> None:
        """End; what was sent has `linger_ms` to get out."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close(linger_ms)
            self._context.term()

    def _read(self) -> None:
        while not self._closed:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.ZMQError:
                return
            if frames[:-1] == self._to:
                self._got(json.loads(frames[-1]))
