"""The sockets of a session: carries out the commands of a plan that concern sockets and addresses.

What fails becomes a finding under a key that names socket and step, and goes away when the step is taken back or
succeeds; the rest goes on. A bind that finds a port in use that we ourselves gave back tries again for a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic

import zmq

from zinspector.capture.writer import Recorder
from zinspector.doctor.finding import Finding
from zinspector.errors import EndpointError, SocketError, UserError
from zinspector.runtime import transports
from zinspector.runtime.attempts import Told, also
from zinspector.runtime.commands import (
    Address,
    Bind,
    CloseSocket,
    Command,
    Connect,
    Disconnect,
    OpenSocket,
    RenewContext,
    SetOption,
    SocketPlan,
    Subscribe,
    Unbind,
    Unsubscribe,
)
from zinspector.runtime.connections import Connections
from zinspector.runtime.counts import LinkCount, NodeCount
from zinspector.runtime.monitor import Monitor, describe
from zinspector.runtime.options import apply_context_options, apply_options
from zinspector.runtime.places import FREE_AGAIN_S, FREE_AGAIN_STEP_S, Places
from zinspector.runtime.pump import Pump
from zinspector.runtime.reading import Socket
from zinspector.runtime.sockets import LiveSocket
from zinspector.runtime.trace import Trace
from zinspector.runtime.zmq_socket import open_socket
from zinspector.topology.endpoints import parse

MANY_SOCKETS = 16_384


class Network:
    """One context and its sockets, by key."""

    def __init__(self, recorder: Recorder, took: Callable[[int, int], None]) -> None:
        """`took(messages, bytes)` is told of all that goes to the recorder."""
        self.sockets: dict[str, LiveSocket] = {}
        self.monitors: dict[str, Monitor] = {}
        self.nodes: dict[str, NodeCount] = {}
        self.links: dict[str, LinkCount] = {}
        self.connections = Connections()
        self.findings: dict[str, Finding] = {}
        self.places = Places()
        self.paused: set[str] = set()
        self._recorder = recorder
        self._took = took
        self._context: zmq.Context[Socket] | None = None

    async def carry_out(self, command: Command, pump: Pump, title: str) -> None:
        """Do one step; what fails becomes a finding."""
        try:
            match command:
                case RenewContext(options=options):
                    self._renew_context(options)
                case OpenSocket(plan=plan):
                    self._open(plan, pump, title)
                case CloseSocket(socket=key):
                    self._close(key)
                case SetOption() | Subscribe() | Unsubscribe():
                    self._change(command)
                case Bind(socket=key, address=address):
                    await self._bind(key, address)
                case Unbind(socket=key, address=address):
                    self._unbind(key, address)
                case Connect(socket=key, address=address):
                    self._connect(key, address)
                case Disconnect(socket=key, address=address):
                    self._disconnect(key, address)
        except UserError as error:
            self._fault(command, error)
        except (zmq.ZMQError, OSError) as error:  # no more sockets, files that may not be touched
            self._fault(command, SocketError(str(error.strerror or error), where=command.socket))

    def close(self) -> None:
        """Close all that is left, and the context."""
        for key in tuple(self.sockets):
            self._close(key)
        if self._context is not None:
            self._context.destroy(linger=0)
            self._context = None
        self.places.close()

    def report(self, key: str, finding: Finding) -> None:
        """Show a finding until it is cleared."""
        self.findings[key] = finding

    def tapped(self, node: str, links: Iterable[str], messages: int, size: int) -> None:
        """Count what a tap saw go by, and the links that nobody else counts."""
        count = self.nodes.setdefault(node, NodeCount())
        count.received += messages
        count.sent += messages
        count.bytes_received += size
        count.bytes_sent += size
        for link in links:
            over = self.links.setdefault(link, LinkCount())
            over.messages += messages
            over.bytes += size

    def clear(self, key: str) -> None:
        """The cause of a finding ended."""
        self.findings.pop(key, None)

    # Steps

    def _renew_context(self, options: tuple[tuple[str, int], ...]) -> None:
        if self._context is not None:
            self._context.destroy(linger=0)
        self._context = zmq.Context()
        self._forget_faults(" RenewContext")
        transports.allow_many_files()
        self._context.set(zmq.MAX_SOCKETS, MANY_SOCKETS)  # a monitor takes two sockets for each of ours
        apply_context_options(self._context, dict(options))

    def _open(self, plan: SocketPlan, pump: Pump, title: str) -> None:
        assert self._context is not None, "a plan begins with RenewContext"
        key = plan.key
        socket = open_socket(self._context, plan)
        trace = Trace(
            self._recorder,
            plan.node,
            plan.type,
            count=self.nodes.setdefault(plan.node, NodeCount()),
            link_counts=self.links,
            link_of=lambda fd: self._link(key, fd),
            took=self._took,
            paused=self.paused,
        )
        try:
            self.monitors[key] = Monitor(socket, pump, self._told(key, trace))
        except BaseException:
            socket.close(0)
            raise
        self.sockets[key] = LiveSocket(plan, socket, pump, trace, title)

    def _close(self, key: str) -> None:
        live = self.sockets.pop(key, None)
        self._forget_faults(key)
        if live is None:
            return
        self.monitors.pop(key).close()
        live.close()
        self.connections.forget(key)
        self.places.give_back_all(key)

    def _change(self, command: SetOption | Subscribe | Unsubscribe) -> None:
        live = self.sockets.get(command.socket)
        if live is None:
            return
        if isinstance(command, SetOption):
            apply_options(live.socket, live.type, {command.name: command.value})
            if command.name == "REQ_RELAXED":
                live.turn.relaxed = command.value == 1
        else:
            live.subscribe(command.topic.encode(), isinstance(command, Subscribe))

    async def _bind(self, key: str, address: Address) -> None:
        live = self.sockets.get(key)
        if live is None:
            return
        if address.text == "ipc://*":
            text = self.places.private_ipc(address.tag or key)
        else:
            parse(address.text)
            text = address.text
        transports.require(text)
        transports.prepare_bind(text)
        until = monotonic() + (FREE_AGAIN_S if self.places.gave_back(text) else 0)
        while (error := _try(live.socket.bind, text)) is not None:
            if error.errno != zmq.EADDRINUSE or monotonic() > until:
                raise transports.cannot_bind(text, error)
            await asyncio.sleep(FREE_AGAIN_STEP_S)
        self.places.take(address, transports.last_endpoint(live.socket))

    def _unbind(self, key: str, address: Address) -> None:
        live = self.sockets.get(key)
        text = self.places.bound(address)
        if live is not None and text is not None:
            _try(live.socket.unbind, text)
            self.places.give_back(address)
        self.clear(f"{key} Bind {address.text}")

    def _connect(self, key: str, address: Address) -> None:
        live = self.sockets.get(key)
        text = self.places.resolved(address)
        if live is None or text is None:
            return
        parse(text)
        transports.require(text)
        error = _try(live.socket.connect, transports.for_connecting(text))
        if error is not None:
            raise SocketError(f"can't connect to {text}: {error.strerror}", where=key)
        live.pump.later(live)

    def _disconnect(self, key: str, address: Address) -> None:
        live = self.sockets.get(key)
        text = self.places.resolved(address)
        if live is not None and text is not None:
            with suppress(EndpointError):  # it was refused when it should have connected
                reachable = transports.for_connecting(text)
                _try(live.socket.disconnect, reachable)
                # libzmq tells nothing of a connection that its own side ended
                self.monitors[key].connections -= self.connections.ended(key, reachable)
        self.clear(f"{key} Connect {address.text}")

    # Inside

    def _told(self, key: str, trace: Trace) -> Callable[[Told], None]:
        def told(event: Told) -> None:
            name, address, value, time, attempts = event
            link = None
            if name == "ACCEPTED":
                self.connections.accepted(key, value, address)
                link = self.connections.link(key, value)
            elif name == "CONNECTED":
                self.connections.connected(key, value, address)
                link = self.connections.link(key, value)
            elif name == "DISCONNECTED":
                link = self.connections.link(key, value)
                self.connections.gone(key, value)
            if link is None and trace.sole is not None:
                link = trace.sole.link
            text = describe(name, address, value) + also(attempts)
            self._recorder.add_event(trace.node, name, text, time, link=link, from_type=trace.type)

        return told

    def _link(self, key: str, fd: int) -> str | None:
        link = self.connections.link(key, fd)
        if link is None and fd >= 0 and not self.connections.settled(key, fd):
            # the message overtook the event that tells of its connection, at this end or at the other one
            for monitor in self.monitors.values():
                monitor.catch_up()
            self.connections.settle(key, fd)
            link = self.connections.link(key, fd)
        return link

    def _fault(self, command: Command, error: UserError) -> None:
        step = type(command).__name__
        key = command.socket
        detail = command.address.text if isinstance(command, Bind | Connect) else ""
        code = "Z000"
        if isinstance(error, transports.TransportMissingError):
            code = "Z111"
        elif isinstance(command, Bind) and isinstance(error, SocketError):
            code = "Z104"
        node = key.partition("/")[0] or None
        if node is not None:
            self.nodes.setdefault(node, NodeCount()).errors += 1
        self.report(f"{key} {step} {detail}", Finding(code, "error", error.text, node=node, remedy=error.remedy))

    def _forget_faults(self, prefix: str) -> None:
        for key in [key for key in self.findings if key.startswith(f"{prefix} ")]:
            del self.findings[key]


def _try(call: Callable[[str], object], text: str) -> zmq.ZMQError | None:
    try:
        call(text)
    except zmq.ZMQError as error:
        return error
    return None
