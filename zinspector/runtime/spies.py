"""Asks, when a spy starts, whether a publisher listens there: where none does, a spy hears nothing and nobody says why.

libzmq gives up a connection whose socket types don't fit, once and for ever, without an event (zmtp.md). So each
address of a spy is probed once, beside its connection; what is found stays a finding until the spy has a peer or is
changed. Sockets and relays of the same drawing are not asked: the drawing tells.
"""

from __future__ import annotations

import asyncio

from zinspector.doctor.finding import Finding, Severity
from zinspector.errors import EndpointError
from zinspector.runtime.network import Network
from zinspector.runtime.probe import Probed, probe, why_no_publisher
from zinspector.tasks import Task, spawn
from zinspector.topology.document import Document, RelayNode, SpyNode
from zinspector.topology.endpoints import Endpoint, parse

Spying = tuple[str, str]


class Spies:
    """The questions of a session, by node and address."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._asked: dict[Spying, Task[None]] = {}

    def apply(self, document: Document) -> None:
        """Ask for every spy that is new; to be called when all sockets are open."""
        nodes = [node for node in document.nodes if isinstance(node, SpyNode)]
        wanted = {(node.id, text) for node in nodes for text in node.connect}
        for pair in self._asked.keys() - wanted:
            self._asked.pop(pair).cancel()
            self._network.clear(_key(*pair))
        ours = _places(document, self._network) if wanted else []
        for node, text in sorted(wanted - self._asked.keys()):
            self._asked[node, text] = spawn(self._ask(node, text, ours), f"probe for {node}")

    @property
    def asking(self) -> bool:
        """Whether an answer is still to come."""
        return any(not task.done() for task in self._asked.values())

    def review(self) -> None:
        """Forget what was said about spies that have a peer now."""
        for node, text in self._asked:
            monitor = self._network.monitors.get(node)
            if monitor is not None and monitor.handshaken:
                self._network.clear(_key(node, text))

    async def close(self) -> None:
        """Ask no more."""
        asked, self._asked = self._asked, {}
        for pair, task in asked.items():
            task.cancel()
            self._network.clear(_key(*pair))
        await asyncio.gather(*asked.values(), return_exceptions=True)

    async def _ask(self, node: str, text: str, ours: list[Endpoint]) -> None:
        try:
            place = parse(text)
            if any(place.same_place(other) for other in ours):
                return
            answer = await probe(text)
        except EndpointError:  # reported by the connect that it spoilt, or no transport to ask over
            return
        reason, remedy = why_no_publisher(answer)
        if reason:
            code, severity = _weight(answer)
            finding = Finding(code, severity, f"{text}: {reason}", node=node, remedy=remedy)
            self._network.report(_key(node, text), finding)


def _key(node: str, text: str) -> str:
    return f"{node} Probe {text}"


def _places(document: Document, network: Network) -> list[Endpoint]:
    texts = [*network.places, *(node.listen for node in document.nodes if isinstance(node, RelayNode))]
    found = []
    for text in texts:
        try:
            found.append(parse(text))
        except EndpointError:  # reported by who listens there
            continue
    return found


def _weight(answer: Probed) -> tuple[str, Severity]:
    if answer.state == "zmtp":
        hidden = answer.found.socket_type is None
        return ("Z208", "warning") if hidden and answer.found.mechanism != "NULL" else ("Z216", "warning")
    return ("Z210", "warning") if answer.state in ("other", "silent") else ("Z209", "info")
