"""From drawn links to addresses: which end binds, and where the two meet.

Rules, in this order:
- `link.binds` decides who binds. Without it an end that is known to listen does (a bound address of an external
  program, the listening side of a relay), then a proxy, then the higher rank of the socket-type table, then the end
  with more links (so a sink with three workers binds), then the source.
- `link.endpoint` decides where. Without it: where an external program or relay is known to be, then the binder's first
  `bind` of the link's transport, then a free address that all links of that binder, side and transport share.
- A link that ends at a proxy meets its frontend, one that begins there leaves its backend.
- A link that ends at a relay meets the address where it listens, one that begins there meets its target; unless the
  addresses of the other end say otherwise (`meets_target`).

Everything here is defined for any document, with unknown nodes as ends as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zinspector.errors import EndpointError
from zinspector.topology.document import (
    AnyNode,
    Document,
    ExternalNode,
    Link,
    ProxyNode,
    RelayNode,
    SocketNode,
    SocketType,
    SpyNode,
)
from zinspector.topology.endpoints import free, parse
from zinspector.topology.socket_types import SOCKET_TYPES

Side = Literal["frontend", "backend"]
_PROXY_RANK, _UNKNOWN_RANK = 10, 2


@dataclass(frozen=True)
class Wire:
    """A link as libzmq will see it: `binder` and `connector` are node ids, the sides matter for proxies only.

    `endpoint` is the text to bind; with a wildcard only the bound socket knows the address to connect to.
    """

    binder: str
    binder_side: Side | None
    connector: str
    connector_side: Side | None
    endpoint: str


@dataclass(frozen=True)
class _End:
    """One end of a link with what matters for wiring. `ours`: zinspector opens this socket."""

    node_id: str
    side: Side | None
    type: SocketType | None
    bind: tuple[str, ...]
    connect: tuple[str, ...]
    ours: bool
    rank: int
    links: int


def link_wire(doc: Document, link: Link) -> Wire:
    """Who binds, who connects, and where."""
    source, target = _ends(doc, link)
    binder, connector = (source, target) if _binder(link, source, target) == "from" else (target, source)
    endpoint = link.endpoint or _meeting_place(link, binder, connector)
    return Wire(binder.node_id, binder.side, connector.node_id, connector.side, endpoint)


def binding_end(link: Link, doc: Document) -> Literal["from", "to"]:
    """Which end of the link binds."""
    return _binder(link, *_ends(doc, link))


def side_of(doc: Document, link: Link, node_id: str) -> Side | None:
    """The side of a proxy that a link is wired to; None for every other node."""
    if not isinstance(doc.node(node_id), ProxyNode):
        return None
    return "backend" if node_id == link.source else "frontend"


def end_types(doc: Document, link: Link) -> tuple[SocketType | None, SocketType | None]:
    """The socket types at the link's source and target; None where one isn't known."""
    source, target = _ends(doc, link)
    return source.type, target.type


def meets_target(doc: Document, link: Link, relay: RelayNode) -> bool:
    """Whether a link meets the target of a relay, and not the address where it listens.

    Who listens at the target is the target, and who connects to where the relay listens is a client, however the link
    was drawn; a target that is known so has no room for another.
    """
    if _is_at(_bound(doc.node(link.other(relay.id))), relay.target):
        return True
    if _is_at(_called(doc.node(link.other(relay.id))), relay.listen):
        return False
    taken = any(_is_at(_bound(doc.node(each.other(relay.id))), relay.target) for each in doc.links_of(relay.id))
    return relay.id == link.source and not taken


def _bound(node: AnyNode | None) -> tuple[str, ...]:
    if isinstance(node, RelayNode):
        return (node.listen,)
    return node.bind if isinstance(node, SocketNode | ExternalNode) else ()


def _called(node: AnyNode | None) -> tuple[str, ...]:
    if isinstance(node, RelayNode):
        return (node.target,)
    return node.connect if isinstance(node, SocketNode | ExternalNode | SpyNode) else ()


def _is_at(addresses: tuple[str, ...], place: str) -> bool:
    try:
        wanted = parse(place)
        return any(parse(text).same_place(wanted) for text in addresses)
    except EndpointError:  # reported by whoever opens it
        return False


def _ends(doc: Document, link: Link) -> tuple[_End, _End]:
    return _end(doc, link, link.source, is_source=True), _end(doc, link, link.target, is_source=False)


def _end(doc: Document, link: Link, node_id: str, *, is_source: bool) -> _End:
    node = doc.node(node_id)
    side: Side | None = None
    if isinstance(node, ProxyNode):
        side = "backend" if is_source else "frontend"
    kind = _type(node, side)
    bind, connect = _addresses(doc, link, node, side)
    if isinstance(node, ProxyNode):
        rank = _PROXY_RANK
    else:
        rank = SOCKET_TYPES[kind].binds_by_default if kind is not None else _UNKNOWN_RANK
    ours = isinstance(node, SocketNode | ProxyNode)
    return _End(node_id, side, kind, bind, connect, ours, rank, len(doc.links_of(node_id)))


def _type(node: AnyNode | None, side: Side | None) -> SocketType | None:
    if isinstance(node, ProxyNode):
        return node.backend.type if side == "backend" else node.frontend.type
    if isinstance(node, SpyNode):
        return "SUB"
    return node.type if isinstance(node, SocketNode | ExternalNode) else None


def _addresses(
    doc: Document, link: Link, node: AnyNode | None, side: Side | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where the node binds and connects, as far as this end of the link is concerned."""
    match node:
        case ProxyNode():
            end = node.backend if side == "backend" else node.frontend
            return end.bind, end.connect
        case SocketNode() | ExternalNode():
            return node.bind, node.connect
        case RelayNode():
            return ((), (node.target,)) if meets_target(doc, link, node) else ((node.listen,), ())
        case SpyNode():
            return (), node.connect
        case _:
            return (), ()


def _binder(link: Link, source: _End, target: _End) -> Literal["from", "to"]:
    if link.binds is not None:
        return link.binds
    votes = (_listens(source) - _listens(target), source.rank - target.rank, source.links - target.links)
    return "to" if next((vote for vote in votes if vote), 1) < 0 else "from"


def _listens(end: _End) -> int:
    """What is known about a program that we don't open ourselves: it listens (1), it connects (-1), or nothing."""
    if end.ours:
        return 0
    return 1 if end.bind else -1


def _meeting_place(link: Link, binder: _End, connector: _End) -> str:
    known = binder.bind if binder.ours or binder.bind else connector.connect
    if binder.ours and not connector.ours and connector.connect:
        known = connector.connect
    prefix = f"{link.transport}://"
    fitting = [text for text in known if text.startswith(prefix)]
    if not fitting and not (binder.ours and connector.ours):
        fitting = list(known)  # a program is where it is, whatever transport was drawn
    name = f"{binder.node_id}.{binder.side}" if binder.side else binder.node_id
    return fitting[0] if fitting else free(link.transport, name)
