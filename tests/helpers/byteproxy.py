"""A small TCP proxy that remembers what passed, to compare real sockets with what the parser says of them."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from zinspector.zmtp.events import Side


@dataclass
class ByteProxy:
    """Where to connect, and the chunks of each connection in the order in which they passed."""

    port: int
    conversations: list[list[tuple[Side, bytes]]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def passed(self, side: Side, number: int = 0) -> bytes:
        """All bytes of a side so far."""
        return b"".join(data for chunks in self.conversations[number:][:1] for each, data in chunks if each == side)


@contextmanager
def byte_proxy(target: int) -> Iterator[ByteProxy]:
    """A proxy to a port of the loopback, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener, selectors.DefaultSelector() as selector:
        stop, stopped = socket.socketpair()
        with stop, stopped:
            proxy = ByteProxy(listener.getsockname()[1])
            thread = threading.Thread(target=_forward, args=(proxy, listener, selector, stopped, target))
            thread.start()
            try:
                yield proxy
            finally:
                stop.send(b"!")
                thread.join()


def _forward(
    proxy: ByteProxy, listener: socket.socket, selector: selectors.BaseSelector, stopped: socket.socket, target: int
) -> None:
    selector.register(listener, selectors.EVENT_READ)
    selector.register(stopped, selectors.EVENT_READ)
    ends: list[socket.socket] = []
    while True:
        for key, _ in selector.select():
            if key.fileobj is stopped:
                for end in ends:
                    end.close()
                return
            if key.fileobj is listener:
                one, two = listener.accept()[0], socket.create_connection(("127.0.0.1", target))
                chunks: list[tuple[Side, bytes]] = []
                proxy.conversations.append(chunks)
                selector.register(one, selectors.EVENT_READ, ("connect", two, chunks))
                selector.register(two, selectors.EVENT_READ, ("bind", one, chunks))
                ends += [one, two]
                continue
            side, to, chunks = key.data
            data = b""
            with suppress(OSError):  # either end may be gone at any time
                data = key.fileobj.recv(65536)
                chunks += [(side, data)] if data else []  # before it is sent: what the peer answers comes after it
                to.sendall(data)
            if not data:
                selector.unregister(key.fileobj)
                with suppress(OSError):
                    to.shutdown(socket.SHUT_WR)
