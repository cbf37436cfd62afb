"""Edits of a document: pure functions from a Document to a new one, and the `History` that takes them back.

Rules:
- An edit that names an unknown id changes nothing of it and is no error: the canvas and a running undo may disagree
  for a moment. A field that does not exist is a bug and raises TypeError.
- Nodes and links share one space of ids, because a selection holds both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from zinspector.topology.document import (
    AnyNode,
    Document,
    Link,
    Position,
    SocketNode,
    UnknownNode,
)
from zinspector.topology.history import History
from zinspector.topology.reading import fresh_id

__all__ = [
    "Edge",
    "History",
    "align",
    "connect",
    "distribute",
    "duplicate",
    "move",
    "move_to",
    "new_id",
    "remove",
    "rename",
    "reverse",
    "set_behaviour",
    "set_document",
    "set_field",
    "set_link",
]
Edge = Literal["left", "right", "top", "bottom", "centre", "middle"]
STEP = 24.0  # how far a duplicate lies from its original, in pixels
N = TypeVar("N", bound=AnyNode)


def new_id(doc: Document, stem: str) -> str:
    """An id that no node and no link has: `stem`, or `stem-2`, `stem-3` ..."""
    return fresh_id(stem, _ids(doc))


def connect(doc: Document, source: str, target: str, transport: str = "tcp", **fields: Any) -> Document:
    """Draw a link between two nodes; between the same two of the same transport there is only one."""
    if doc.node(source) is None or doc.node(target) is None or source == target:
        return doc
    same = (link for link in doc.links_of(source) if (link.source, link.target) == (source, target))
    if any(link.transport == transport for link in same):
        return doc
    link_id = new_id(doc, f"{source}-{target}")
    return doc.with_link(Link(id=link_id, source=source, target=target, transport=transport, **fields))


def remove(doc: Document, ids: Iterable[str]) -> Document:
    """Remove nodes and links, and what hung on them. A forward to a removed node becomes manual."""
    gone = set(ids)
    rest = doc.without(gone)
    for node in rest.nodes:
        if isinstance(node, SocketNode) and node.behaviour.kind == "forward" and node.behaviour.to in gone:
            rest = set_behaviour(rest, node.id, kind="manual", to=None)
    return rest


def duplicate(doc: Document, ids: Iterable[str]) -> tuple[Document, tuple[str, ...]]:
    """Copy nodes and the links between them, a step aside; also gives the ids of the copies.

    Addresses that are bound are not copied, since two can't have one.
    """
    chosen = set(ids)
    names: dict[str, str] = {}
    for node in [node for node in doc.nodes if node.id in chosen]:
        names[node.id] = new_id(doc, _stem(node.id))
        doc = replace(doc, nodes=(*doc.nodes, _copy(node, names[node.id])))
    for copied in names.values():
        copy = doc.node(copied)
        if isinstance(copy, SocketNode) and copy.behaviour.to in names:
            doc = set_behaviour(doc, copied, to=names[copy.behaviour.to])
    for link in doc.links:
        if link.source in names and link.target in names:
            source, target = names[link.source], names[link.target]
            fresh = new_id(doc, f"{source}-{target}")
            doc = doc.with_link(replace(link, id=fresh, source=source, target=target, endpoint=None))
    return doc, tuple(names.values())


def move(doc: Document, ids: Iterable[str], dx: float, dy: float) -> Document:
    """Move nodes by a distance in pixels."""
    chosen = set(ids)
    return move_to(
        doc, {node.id: (node.position[0] + dx, node.position[1] + dy) for node in doc.nodes if node.id in chosen}
    )


def move_to(doc: Document, positions: Mapping[str, Position]) -> Document:
    """Put nodes at positions, as a drag or an automatic layout says."""
    return replace(doc, nodes=tuple(_at(node, positions.get(node.id, node.position)) for node in doc.nodes))


def set_field(doc: Document, node_id: str, **fields: Any) -> Document:
    """Change fields of a node, such as `label`, `options` or `subscriptions`."""
    node = doc.node(node_id)
    return doc if node is None else doc.with_node(replace(node, **fields))


def set_behaviour(doc: Document, node_id: str, **fields: Any) -> Document:
    """Change fields of a socket node's behaviour."""
    node = doc.node(node_id)
    if not isinstance(node, SocketNode):
        return doc
    return doc.with_node(replace(node, behaviour=replace(node.behaviour, **fields)))


def set_link(doc: Document, link_id: str, **fields: Any) -> Document:
    """Change fields of a link, such as `transport` or `endpoint`."""
    link = doc.link(link_id)
    return doc if link is None else doc.with_link(replace(link, **fields))


def set_document(doc: Document, **fields: Any) -> Document:
    """Change fields of the document itself, such as `name` or `decode`."""
    return replace(doc, **fields)


def rename(doc: Document, node_id: str, label: str) -> Document:
    """Change what a node is called; its id stays."""
    return set_field(doc, node_id, label=label)


def reverse(doc: Document, link_id: str) -> Document:
    """Turn a link round; who binds stays who it was."""
    link = doc.link(link_id)
    if link is None:
        return doc
    flipped: dict[str | None, Literal["from", "to"] | None] = {"from": "to", "to": "from", None: None}
    return doc.with_link(replace(link, source=link.target, target=link.source, binds=flipped[link.binds]))


def align(doc: Document, ids: Iterable[str], edge: Edge) -> Document:
    """Line nodes up at an edge, or at the centre (one column) or middle (one row) of their bounding box."""
    nodes = _chosen(doc, ids)
    if len(nodes) < 2:
        return doc
    axis = 0 if edge in ("left", "right", "centre") else 1
    low = min(node.position[axis] for node in nodes)
    high = max(node.position[axis] for node in nodes)
    goal = {"left": low, "top": low, "right": high, "bottom": high}.get(edge, (low + high) / 2)
    return move_to(doc, {node.id: _with_axis(node.position, axis, goal) for node in nodes})


def distribute(doc: Document, ids: Iterable[str], direction: Literal["across", "down"]) -> Document:
    """Put even gaps between nodes, the outermost two staying where they are."""
    axis = 0 if direction == "across" else 1
    nodes = sorted(_chosen(doc, ids), key=lambda node: node.position[axis])
    if len(nodes) < 3:
        return doc
    first, last = nodes[0].position[axis], nodes[-1].position[axis]
    step = (last - first) / (len(nodes) - 1)
    return move_to(doc, {node.id: _with_axis(node.position, axis, first + i * step) for i, node in enumerate(nodes)})


def _ids(doc: Document) -> set[str]:
    return {item.id for items in (doc.nodes, doc.links) for item in items}


def _stem(node_id: str) -> str:
    head, dash, tail = node_id.rpartition("-")
    return head if dash and tail.isdigit() else node_id


def _copy(node: AnyNode, node_id: str) -> AnyNode:
    x, y = node.position
    copy = replace(node, id=node_id, position=(x + STEP, y + STEP))
    if isinstance(copy, SocketNode):
        return replace(copy, bind=())
    if isinstance(copy, UnknownNode):
        return replace(copy, record={**copy.record, "id": node_id})
    return copy


def _at(node: N, position: Position) -> N:
    return node if node.position == position else replace(node, position=position)


def _chosen(doc: Document, ids: Iterable[str]) -> Sequence[AnyNode]:
    chosen = set(ids)
    return [node for node in doc.nodes if node.id in chosen]


def _with_axis(position: Position, axis: int, value: float) -> Position:
    return (value, position[1]) if axis == 0 else (position[0], value)
