"""Which ports a node has, and where a wire from one of them may go.

Messages flow from the right edge of a node to the left edge of the next. A socket that only sends has a port on the
right, one that only receives on the left, the rest have both. A wire may be drawn from either end; `propose` turns
it the right way round, or says in a sentence why it can't be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zinspector.topology.document import (
    AnyNode,
    Document,
    ExternalNode,
    ProxyNode,
    RelayNode,
    SocketNode,
    SocketType,
    SpyNode,
)
from zinspector.topology.socket_types import compatible, why_incompatible

Port = Literal["inlet", "outlet"]
INLET_ONLY = frozenset({"SUB", "XSUB", "PULL", "REP"})
OUTLET_ONLY = frozenset({"PUB", "XPUB", "PUSH", "REQ"})
ONE_WAY = frozenset({"PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL"})


@dataclass(frozen=True)
class Proposal:
    """A wire that might be: from `source` to `target`, or why not."""

    source: str
    target: str
    problem: str = ""


def ports(node: AnyNode) -> frozenset[Port]:
    """The ports that a node offers."""
    if isinstance(node, (ProxyNode, RelayNode)):
        return frozenset({"inlet", "outlet"})
    if isinstance(node, SpyNode):
        return frozenset({"inlet"})
    if not isinstance(node, (SocketNode, ExternalNode)):
        return frozenset()
    if node.type in INLET_ONLY:
        return frozenset({"inlet"})
    return frozenset({"outlet"}) if node.type in OUTLET_ONLY else frozenset({"inlet", "outlet"})


def end_type(node: AnyNode, port: Port) -> SocketType | None:
    """The socket type behind a port; None where it isn't known."""
    if isinstance(node, ProxyNode):
        return node.frontend.type if port == "inlet" else node.backend.type
    if isinstance(node, SpyNode):
        return "SUB"
    return node.type if isinstance(node, (SocketNode, ExternalNode)) else None


def both_ways(socket_type: str | None) -> bool:
    """Whether answers come back over a link from this type."""
    return socket_type not in ONE_WAY


def linked(document: Document, node_id: str) -> frozenset[str]:
    """The nodes at the other ends of a node's links."""
    return frozenset(link.other(node_id) for link in document.links_of(node_id))


def propose(start: AnyNode, port: Port, end: AnyNode, already: frozenset[str]) -> Proposal:
    """The wire from `port` of `start` to `end`, the right way round; `already` are the nodes linked to `start`."""
    if start.id == end.id:
        return Proposal(start.id, end.id, "A node can't be wired to itself")
    for node in (start, end):
        if not ports(node):
            return Proposal(start.id, end.id, f"{node.title} has no socket to wire")
    outward = port == "outlet"
    if outward and "inlet" not in ports(end) and "inlet" in ports(start):
        outward = False
    elif not outward and "outlet" not in ports(end) and "outlet" in ports(start):
        outward = True
    source, target = (start, end) if outward else (end, start)
    if end.id in already:
        return Proposal(source.id, target.id, f"{start.title} and {end.title} are already linked")
    return Proposal(source.id, target.id, _mismatch(source, target))


def _mismatch(source: AnyNode, target: AnyNode) -> str:
    out, into = end_type(source, "outlet"), end_type(target, "inlet")
    if out is None or into is None or compatible(out, into):
        return ""
    return f"{out} can't be wired to {into}: {why_incompatible(out, into)}"
