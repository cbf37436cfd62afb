"""The relay nodes of a session: keeps the worker in step with the drawing, and tells how its relays are.

Rules:
- The worker is started when the first relay is drawn, and ended with the session.
- A relay keeps the port that a `*` became, when its target changes and when the worker has to be started again.
- An address that is in use is tried again after the sockets changed: one of them may have just given it back.
- A worker that ends by itself is started again, after 0.2 s, then 0.5 s, 1 s ... 10 s, and a finding says so.
- Relays that lead in a circle are not opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zinspector.capture.clock import Clock
from zinspector.capture.store import Store
from zinspector.doctor.drawing import returns
from zinspector.doctor.finding import Finding
from zinspector.errors import UserError
from zinspector.runtime.addresses import is_open_to_others, relayed
from zinspector.runtime.commands import Address
from zinspector.runtime.counts import NodeState
from zinspector.runtime.lingering import Lingering
from zinspector.runtime.network import Network
from zinspector.runtime.places import FREE_AGAIN_S, FREE_AGAIN_STEP_S
from zinspector.runtime.running_relay import RunningRelay
from zinspector.runtime.transports import AddressInUseError
from zinspector.runtime.wires import counted_links, named_link
from zinspector.runtime.worker_link import WorkerLink, WorkerLostError
from zinspector.tasks import Task, spawn
from zinspector.topology.circles import circle
from zinspector.topology.document import Document, RelayNode

GRACE_S = 30.0
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Relays:
    """All relays of a session."""

    def __init__(self, store: Callable[[], Store], network: Network, clock: Clock, grace_s: float) -> None:
        """`store` tells where rows go now. `grace_s`: how long relays go on when this process is gone."""
        self._store = store
        self._network = network
        self._clock = clock
        self._grace_s = grace_s
        self._document = Document()
        self._running: dict[str, RunningRelay] = {}
        self._paused: set[str] = set()
        self._worker: WorkerLink | None = None
        self._mending: Task[None] | None = None
        self._failures = 0
        self._skipped = 0
        self._last_connection = 0
        self.cuts: dict[str, int] = {}
        """How many connections relays have cut when they were closed, by node."""
        self.lingering: Lingering | None = None
        """Connections that outlive the relays that were closed."""

    async def prepare(self, document: Document) -> None:
        """Close what is no longer drawn so, and open what is; to be called before the sockets change."""
        self._document = document
        wanted = {node.id: node for node in document.nodes if isinstance(node, RelayNode)}
        for node_id, running in tuple(self._running.items()):
            new = wanted.get(node_id)
            if new is None or (new.listen, new.target) != (running.node.listen, running.node.target):
                await self._close(node_id, forget=new is None or new.listen != running.node.listen)
        for node in wanted.values():
            link = named_link(document, node)
            running = self._running.setdefault(node.id, RunningRelay(node, link))
            running.node, running.link, running.counted_links = node, link, counted_links(document, node)
            self._network.tapped(node.id, (), 0, 0)  # its counters are there from the beginning
            if not running.open:
                await self._open(running)
            elif self._worker is not None:
                await self._order("relink", node=node.id, link=link)

    async def finish(self) -> None:
        """Try again what could not be opened because its address was in use; to be called after the sockets changed."""
        until = monotonic() + FREE_AGAIN_S
        for running in self._running.values():
            while not running.open and self._network.places.gave_back(running.node.listen):
                await self._open(running)
                if monotonic() > until:
                    return
                await asyncio.sleep(FREE_AGAIN_STEP_S)

    async def close(self) -> None:
        """Close all relays, and end the worker."""
        if self._mending is not None:
            self._mending.cancel()
            self._mending = None
        worker, self._worker = self._worker, None
        if worker is not None:  # its end is that of its relays, and needs no answers of one that hangs
            await worker.close()
            self.lingering = worker.lingering
        for node_id in tuple(self._running):
            await self._close(node_id, forget=True)
        self._network.clear("relay process")

    async def pause(self, node_id: str, paused: bool) -> None:
        """Record no messages of a relay for a while; its traffic goes on."""
        (self._paused.add if paused else self._paused.discard)(node_id)
        await self._order("pause", node=node_id, paused=paused)

    def delays(self) -> dict[int, float]:
        """What each open connection is delayed by us, us, by its number."""
        return {number: delay for running in self._running.values() for number, delay in running.delays.items()}

    def flush(self) -> None:
        """Take what the worker has handed over until now."""
        if self._worker is not None:
            self._worker.take_all()

    def states(self) -> dict[str, NodeState]:
        """How each relay is."""
        return {node_id: self._state(running) for node_id, running in self._running.items()}

    # Inside

    def _state(self, running: RunningRelay) -> NodeState:
        fault = self._network.findings.get(running.key("open"))
        if fault is not None:
            return NodeState(running.node.id, "error", text=fault.text)
        return running.state(paused=running.node.id in self._paused)

    async def _open(self, running: RunningRelay) -> None:
        node = running.node
        key = running.key("open")
        if path := circle(self._document, node):
            self._network.report(key, returns(path))
            return
        try:
            listen = relayed(node.listen)
            relayed(node.target)
            worker = await self._started()
            running.address = await worker.order(
                "open", node=node.id, link=running.link, listen=running.address or node.listen, target=node.target
            )
        except WorkerLostError as error:
            if self._mending is None:
                finding = Finding("Z000", "error", error.text, node=node.id, remedy="stop, and run it again")
                self._network.report(key, finding)
            return
        except UserError as error:
            code = "Z104" if isinstance(error, AddressInUseError) else "Z000"
            self._network.report(key, Finding(code, "error", error.text, node=node.id, remedy=error.remedy))
            return
        running.open = True
        self._network.clear(key)
        self._network.places.take(Address(node.listen, node.id), running.address)
        if node.id in self._paused:
            await worker.order("pause", node=node.id, paused=True)
        if is_open_to_others(listen):
            text = f"the relay listens on {running.address}: other machines can reach what it leads to"
            remedy = "listen on 127.0.0.1, unless that is what you want"
            self._network.report(running.key("reach"), Finding("Z114", "warning", text, node=node.id, remedy=remedy))

    async def _close(self, node_id: str, *, forget: bool) -> None:
        running = self._running[node_id]
        if running.open:
            await self._order("close", node=node_id)
            running.open = running.refused = False
        running.told = {}  # the next one counts from nothing
        for step in ("open", "reach", "shortage"):
            self._network.clear(running.key(step))
        if forget:
            self._network.places.forget(Address(running.node.listen, node_id))
            del self._running[node_id]

    async def _order(self, do: str, **fields: object) -> None:
        """An order whose failure is no news: a lost worker is told of elsewhere."""
        try:
            if self._worker is not None:
                await self._worker.order(do, **fields)
        except WorkerLostError:
            return

    async def _started(self) -> WorkerLink:
        if self._worker is None:
            worker = self._worker = WorkerLink(self._took_batch, self._counted, self._lost)
            try:
                await worker.start(self._grace_s, self._clock.offset_ns, self._first_connection())
            except BaseException:
                self._worker = None
                await worker.close()
                raise
        return self._worker

    def _first_connection(self) -> int:
        """Numbers go on where those of this capture end."""
        columns = [batch.column("connection") for batch in self._store().batches()]
        numbers = [pc.max(column).as_py() or 0 for column in columns]
        return max([self._last_connection, *numbers]) + 1

    def _took_batch(self, batch: pa.RecordBatch) -> None:
        self._failures = 0
        self._store().append(batch)

    def _counted(self, told: dict[str, Any]) -> None:
        self._last_connection = max(self._last_connection, told["connection"])
        if told["skipped"] > self._skipped:
            self._store().skip(told["skipped"] - self._skipped)
            self._skipped = told["skipped"]
        if told["blind"]:
            text = (
                "the process that looks at relayed traffic ended unexpectedly: traffic goes on, but nothing is recorded"
            )
            remedy = "stop and run again, when the programs can bear that their connections are cut"
            self._network.report("relay process", Finding("Z000", "error", text, remedy=remedy))
        for node_id, now in told["nodes"].items():
            running = self._running.get(node_id)
            if running is not None:
                self._count(running, now)

    def _count(self, running: RunningRelay, now: dict[str, Any]) -> None:
        node_id = running.node.id
        messages, size = running.take(now)
        self._network.tapped(node_id, running.counted_links, messages, size)
        if now["cuts"]:
            self.cuts[node_id] = now["cuts"]
        if now["shortage"]:
            text = f"no more clients can be accepted: {now['shortage']}"
            finding = Finding("Z000", "warning", text, node=node_id, remedy="raise the limit: ulimit -n")
            self._network.report(running.key("shortage"), finding)

    def _lost(self, reason: str) -> None:
        for running in self._running.values():
            running.open = False
            running.told = {}
            running.delays.clear()
        text = f"the relay process ended unexpectedly ({reason}): its connections are cut, and it is started again"
        remedy = "restart what waits for a reply that was lost with its connection, such as a REQ"
        self._network.report("relay process", Finding("Z000", "error", text, remedy=remedy))
        self._mending = spawn(self._mend(), "start relays again")

    async def _mend(self) -> None:
        """Start again, later each time."""
        try:
            while any(not running.open for running in self._running.values()):
                await asyncio.sleep(BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)])
                self._failures += 1
                worker, self._worker = self._worker, None
                if worker is not None:
                    await worker.close()
                self._skipped = 0
                for running in tuple(self._running.values()):
                    if not running.open:
                        await self._open(running)
                if self._worker is not None:
                    return
        finally:
            self._mending = None
