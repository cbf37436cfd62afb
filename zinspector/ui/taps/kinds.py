"""The five kinds of taps: what each can and cannot see, what it needs, and the node that it becomes. Free of Qt.

A check raises UserError with the sentence to show below its field. `made` nodes are plain nodes of the document, so a
tap is saved, undone and run like anything else that is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from zinspector.errors import EndpointError, UserError
from zinspector.topology.document import (
    AnyNode,
    Document,
    ExternalNode,
    ImportNode,
    Position,
    ProxyNode,
    ProxySide,
    RelayNode,
    SocketNode,
    SocketType,
    SpyNode,
)
from zinspector.topology.edits import connect, new_id
from zinspector.topology.endpoints import Endpoint, parse
from zinspector.ui.canvas.words import short_endpoint

TAP_OFFSET = 1000
FORWARDERS: dict[str, tuple[SocketType, SocketType]] = {
    "Publish-subscribe (XSUB ⇄ XPUB)": ("XSUB", "XPUB"),
    "Request-reply (ROUTER ⇄ DEALER)": ("ROUTER", "DEALER"),
    "Pipeline (PULL ⇄ PUSH)": ("PULL", "PUSH"),
}


@dataclass(frozen=True)
class TapKind:
    """One way to see messages that are not one's own."""

    key: str
    title: str
    blurb: str
    sees: str
    misses: str


@dataclass(frozen=True)
class Change:
    """What the user has to change in another program: an address, or nothing."""

    sentence: str
    address: str = ""
    instead_of: str = ""


@dataclass(frozen=True)
class Made:
    """A drawing with a tap in it."""

    document: Document
    node_id: str
    change: Change


KINDS = {
    kind.key: kind
    for kind in (
        TapKind(
            "relay", "Relay", "Between two programs; one of them connects to another address",
            "It sees everything of the connections that go through it, both ways: handshakes, subscriptions, messages.",
            "It can't see connections that go past it, nor the payloads of CURVE (their sizes it can).",
        ),
        TapKind(
            "spy", "Spy", "One more subscriber at a publisher",
            "It sees what a PUB or XPUB publishes on the topics it subscribes to, without a change to any program.",
            "It can't see handshakes, other subscribers, or sockets that don't publish; too slow, it misses messages.",
        ),
        TapKind(
            "proxy", "Proxy with capture", "A broker of zinspector's own, which programs connect to",
            "It sees every message that it passes on between its two sides.",
            "It can't see handshakes or heartbeats, and it is not transparent: it queues, and drops as sockets do.",
        ),
        TapKind(
            "sniff", "Sniff", "Listens on a network interface, touches nothing",
            "It sees the TCP traffic of all programs on an interface, from now on, and changes nothing at all.",
            "It can't see ipc or inproc, nor what the kernel drops; it needs the right to capture packets.",
        ),
        TapKind(
            "import", "Import", "A file of Wireshark, tcpdump or zinspector",
            "It sees what is in a capture file: pcap, pcapng, also gzipped, or a recording of zinspector.",
            "It can't see anything live, nor what the capture missed: gaps are marked, never filled.",
        ),
    )
}  # fmt: skip


# Checks of single fields


def check_target(text: str) -> Endpoint:
    """Where a program listens: an address to connect to. Raises UserError."""
    endpoint = _relayed(text)
    if endpoint.is_wildcard:
        raise UserError("a wildcard is no place to connect to", remedy="write the port that the program listens on")
    return endpoint


def check_listen(text: str) -> Endpoint:
    """Where the relay listens. Raises UserError."""
    return _relayed(text)


def check_place(text: str) -> Endpoint:
    """An address to connect to, of any transport. Raises UserError."""
    endpoint = parse(text.strip())
    if endpoint.is_wildcard:
        raise UserError("a wildcard is no place to connect to", remedy="write the whole address")
    return endpoint


def check_ports(text: str) -> tuple[int, ...]:
    """Ports with blanks or commas between them. Raises UserError."""
    words = text.replace(",", " ").split()
    for word in words:
        if not word.isascii() or not word.isdecimal() or not 0 < int(word) < 65536:
            raise UserError(f"{word} is no port", remedy="write numbers from 1 to 65535, with blanks between them")
    return tuple(dict.fromkeys(int(word) for word in words))


def check_file(text: str, base: Path) -> Path:
    """A file that is there; relative paths begin beside the drawing. Raises UserError."""
    path = base / Path(text.strip()).expanduser()
    if not path.is_file():
        raise UserError("there is no such file", where=str(path))
    return path


def check_relay(listen: str, target: str, document: Document) -> None:
    """Whether the two addresses of a relay go together, and with the drawing. Raises UserError."""
    there, here = check_target(target), check_listen(listen)  # where to listen is suggested once the target is right
    if here.transport == "tcp" and here.same_place(there):
        raise UserError("it would listen where the program itself listens", remedy="take another port")
    for node in document.nodes:
        for taken in _bound(node):
            if here.same_place(taken):
                other = "port" if here.transport == "tcp" else "path"
                raise UserError(f"{node.title} listens there already", remedy=f"take another {other}")


def suggested_listen(target: str, used: frozenset[int] = frozenset()) -> str:
    """Where a relay to `target` may listen: its port and a thousand, or the next that is free; empty if unclear."""
    try:
        endpoint = check_target(target)
    except UserError:
        return ""
    if endpoint.transport == "ipc":
        return f"{endpoint.text}-tap"
    port = (endpoint.port or 0) + TAP_OFFSET
    port = port if port < 65536 else port - 2 * TAP_OFFSET
    while port in used:
        port += 1
    return f"tcp://127.0.0.1:{port}"


def used_ports(document: Document) -> frozenset[int]:
    """The ports that the drawing listens on itself."""
    return frozenset(place.port for node in document.nodes for place in _bound(node) if place.port)


# Making


def relay(document: Document, place: Position, listen: str, target: str) -> Made:
    """A relay between `listen` and `target`."""
    label = f"tap {short_endpoint(listen)}"
    node = RelayNode(id=new_id(document, "tap"), label=label, position=place, listen=listen, target=target)
    if parse(listen).same_place(parse(target)):
        said = "Nothing to change: who connects to this path from now on goes through the tap."
        return _made(document, node, Change(said))
    said = "In the program that connects, change one address:"
    return _made(document, node, Change(said, address=listen, instead_of=target))


def spy(document: Document, place: Position, endpoint: str, topics: tuple[str, ...]) -> Made:
    """A spy at a publisher, linked to it where it is drawn."""
    label = f"spy {short_endpoint(endpoint)}"
    node_id = new_id(document, "spy")
    node = SpyNode(id=node_id, label=label, position=place, connect=(endpoint,), subscriptions=topics or ("",))
    made = _made(document, node, Change("Nothing to change: the publisher gets one more subscriber."))
    publisher = _publisher(document, endpoint)
    if publisher is None:
        return made
    transport = parse(endpoint).transport
    return replace(made, document=connect(made.document, publisher.id, node_id, transport=transport))


def _publisher(document: Document, endpoint: str) -> AnyNode | None:
    """Who is drawn as listening there and may publish."""
    wanted = parse(endpoint)
    for node in document.nodes:
        may = isinstance(node, SocketNode | ExternalNode) and node.type in ("PUB", "XPUB", None)
        if may and any(place.same_place(wanted) for place in _bound(node)):
            return node
    return None


def proxy(document: Document, place: Position, pattern: str, front: str, back: str) -> Made:
    """A proxy whose two sides listen."""
    first, second = FORWARDERS[pattern]
    sides = ProxySide(first, bind=(front,)), ProxySide(second, bind=(back,))
    node = ProxyNode(id=new_id(document, "proxy"), position=place, frontend=sides[0], backend=sides[1])
    said = f"The programs at its backend connect to {back}, those at its frontend to this address:"
    return _made(document, node, Change(said, address=front))


def sniff(document: Document, place: Position, interface: str, ports: tuple[int, ...]) -> Made:
    """What passes on an interface."""
    node_id = new_id(document, "sniff")
    node = ImportNode(id=node_id, label=f"sniff {interface}", position=place, interface=interface, ports=ports)
    return _made(document, node, Change("Nothing to change: traffic is only listened to."))


def imported(document: Document, place: Position, file: str) -> Made:
    """A capture file."""
    stem = Path(file).name.split(".")[0] or "capture"
    node = ImportNode(id=new_id(document, stem), position=place, file=file)
    return _made(document, node, Change("Nothing to change: its messages appear below."))


def _made(document: Document, node: AnyNode, change: Change) -> Made:
    return Made(document.with_node(node), node.id, change)


def _relayed(text: str) -> Endpoint:
    if "://" not in text:
        raise EndpointError(f"'{text.strip()}' is not an address", remedy="write tcp://HOST:PORT or ipc:///PATH")
    endpoint = parse(text.strip())
    if endpoint.transport not in ("tcp", "ipc"):
        raise EndpointError(f"{endpoint.transport} can't be relayed", remedy="tcp and ipc can")
    return endpoint


def _bound(node: AnyNode) -> list[Endpoint]:
    """Where a node listens."""
    texts: tuple[str, ...] = getattr(node, "bind", ())
    if isinstance(node, RelayNode):
        texts = (node.listen,)
    elif isinstance(node, ProxyNode):
        texts = (*node.frontend.bind, *node.backend.bind)
    return [place for text in texts if (place := _place(text)) is not None]


def _place(text: str) -> Endpoint | None:
    try:
        return parse(text)
    except EndpointError:  # the doctor tells
        return None
