"""Which sockets the messages of a node come to: at the far ends of its links, on through proxies and relays."""

from __future__ import annotations

from zinspector.topology.document import AnyNode, Document, ExternalNode, Link, ProxyNode, RelayNode, SocketNode
from zinspector.topology.wiring import meets_target, side_of


def needs_delimiter(document: Document, node_id: str) -> bool:
    """Whether a DEALER's messages come to a REP, which drops those that don't begin with an empty frame."""
    node = document.node(node_id)
    if not isinstance(node, SocketNode) or node.type != "DEALER":
        return False
    return any(isinstance(far, SocketNode | ExternalNode) and far.type == "REP" for far in reached(document, node_id))


def reached(document: Document, node_id: str) -> list[AnyNode]:
    """The nodes at the far ends of a node's links, with those that proxies and relays lead on to in their place."""
    found: list[AnyNode] = []
    seen: set[tuple[str, bool]] = set()
    todo = [(node_id, link) for link in document.links_of(node_id)]
    while todo:
        here, link = todo.pop()
        far = document.node(link.other(here))
        if not isinstance(far, ProxyNode | RelayNode):
            found += [far] if far is not None else []
            continue
        entered = _behind(document, link, far)
        if (far.id, entered) not in seen:
            seen.add((far.id, entered))
            onward = [each for each in document.links_of(far.id) if _behind(document, each, far) != entered]
            todo += [(far.id, each) for each in onward]
    return found


def _behind(document: Document, link: Link, middle: ProxyNode | RelayNode) -> bool:
    """Whether a link is on that side of a proxy or a relay where those stand who listen to what passes."""
    if isinstance(middle, RelayNode):
        return meets_target(document, link, middle)
    return side_of(document, link, middle.id) == "backend"
