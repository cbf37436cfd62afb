"""The addresses of a drawing, and the rules that need no more than them: unreadable, taken twice, out of reach, of a
transport that this libzmq does not have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

from zinspector.doctor.finding import Finding
from zinspector.errors import EndpointError
from zinspector.topology.document import AnyNode, Document, ExternalNode, Link, ProxyNode, SocketNode
from zinspector.topology.endpoints import Endpoint, parse
from zinspector.topology.wiring import link_wire

CORE_TRANSPORTS = frozenset({"tcp", "inproc"})
WHO_HAS = {
    "ipc": "libzmq on Linux, macOS and Windows 10 or later",
    "pgm": "a libzmq built with OpenPGM, as in Debian's libzmq5; then install pyzmq with --no-binary pyzmq",
    "epgm": "a libzmq built with OpenPGM, as in Debian's libzmq5; then install pyzmq with --no-binary pyzmq",
    "norm": "a libzmq built with NORM, as in Debian's libzmq5; then install pyzmq with --no-binary pyzmq",
    "ws": "a draft build of libzmq with WebSocket support; then install pyzmq with --no-binary pyzmq",
    "wss": "a draft build of libzmq with WebSocket and TLS support; then install pyzmq with --no-binary pyzmq",
    "tipc": "libzmq on Linux with the tipc kernel module",
    "vmci": "a libzmq built with VMCI for VMware guests",
    "udp": "a draft build of libzmq (RADIO and DISH)",
}


@dataclass(frozen=True)
class Place:
    """One address in the drawing: who has it, whether it binds or connects, and the link it stands on, if any."""

    node: AnyNode
    binds: bool
    endpoint: Endpoint
    link: Link | None = None

    @property
    def link_id(self) -> str | None:
        """The id of the link, for findings."""
        return self.link.id if self.link is not None else None


@dataclass(frozen=True)
class Drawing:
    """A document with its addresses read, and what this libzmq has (`None`: not known, assume all)."""

    document: Document
    has: frozenset[str] | None = None
    base: Path = Path()

    @cached_property
    def addresses(self) -> list[tuple[Place | None, Finding | None]]:
        """Every address of the document, as a place or as the finding that says why it is none."""
        return [*self._of_nodes(), *self._of_links()]

    @cached_property
    def places(self) -> list[Place]:
        """Every address that can be read."""
        return [place for place, _ in self.addresses if place is not None]

    def _of_nodes(self) -> Iterator[tuple[Place | None, Finding | None]]:
        for node in self.document.nodes:
            for binds, text in _node_addresses(node):
                yield self._read(node, binds, text, None)

    def _of_links(self) -> Iterator[tuple[Place | None, Finding | None]]:
        for link in self.document.links:
            if link.endpoint is not None:
                wire = link_wire(self.document, link)
                binder = self.document.node(wire.binder)
                if binder is not None and link.endpoint not in (t for b, t in _node_addresses(binder) if b):
                    yield self._read(binder, True, link.endpoint, link)

    def _read(self, node: AnyNode, binds: bool, text: str, link: Link | None) -> tuple[Place | None, Finding | None]:
        try:
            return Place(node, binds, parse(text), link), None
        except EndpointError as error:
            code = "Z114" if text.startswith("ipc:") and "107" in error.text else "Z100"
            place = link.id if link is not None else None
            return None, Finding(code, "error", error.text, node.id, place, remedy=error.remedy)


def unreadable_addresses(drawing: Drawing) -> Iterator[Finding]:
    """Z100, Z114: an address that libzmq would refuse."""
    return (finding for _, finding in drawing.addresses if finding is not None)


def address_clash(drawing: Drawing) -> Iterator[Finding]:
    """Z104: two binds on one address; the second fails (tcp) or steals the first one's peers (ipc)."""
    binds = [place for place in drawing.places if place.binds and not isinstance(place.node, ExternalNode)]
    binds = [place for place in binds if not place.endpoint.is_wildcard]
    alike: defaultdict[tuple[str, int | str | None], list[Place]] = defaultdict(list)
    for place in binds:  # only these can meet, and in a large drawing all pairs would be too many
        alike[place.endpoint.meeting_place].append(place)
    for first, second in (pair for places in alike.values() for pair in combinations(places, 2)):
        if not first.endpoint.same_place(second.endpoint):
            continue
        text = f"{second.node.title} binds {second.endpoint}, which {first.node.title} binds already"
        remedy = "use another port or path, or let one of them connect"
        yield Finding("Z104", "error", text, second.node.id, second.link_id, remedy=remedy)


def transport_unavailable(drawing: Drawing) -> Iterator[Finding]:
    """Z111: a transport that this libzmq was built without."""
    if drawing.has is None:
        return
    asked: list[tuple[str, str | None, str | None]]
    asked = [(place.endpoint.transport, place.node.id, place.link_id) for place in drawing.places]
    asked += [(link.transport, None, link.id) for link in drawing.document.links if link.endpoint is None]
    for transport, node, link in asked:
        if transport not in CORE_TRANSPORTS and transport not in drawing.has:
            text = f"this libzmq has no {transport} transport"
            yield Finding("Z111", "error", text, node, link, remedy=f"needs {WHO_HAS.get(transport, 'another build')}")


def wildcard_connect(drawing: Drawing) -> Iterator[Finding]:
    """Z114: nobody can connect to `*` or to 0.0.0.0; and a bind to all interfaces is open to the network."""
    for place in drawing.places:
        endpoint, node = place.endpoint, place.node
        if endpoint.transport != "tcp" or isinstance(node, ExternalNode):
            continue
        link = place.link_id
        if not place.binds and (endpoint.is_wildcard or endpoint.is_any_host):
            text = f"{node.title} connects to {endpoint}, which is an address to bind, not to reach"
            yield Finding("Z114", "error", text, node.id, link, remedy="name the host and port of the peer")
        elif place.binds and endpoint.is_any_host:
            text = f"{node.title} binds all interfaces: anyone on the network can reach it"
            remedy = "bind tcp://127.0.0.1:PORT, or use CURVE"
            yield Finding("Z114", "warning", text, node.id, link, remedy=remedy)


def _node_addresses(node: AnyNode) -> Iterator[tuple[bool, str]]:
    """The addresses of a node as (binds, text)."""
    if isinstance(node, SocketNode | ExternalNode):
        yield from ((True, text) for text in node.bind)
        yield from ((False, text) for text in node.connect)
    elif isinstance(node, ProxyNode):
        for side in (node.frontend, node.backend):
            yield from ((True, text) for text in side.bind)
            yield from ((False, text) for text in side.connect)
