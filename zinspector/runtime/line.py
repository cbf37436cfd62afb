"""Objects between a process and its fork: plain ones (numbers, texts, bytes, tuples, lists, dicts), in order.

Nothing here waits: what the other end doesn't take yet is kept, and `pending` says how much that is. The objects are
marshalled, which the same program on both ends can rely on, behind their length (4 bytes).
"""

from __future__ import annotations

import asyncio
import marshal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

AT_ONCE = 1 << 20  # bytes to read


class Line:
    """One end."""

    def __init__(self, end: socket.socket, heard: Callable[[Any], None], broken: Callable[[], None]) -> None:
        """`heard` gets each object; `broken` is called once, when the other end is closed."""
        self._end = end
        self._heard = heard
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._in, self._out = bytearray(), bytearray()
        self._closed = self._writes = False
        end.setblocking(False)
        self._loop.add_reader(end.fileno(), self._readable)

    @property
    def closed(self) -> bool:
        """Whether it is over, from here or there."""
        return self._closed

    @property
    def pending(self) -> int:
        """Bytes that the other end hasn't taken yet."""
        return len(self._out)

    def send(self, thing: Any) -> None:
        """Send an object; where nobody is any more, it is lost."""
        if self._closed:
            return
        data = marshal.dumps(thing)
        self._out += len(data).to_bytes(4, "little")
        self._out += data
        if not self._writes:
            self._writable()

    def close(self) -> None:
        """Give the descriptor back."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._end.fileno())
            self._loop.remove_writer(self._end.fileno())
            self._end.close()

    def _writable(self) -> None:
        with suppress(BlockingIOError):
            try:
                while self._out:
                    del self._out[: self._end.send(self._out)]
            except ConnectionError:  # the end of the other one is read, too
                self._out.clear()
        if bool(self._out) != self._writes:
            self._writes = not self._writes
            if self._writes:
                self._loop.add_writer(self._end.fileno(), self._writable)
            else:
                self._loop.remove_writer(self._end.fileno())

    def _readable(self) -> None:
        try:
            data = self._end.recv(AT_ONCE)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self.close()
            self._broken()
            return
        self._in += data
        at = 0
        while len(self._in) >= at + 4:
            behind = at + 4 + int.from_bytes(self._in[at : at + 4], "little")
            if len(self._in) < behind:
                break
            thing = marshal.loads(self._in[at + 4 : behind])  # noqa: S302  # our own words
            at = behind
            self._heard(thing)
            if self._closed:
                return
        del self._in[:at]
