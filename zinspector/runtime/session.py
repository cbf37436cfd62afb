"""A session: runs a drawing. Takes documents, keeps sockets in step with them, tells how it goes.

Rules:
- `apply` carries out `plan(what runs, document)`, one at a time; what fails is a finding, never an exception.
- The sockets run on the loop that called `apply`. What they see goes to the recorder, and from there to the store
  (`flushing.py`).
- `stop` ends the generators first, gives messages that are on their way up to 0.3 s to arrive, then closes
  everything at once (linger 0). Counters stay readable.
- Relays run in a process of their own (`relays.py`); what it saw goes into the same store.
- Import nodes read their file, or listen to their interface, while the document runs (`imports.py`).
- A spy is one more SUB among the sockets (`plan.py`); who is no publisher is told (`spies.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic, monotonic_ns

import pyarrow as pa

from zinspector.capture.clock import Clock
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder
from zinspector.doctor.finding import Finding
from zinspector.errors import EndpointError, SocketError
from zinspector.runtime import relays
from zinspector.runtime.behaviours import Scene
from zinspector.runtime.commands import (
    Bind,
    Command,
    Connect,
    StartBehaviour,
    StartProxy,
    StopBehaviour,
    StopProxy,
    Subscribe,
)
from zinspector.runtime.counts import Counters, LinkCount, NodeCount, NodeState
from zinspector.runtime.flushing import Flusher
from zinspector.runtime.imports import Imports
from zinspector.runtime.lingering import Lingering
from zinspector.runtime.network import Network
from zinspector.runtime.plan import plan
from zinspector.runtime.pump import Pump
from zinspector.runtime.roles import Roles
from zinspector.runtime.scripts import AllowScript, Consents
from zinspector.runtime.spies import Spies
from zinspector.runtime.states import node_states
from zinspector.runtime.transports import for_connecting
from zinspector.runtime.wires import is_alone, link_ends, meetings
from zinspector.topology.document import Document
from zinspector.topology.reach import needs_delimiter
from zinspector.topology.socket_types import SOCKET_TYPES

__all__ = ["Counters", "LinkCount", "NodeCount", "NodeState", "Session"]

GRACE_S = 0.3
QUIET_S = 0.04


class Session:
    """The sockets of one drawing, what they do, and what they count.

    `base` is where relative paths of the document start. `allow_script` is asked, with path and source, before a
    script first runs; without it no script runs.
    """

    def __init__(
        self,
        store: Store,
        *,
        base: Path = Path(),
        clock: Clock | None = None,
        allow_script: AllowScript | None = None,
        relay_grace_s: float = relays.GRACE_S,
    ) -> None:
        """`relay_grace_s`: how long relays go on when this process ends without having closed them."""
        self.document: Document | None = None
        self.store = store
        self.base = base
        clock = clock or Clock()
        recorder = Recorder(clock)
        self._flusher = Flusher(recorder, self._keep)
        self._network = Network(recorder, self._flusher.took)
        self._spies = Spies(self._network)
        self._imports = Imports(self._kept_in, self._network.report, self._network.clear)
        self._relays = relays.Relays(self._kept_in, self._network, clock, relay_grace_s)
        self._roles = Roles(self._network, Consents(allow_script))
        self._pump: Pump | None = None
        self._lock = asyncio.Lock()

    @property
    def running(self) -> bool:
        """Whether a document runs."""
        return self.document is not None

    @property
    def lingering(self) -> Lingering | None:
        """Connections that still run through relays of a session that was stopped: those on paths taken over."""
        return self._relays.lingering

    @property
    def cuts(self) -> Mapping[str, int]:
        """How many connections relays have cut when they were closed, by node."""
        return self._relays.cuts

    async def apply(self, document: Document) -> None:
        """Bring what runs in step with `document`. Failures become findings."""
        async with self._lock:
            if self._pump is None:
                self._pump = Pump()
                self._flusher.begin()
            try:
                await self._relays.prepare(document)
                await self._change(self.document, document, self._pump)
                await self._relays.finish()
            except BaseException:
                self._end()  # half a change can't be built upon
                self._network.close()
                raise
            await self._network.places.sweep()
            await self._imports.apply(document, self.base)
            self._spies.apply(document)
            self.document = document

    async def stop(self) -> None:
        """Close all sockets; what was counted stays."""
        async with self._lock:
            if self._pump is None:
                return
            for live in self._network.sockets.values():
                if live.actor is not None and live.actor.generates:
                    live.actor.stop()
            await self._spies.close()
            await self._until_quiet()
            await self._change(self.document, None, self._pump)
            await self._imports.apply(None, self.base)
            await self._relays.close()
            await self._network.places.sweep()
            self._end()

    async def close(self) -> None:
        """Stop, and close the context."""
        await self.stop()
        await self._spies.close()  # an apply that failed halfway leaves these
        await self._relays.close()
        self._network.close()

    async def send(self, node_id: str, frames: Sequence[bytes]) -> None:
        """Send one message by hand. Raises SocketError with the reason why it can't be sent."""
        live = self._network.sockets.get(node_id)
        if f"{node_id}/frontend" in self._network.sockets:
            raise SocketError("a proxy only passes on what others send", where=node_id)
        if live is None or self._pump is None:
            raise SocketError("it does not run", where=node_id, remedy="press Run, or look at its problems")
        if not SOCKET_TYPES[live.type].can_send:
            raise SocketError(f"a {live.type} only receives", where=node_id)
        parts = [bytes(frame) for frame in frames] or [b""]
        live.send([b"", *parts] if live.delimiter and parts[0] else parts)
        self._pump.later(live)

    def flush(self) -> None:
        """Move what was recorded into the store, and all that relays have handed over."""
        self._flusher.flush()
        self._relays.flush()

    async def pause(self, node_id: str, paused: bool) -> None:
        """Record no messages of a node for a while: a relay, a proxy, a spy, a socket. Its traffic never pauses."""
        (self._network.paused.add if paused else self._network.paused.discard)(node_id)
        await self._relays.pause(node_id, paused)

    def delays(self) -> dict[int, float]:
        """The delay that a relay adds to each open connection, us, by the number of the connection."""
        return self._relays.delays()

    def counters(self) -> Counters:
        """All counters now. The counts are copies."""
        return Counters(
            monotonic_ns(),
            {**{node: replace(count) for node, count in self._network.nodes.items()}, **self._imports.counts()},
            {link: replace(count) for link, count in self._network.links.items()},
        )

    def states(self) -> dict[str, NodeState]:
        """The state of every node that is drawn and runs."""
        if self.document is None:
            return {}
        return {**node_states(self.document, self._network), **self._relays.states(), **self._imports.states()}

    def findings(self) -> list[Finding]:
        """What is wrong now."""
        self._spies.review()
        return list(self._network.findings.values())

    @property
    def asking(self) -> bool:
        """Whether a spy still asks who listens at its address."""
        return self._spies.asking

    # Inside

    def _kept_in(self) -> Store:
        return self.store  # another one, when what is on its way is to be forgotten

    def _keep(self, batch: pa.RecordBatch) -> None:
        self.store.append(batch)

    def _end(self) -> None:
        self.document = None
        if self._pump is not None:
            self._pump.close()
            self._pump = None
        self._flusher.end()
        self.flush()

    async def _change(self, before: Document | None, after: Document | None, pump: Pump) -> None:
        wired = False
        addressed = False
        for command in plan(before, after):
            starting = isinstance(command, StartBehaviour | StartProxy)
            if after is not None and not wired and (starting or isinstance(command, Subscribe | Bind | Connect)):
                wired = True
                self._rewire(after)
            if after is not None and not addressed and starting:
                addressed = True
                self._name_addresses(after)
            await self._carry_out(command, after or before, pump)
        if after is not None:
            self._rewire(after)
            self._name_addresses(after)

    async def _carry_out(self, command: Command, document: Document | None, pump: Pump) -> None:
        node = document.node(command.socket.partition("/")[0]) if document is not None else None
        title = node.title if node is not None else command.socket
        match command:
            case StopBehaviour(socket=key):
                self._roles.stop(key)
            case StopProxy(socket=key):
                self._roles.stop_proxy(key)
            case StartProxy(socket=key):
                self._roles.start_proxy(key, self._scene(pump))
            case StartBehaviour(socket=key, behaviour=behaviour):
                self._roles.start(key, behaviour, self._scene(pump))
            case _:
                await self._network.carry_out(command, pump, title)

    def _scene(self, pump: Pump) -> Scene:
        network = self._network
        return Scene(self.base, pump, network.sockets.get, network.report, network.clear)

    def _rewire(self, document: Document) -> None:
        ends = link_ends(document)
        for link in document.links:
            self._network.links.setdefault(link.id, LinkCount())
        for key, live in self._network.sockets.items():
            live.trace.rewire(ends.get(key, ()), is_alone(document, key))
            live.delimiter = needs_delimiter(document, live.trace.node)
            node = document.node(live.trace.node)
            live.title = node.title if node is not None else live.title

    def _name_addresses(self, document: Document) -> None:
        book: dict[tuple[str, str], list[str]] = {}
        for link, (binder, connector, address) in meetings(document).items():
            text = self._network.places.resolved(address)
            if text is not None:
                book.setdefault((binder, text), []).append(link)
                with suppress(EndpointError):  # reported by the bind or connect that it spoilt
                    book.setdefault((connector, for_connecting(text)), []).append(link)
        self._network.connections.use(book)

    async def _until_quiet(self) -> None:
        """Let messages that are on their way arrive; not for long."""
        end = monotonic() + GRACE_S
        seen = -1
        while monotonic() < end:
            received = sum(count.received for count in self._network.nodes.values())
            if received == seen:
                return
            seen = received
            await asyncio.sleep(QUIET_S)
