"""The topology document: immutable nodes and links, known by their ids.

Every edit makes a new `Document`; nothing here is ever changed in place, so an older document is an undo step
and the difference of two documents is what the runtime has to do. `extra` keeps the fields that this version
does not know, and `unread` the entries that could not be understood, so that both survive load and save. Reading
and writing files is in `files.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

OptionValue = int | str
Position = tuple[float, float]
SocketType = Literal["PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL", "REQ", "REP", "ROUTER", "DEALER", "PAIR", "STREAM"]
BehaviourKind = Literal["manual", "generate", "sink", "echo", "reply", "forward", "script"]
FrameKind = Literal["text", "json", "hex", "base64", "file", "size"]


@dataclass(frozen=True)
class FrameTemplate:
    """One frame to be made: `{"text": "..."}`, `{"json": value}`, `{"size": bytes}` and so on."""

    kind: FrameKind
    value: Any
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Behaviour:
    """What a socket node does by itself. Only the fields of its `kind` matter.

    generate: `rate` in msg/s (None: as fast as it goes), `count` messages (None: for ever), `frames`, and
    `stamp`: append a frame with the sending time, from which the receiving end measures latency.
    reply: `frames`. forward: `to`, the id of another node. script: `script`, a path beside the topology file.
    """

    kind: BehaviourKind = "manual"
    rate: float | None = None
    count: int | None = None
    frames: tuple[FrameTemplate, ...] = ()
    stamp: bool = False
    to: str | None = None
    script: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Node:
    """What every node has. `position` is the top left corner on the canvas, in pixels at 100 %."""

    id: str
    label: str = ""
    position: Position = (0.0, 0.0)
    silenced: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name to show: the label, or the id where there is none."""
        return self.label or self.id


@dataclass(frozen=True, kw_only=True)
class SocketNode(Node):
    """One libzmq socket. `bind` and `connect` reach other programs; `options` by libzmq name without `ZMQ_`."""

    type: SocketType
    bind: tuple[str, ...] = ()
    connect: tuple[str, ...] = ()
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    subscriptions: tuple[str, ...] = ()
    behaviour: Behaviour = Behaviour()


@dataclass(frozen=True)
class ProxySide:
    """One socket of a proxy."""

    type: SocketType
    bind: tuple[str, ...] = ()
    connect: tuple[str, ...] = ()
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ProxyNode(Node):
    """Two sockets that pass everything on to each other. Links that end here meet the frontend, links that begin
    here leave from the backend."""

    frontend: ProxySide
    backend: ProxySide


@dataclass(frozen=True, kw_only=True)
class ExternalNode(Node):
    """Another program's socket, drawn so that the picture is whole; zinspector opens nothing for it."""

    type: SocketType | None = None
    bind: tuple[str, ...] = ()
    connect: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RelayNode(Node):
    """A byte-transparent tap between `listen` and `target`."""

    listen: str
    target: str


@dataclass(frozen=True, kw_only=True)
class SpyNode(Node):
    """An extra SUB on a PUB or XPUB endpoint."""

    connect: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ("",)


@dataclass(frozen=True, kw_only=True)
class ImportNode(Node):
    """Traffic of others: a capture file (`file` is a path beside the topology file), or, where `interface` is given,
    what passes there now on these TCP `ports` (none: all)."""

    file: str = ""
    interface: str = ""
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UnknownNode(Node):
    """A node of an unknown kind, or one with a fault: kept as it was read (`record`), shown, never run."""

    record: Mapping[str, Any]
    problem: str


AnyNode = SocketNode | ProxyNode | ExternalNode | RelayNode | SpyNode | ImportNode | UnknownNode


@dataclass(frozen=True, kw_only=True)
class Link:
    """One libzmq connection between two drawn nodes.

    `endpoint` None picks a free address of `transport`. `binds` None lets the end bind that sensibly does
    (`wiring.binding_end`).
    """

    id: str
    source: str
    target: str
    transport: str = "tcp"
    endpoint: str | None = None
    binds: Literal["from", "to"] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def other(self, node_id: str) -> str:
        """The node at the far end, seen from `node_id`."""
        return self.target if node_id == self.source else self.source


@dataclass(frozen=True)
class Document:
    """A whole topology. `context` holds context options, `decode` the rules that choose decoders.

    `unread` holds, by the name of their list, entries that are no nodes, links or rules at all, and links to nowhere.
    """

    name: str = "Untitled"
    description: str = ""
    context: Mapping[str, int] = field(default_factory=dict)
    nodes: tuple[AnyNode, ...] = ()
    links: tuple[Link, ...] = ()
    decode: tuple[str, ...] = ()
    unread: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def node(self, node_id: str) -> AnyNode | None:
        """The node with that id, if there is one."""
        return self._nodes_by_id.get(node_id)

    def link(self, link_id: str) -> Link | None:
        """The link with that id, if there is one."""
        return self._links_by_id.get(link_id)

    def links_of(self, node_id: str) -> tuple[Link, ...]:
        """The links that begin or end at a node."""
        return self._links_by_end.get(node_id, ())

    def with_node(self, node: AnyNode) -> Document:
        """This document with `node` in the place of the one with its id, or added at the end."""
        if self.node(node.id) is None:
            return replace(self, nodes=(*self.nodes, node))
        return replace(self, nodes=tuple(node if old.id == node.id else old for old in self.nodes))

    def with_link(self, link: Link) -> Document:
        """This document with `link` in the place of the one with its id, or added at the end."""
        if self.link(link.id) is None:
            return replace(self, links=(*self.links, link))
        return replace(self, links=tuple(link if old.id == link.id else old for old in self.links))

    def without(self, ids: set[str]) -> Document:
        """This document without those nodes and links, and without the links of those nodes."""
        return replace(
            self,
            nodes=tuple(node for node in self.nodes if node.id not in ids),
            links=tuple(link for link in self.links if not ids.intersection((link.id, link.source, link.target))),
        )

    @cached_property
    def _nodes_by_id(self) -> dict[str, AnyNode]:
        return {node.id: node for node in reversed(self.nodes)}  # of two with one id the first one counts

    @cached_property
    def _links_by_id(self) -> dict[str, Link]:
        return {link.id: link for link in reversed(self.links)}

    @cached_property
    def _links_by_end(self) -> dict[str, tuple[Link, ...]]:
        found: dict[str, list[Link]] = {}
        for link in self.links:
            for end in dict.fromkeys((link.source, link.target)):
                found.setdefault(end, []).append(link)
        return {end: tuple(links) for end, links in found.items()}
