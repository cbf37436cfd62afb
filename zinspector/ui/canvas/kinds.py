"""The kinds of nodes that can be placed: what palette and search offer, and how each is made.

The twelve socket types come from the socket-type table. The rest are nodes of other kinds, and sockets set up for a
common purpose (a generator is a PUSH that generates).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from zinspector.topology.document import (
    AnyNode,
    Behaviour,
    ExternalNode,
    FrameTemplate,
    ImportNode,
    Position,
    ProxyNode,
    ProxySide,
    RelayNode,
    SocketNode,
    SocketType,
    SpyNode,
)
from zinspector.topology.socket_types import SOCKET_TYPES

Make = Callable[[str, Position], AnyNode]


@dataclass(frozen=True)
class Kind:
    """One kind of node to place. `mark` chooses its colour; `stem` begins the ids of its nodes."""

    key: str
    title: str
    group: str
    mark: str
    blurb: str
    stem: str
    make: Make

    def matches(self, words: list[str]) -> int | None:
        """How well the words of a search fit, lower is better; None if one doesn't fit at all."""
        title, text = self.title.lower(), f"{self.title} {self.group} {self.blurb}".lower()
        if not all(word in text for word in words):
            return None
        return sum(0 if title == word else 1 if title.startswith(word) else 2 if word in title else 4 for word in words)


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by key, in the order of the palette."""
    made = [_socket_kind(name) for name in SOCKET_TYPES] + _taps() + _flow()
    return {kind.key: kind for kind in made}


def _socket_kind(name: SocketType) -> Kind:
    info = SOCKET_TYPES[name]
    return Kind(name, name, "SOCKETS", name, info.blurb, name.lower(), lambda i, p: socket(i, p, name))


def socket(node_id: str, position: Position, name: SocketType) -> SocketNode:
    """A socket that does something when it runs: who can only send generates, who can only receive takes in."""
    behaviour = Behaviour(SOCKET_TYPES[name].default_behaviour)
    if behaviour.kind == "generate":
        behaviour = _generate(with_topic=name in ("PUB", "XPUB"))
    topics = ("",) if name in ("SUB", "XSUB") else ()
    return SocketNode(id=node_id, position=position, type=name, behaviour=behaviour, subscriptions=topics)


def _generate(*, with_topic: bool, rate: float = 10) -> Behaviour:
    topic = (FrameTemplate("text", "topic"),) if with_topic else ()
    body = FrameTemplate("json", {"n": "{{n}}", "value": "{{uniform(0, 100)}}"})
    return Behaviour("generate", rate=rate, frames=(*topic, body))


def _taps() -> list[Kind]:
    return [
        Kind(
            "relay", "Relay", "TAPS", "RELAY",
            "Between two programs: sees every byte of both, and changes none.", "relay",
            lambda i, p: RelayNode(id=i, position=p, listen="tcp://127.0.0.1:*", target="tcp://127.0.0.1:5556"),
        ),
        Kind(
            "spy", "Spy", "TAPS", "SPY",
            "One more subscriber, which listens in on a publisher.", "spy",
            lambda i, p: SpyNode(id=i, position=p, connect=("tcp://127.0.0.1:5556",)),
        ),
        Kind(
            "import", "Capture", "TAPS", "IMPORT",
            "A capture file of Wireshark, tcpdump or zinspector.", "capture",
            lambda i, p: ImportNode(id=i, position=p, file="capture.arrow"),
        ),
    ]  # fmt: skip


def _flow() -> list[Kind]:
    return [
        Kind(
            "generator", "Generator", "FLOW", "PUSH",
            "A PUSH socket that makes 1,000 messages a second from a template.", "generator",
            lambda i, p: SocketNode(id=i, position=p, type="PUSH", behaviour=_generate(with_topic=False, rate=1000)),
        ),
        Kind(
            "echo", "Echo", "FLOW", "REP",
            "A REP socket that answers every request with the request.", "echo",
            lambda i, p: SocketNode(id=i, position=p, type="REP", behaviour=Behaviour("echo")),
        ),
        _proxy("queue", "Queue", "ROUTER", "DEALER", "Shares requests from many clients among many workers."),
        _proxy("forwarder", "Forwarder", "XSUB", "XPUB", "Passes many publishers on to many subscribers."),
        _proxy("streamer", "Streamer", "PULL", "PUSH", "Passes tasks on from many sources to many workers."),
        Kind(
            "external", "External", "FLOW", "EXTERNAL",
            "Another program's socket, drawn so that the picture is whole.", "external",
            lambda i, p: ExternalNode(id=i, position=p, connect=("tcp://127.0.0.1:5556",)),
        ),
    ]  # fmt: skip


def _proxy(key: str, title: str, front: SocketType, back: SocketType, blurb: str) -> Kind:
    text = f"Proxy {front} ⇄ {back}. {blurb}"
    return Kind(
        key, title, "FLOW", "PROXY", text, key,
        lambda i, p: ProxyNode(id=i, position=p, frontend=ProxySide(front), backend=ProxySide(back)),
    )  # fmt: skip
