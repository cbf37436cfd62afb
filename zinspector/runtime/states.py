"""How each node is, in one phrase: read off its sockets, monitors and findings when somebody looks."""

from __future__ import annotations

from time import monotonic_ns

from zinspector.runtime.counts import Health, NodeState
from zinspector.runtime.network import Network
from zinspector.runtime.sockets import LiveSocket
from zinspector.topology.document import (
    AnyNode,
    Document,
    ImportNode,
    ProxyNode,
    SocketNode,
    SpyNode,
    UnknownNode,
)

NOT_YET = "not available yet"
STUCK_NS = 500_000_000


def node_states(document: Document, network: Network) -> dict[str, NodeState]:
    """The state of every node of the document."""
    errors = {finding.node: finding.text for finding in network.findings.values() if finding.severity == "error"}
    return {node.id: _state(node, network, errors.get(node.id, "")) for node in document.nodes}


def _state(node: AnyNode, network: Network, error: str) -> NodeState:
    if isinstance(node, ImportNode):
        return NodeState(node.id, text=NOT_YET)
    if isinstance(node, UnknownNode):
        return NodeState(node.id, "error", text=node.problem)
    if not isinstance(node, SocketNode | SpyNode | ProxyNode):
        return NodeState(node.id, text="another program")
    keys = [node.id] if not isinstance(node, ProxyNode) else [f"{node.id}/frontend", f"{node.id}/backend"]
    lives = [network.sockets[key] for key in keys if key in network.sockets]
    peers = sum(_peers(network, live) for live in lives)
    health, text = _mood(lives, peers, network)
    if error or len(lives) < len(keys):
        health, text = "error", error or "could not be opened"
    return NodeState(
        node.id,
        health,
        network.places.of(keys),
        peers,
        text,
        lives[0].turn.state if lives and isinstance(node, SocketNode) else None,
    )


def _peers(network: Network, live: LiveSocket) -> int:
    """Connections that the monitor knows, and drawn inproc links, which raise no events."""
    inproc = sum(end.inproc and end.peer in network.sockets for end in live.trace.ends.values())
    return len(network.monitors[live.key].connections) + inproc


def _mood(lives: list[LiveSocket], peers: int, network: Network) -> tuple[Health, str]:
    if not peers:  # a stray connection that failed beside healthy peers is an event, not how the node is
        failure = next((network.monitors[live.key].failure for live in lives), "")
        return ("error", failure) if failure else ("waiting", "no peer yet")
    now = monotonic_ns()
    for live in lives:
        if live.outbox or (live.blocked_since is not None and now - live.blocked_since > STUCK_NS):
            return "waiting", "its peers don't keep up: the queue is full"
        if live.turn.asked_at is not None and now - live.turn.asked_at > STUCK_NS:
            if live.type == "REP":
                return "waiting", "a request waits for its reply"
            return "waiting", f"waiting for a reply for {(now - live.turn.asked_at) / 1e9:.0f} s"
    return "ok", ""
