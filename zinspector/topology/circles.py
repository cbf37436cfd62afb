"""Relays that lead back to themselves: each connection would open the next, until the machine has no more.

Rules:
- A relay leads to another when its target is where the other listens: the same ipc path, or the same tcp port of the
  same host. What listens on every interface is met through loopback too, but not through the name of another machine.
- An ipc relay whose target is its own path takes that path over from a live program, and is no circle.
"""

from __future__ import annotations

import ipaddress

from zinspector.errors import EndpointError
from zinspector.topology.document import Document, RelayNode
from zinspector.topology.endpoints import Endpoint, parse


def circle(document: Document, relay: RelayNode) -> tuple[RelayNode, ...]:
    """The relays from this one back to it, itself first; empty where it leads elsewhere."""
    relays = [node for node in document.nodes if isinstance(node, RelayNode)]
    path = [relay]
    while (following := _following(path[-1], relays)) is not None:
        if following.id == relay.id:
            return tuple(path)
        if following in path:
            break
        path.append(following)
    return ()


def _following(relay: RelayNode, relays: list[RelayNode]) -> RelayNode | None:
    try:
        target = parse(relay.target)
    except EndpointError:  # reported by whoever opens it
        return None
    for other in relays:
        try:
            listen = parse(other.listen)
        except EndpointError:
            continue
        if _meets(target, listen) and not (other.id == relay.id and listen.transport == "ipc"):
            return other
    return None


def _meets(target: Endpoint, listen: Endpoint) -> bool:
    if not target.same_place(listen):
        return False
    return not listen.is_any_host or target.is_any_host or _is_loopback(target.host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
