"""What a running socket or relay must know about the drawing: its links, who is at their far ends, and how to tell them
apart.

Pure: a document in; out come one `LinkEnd` a link and socket, and the links of a relay.

What goes over a link is counted by a relay only where the other end isn't ours, and where one link alone meets that
side of the relay; its rows carry the link of the connecting side, else that of the target.
"""

from __future__ import annotations

from collections import Counter

from zinspector.runtime.commands import Address
from zinspector.runtime.plan import link_addresses, sockets
from zinspector.runtime.trace import LinkEnd
from zinspector.topology.document import Document, Link, ProxyNode, RelayNode, SocketNode, SocketType, SpyNode
from zinspector.topology.wiring import meets_target

Meeting = tuple[str, str, Address]
_OURS = (SocketNode, ProxyNode)


def meetings(document: Document) -> dict[str, Meeting]:
    """For each link whose ends exist: who binds, who connects (socket keys), and where."""
    ids = {node.id for node in document.nodes}
    return {
        link.id: link_addresses(document, link) for link in document.links if link.source in ids and link.target in ids
    }


def link_ends(document: Document) -> dict[str, list[LinkEnd]]:
    """The links of every socket that we run, by socket key."""
    ours = sockets(document)
    met = meetings(document)
    degree = Counter(key for binder, connector, _ in met.values() for key in (binder, connector))
    shared = Counter((binder, address) for binder, _, address in met.values())
    ends: dict[str, list[LinkEnd]] = {key: [] for key in ours}
    for link, (binder, connector, address) in met.items():
        scheme = address.text.partition("://")[0]
        apart = {
            # ipc connections have no names: on a path that several links share, the binder can't tell them apart
            binder: scheme != "inproc" and not (scheme == "ipc" and shared[binder, address] > 1),
            connector: scheme != "inproc",
        }
        for key, other in ((binder, connector), (connector, binder)):
            if key not in ours:
                continue
            blind = degree[other] > 1 and not apart[other]
            ends[key].append(
                LinkEnd(
                    link,
                    other,
                    _type(document, other),
                    counts_sent=other not in ours or (blind and degree[key] == 1),
                    told_apart=apart[key],
                    inproc=scheme == "inproc",
                )
            )
    return ends


def is_alone(document: Document, key: str) -> bool:
    """Whether a socket has no addresses for other programs."""
    node_id, _, side = key.partition("/")
    node = document.node(node_id)
    if isinstance(node, ProxyNode):
        end = node.frontend if side == "frontend" else node.backend
        return not (end.bind or end.connect)
    if isinstance(node, SpyNode):
        return not node.connect
    return isinstance(node, SocketNode) and not (node.bind or node.connect)


def named_link(document: Document, relay: RelayNode) -> str | None:
    """The link that the rows of a relay carry, if there is only one."""
    for links in _sides(document, relay):
        if len(links) == 1:
            return links[0].id
        if links:
            return None
    return None


def counted_links(document: Document, relay: RelayNode) -> tuple[str, ...]:
    """Those that nobody counts better than the relay: not one of our sockets, nor the relay that listens for it."""
    found = []
    for links, others in zip(_sides(document, relay), (_OURS, (*_OURS, RelayNode)), strict=True):
        if len(links) == 1 and not isinstance(document.node(links[0].other(relay.id)), others):
            found.append(links[0].id)
    return tuple(found)


def _sides(document: Document, relay: RelayNode) -> tuple[list[Link], list[Link]]:
    """The links at the listening side and at the side of the target."""
    links = document.links_of(relay.id)
    return (
        [link for link in links if not meets_target(document, link, relay)],
        [link for link in links if meets_target(document, link, relay)],
    )


def _type(document: Document, key: str) -> SocketType | None:
    node_id, _, side = key.partition("/")
    node = document.node(node_id)
    if isinstance(node, ProxyNode):
        return node.frontend.type if side == "frontend" else node.backend.type
    if isinstance(node, SpyNode):
        return "SUB"
    kind = getattr(node, "type", None)
    return kind if isinstance(kind, str) else None  # type: ignore[return-value]  # every `type` is a SocketType
