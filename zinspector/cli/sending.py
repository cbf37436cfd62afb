"""One message from one socket: waits for a peer, sends, waits for the reply or for the message to leave.

- A peer is there when its handshake succeeded: something that only accepts TCP is none. A REP waits for a request.
- A PUB drops what nobody subscribed to. It is not told of subscriptions, but they follow the handshake at once, so it
  waits a moment more.
- libzmq does not tell when a message has left, so the socket stays open for a moment that grows with its size.
"""

from __future__ import annotations

import asyncio

from zinspector.capture.message import Message, messages
from zinspector.capture.store import Store
from zinspector.cli.headless import until_true
from zinspector.errors import SocketError, UserError
from zinspector.runtime.session import Session
from zinspector.topology.document import Document, SocketNode

SUBSCRIBE_S = 0.1
LEAVE_S = 0.2
LEAVE_BYTES_S = 20e6
PUBLISHERS = ("PUB", "XPUB")


class TooLateError(UserError):
    """Nobody came, or nobody answered, in time."""


class Sending:
    """Sends one message from `node`, whose only address is `address`; everything may take `timeout_s`."""

    def __init__(self, node: SocketNode, address: str, timeout_s: float) -> None:
        self._node = node
        self._address = address
        self._timeout_s = timeout_s
        self._store = Store()
        self._session = Session(self._store)
        self._read = 0
        self._seen: list[Message] = []

    async def go(self, frames: list[bytes], *, wants_reply: bool) -> Message | None:
        """Send, and return the reply if it is wanted. Raises TooLateError, SocketError."""
        try:
            await self._session.apply(Document(nodes=(self._node,)))
            for finding in self._session.findings():
                raise SocketError(finding.text, where=self._address, remedy=finding.remedy)
            await self._wait_for_peer()
            before = self._received()
            await self._send(frames)
            if wants_reply:
                return await self._reply(len(before))
            await asyncio.sleep(LEAVE_S + sum(map(len, frames)) / LEAVE_BYTES_S)
            return None
        finally:
            await self._session.close()

    async def _wait_for_peer(self) -> None:
        if not await until_true(self._has_peer, self._timeout_s):
            raise TooLateError(f"{self._why_not()} within {self._timeout_s:g} s", where=self._address)
        if self._node.type in PUBLISHERS:
            await asyncio.sleep(SUBSCRIBE_S)

    def _has_peer(self) -> bool:
        if self._node.type == "REP":
            return self._session.states()[self._node.id].req_state == "send"
        wanted = "CONNECTED" if self._node.type == "STREAM" else "HANDSHAKE_SUCCEEDED"
        return self._saw(wanted, "ACCEPTED" if self._node.type == "STREAM" else wanted)

    def _why_not(self) -> str:
        failure = self._session.states()[self._node.id].text
        if "handshake" in failure:
            return failure
        if self._node.type == "REP" and self._saw("HANDSHAKE_SUCCEEDED"):
            return "a peer is there, but no request came"
        if self._saw("CONNECTED", "ACCEPTED"):
            return "something answered, but it did not finish a ZeroMQ handshake"
        return "nobody connected" if self._node.bind else "nobody listens there"

    async def _send(self, frames: list[bytes]) -> None:
        """Send; a ROUTER's peer may need a moment to be known by its id."""
        end = asyncio.get_running_loop().time() + self._timeout_s
        while True:
            try:
                await self._session.send(self._node.id, frames)
                return
            except SocketError as error:
                if self._node.type != "ROUTER" or asyncio.get_running_loop().time() > end:
                    raise TooLateError(error.text, where=self._address, remedy=error.remedy) from None
                await asyncio.sleep(0.02)

    async def _reply(self, before: int) -> Message:
        if not await until_true(lambda: len(self._received()) > before, self._timeout_s):
            raise TooLateError(f"no reply within {self._timeout_s:g} s", where=self._address)
        return self._received()[before]

    def _received(self) -> list[Message]:
        return [row for row in self._rows() if row.direction == "in" and row.kind == "message"]

    def _saw(self, *events: str) -> bool:
        return any(row.kind == "event" and row.name in events for row in self._rows())

    def _rows(self) -> list[Message]:
        self._session.flush()
        for batch in self._store.since(self._read + 1):
            self._seen += messages(batch)
        self._read = self._store.next_n - 1
        return self._seen
