"""A session with relays, in a thread of its own, so that a test may block on the sockets of those who are tapped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pyarrow as pa

from tests.helpers.waiting import PATIENCE_S, wait_here_until
from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.runtime.session import Session
from zinspector.topology.document import Document, RelayNode

T = TypeVar("T")


class Tapped:
    """Relays that come as they are asked for. `store` holds what they saw; look at it through `rows`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, session: Session) -> None:
        self._loop = loop
        self._session = session
        self._document = Document()

    def relay(self, target: str, listen: str = "tcp://127.0.0.1:*") -> str:
        """A new relay to `target`; returns the address to connect to instead."""
        node = f"t{len(self._document.nodes) + 1}"
        self._document = self._document.with_node(RelayNode(id=node, listen=listen, target=target))
        self._do(lambda: self._session.apply(self._document))
        findings = [finding for finding in self._session.findings() if finding.node == node]
        assert not findings, findings
        (address,) = self._session.states()[node].addresses
        return address

    @property
    def last(self) -> str:
        """The node of the newest relay."""
        return self._document.nodes[-1].id

    def rows(self, node: str | None = None, kind: str | None = None) -> list[Message]:
        """What was captured up to now, of one relay or of all."""

        async def flushed() -> list[Message]:
            self._session.flush()
            store = self._session.store
            return store.rows(store.first_n, store.retained)

        every = self._do(flushed)
        return [row for row in every if node in (None, row.node) and kind in (None, row.kind)]

    def messages(self, count: int, node: str | None = None) -> list[Message]:
        """The messages that one relay (by default the newest) saw, as soon as there are that many."""
        node = node or self.last
        wait_here_until(lambda: len(self.rows(node, "message")) >= count)
        return self.rows(node, "message")

    def batches(self) -> list[pa.RecordBatch]:
        """The columns themselves."""
        self.rows()
        return list(self._session.store.batches())

    @property
    def skipped(self) -> int:
        """Rows that the capture could not keep up with."""
        return self._session.store.skipped

    def _do(self, work: Callable[[], Awaitable[T]]) -> T:
        async def wrapped() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(wrapped(), self._loop).result(PATIENCE_S)


@contextmanager
def tapped() -> Iterator[Tapped]:
    """A session that goes on in its thread until the block ends."""
    ready = threading.Event()
    made: list[Tapped] = []
    ends: list[asyncio.Event] = []

    async def live() -> None:
        session = Session(Store())
        try:
            await session.apply(Document())
            ends.append(asyncio.Event())
            made.append(Tapped(asyncio.get_running_loop(), session))
            ready.set()
            await ends[0].wait()
        finally:
            await session.close()
            ready.set()

    thread = threading.Thread(target=lambda: asyncio.run(live()), name="tapped")
    thread.start()
    ready.wait(PATIENCE_S)
    tap = made[0]
    try:
        yield tap
    finally:
        tap._loop.call_soon_threadsafe(ends[0].set)
        thread.join(PATIENCE_S)
