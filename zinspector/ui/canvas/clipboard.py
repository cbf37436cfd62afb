"""Nodes on the clipboard: JSON text of the topology format, good for a file, a mail or another window. Pure text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from zinspector.topology import files
from zinspector.topology.document import AnyNode, Document, Position, SocketNode
from zinspector.topology.edits import STEP, new_id


def to_text(document: Document, ids: Iterable[str]) -> str:
    """The nodes with these ids and the links between them; empty if there are none."""
    chosen = set(ids)
    nodes = tuple(node for node in document.nodes if node.id in chosen)
    inside = {node.id for node in nodes}
    links = tuple(link for link in document.links if link.source in inside and link.target in inside)
    return files.dumps(Document(name=document.name, nodes=nodes, links=links)) if nodes else ""


def from_text(document: Document, text: str, at: Position | None) -> tuple[Document, tuple[str, ...]]:
    """`document` with the nodes and links of `text` added under ids of their own, and the ids of the nodes.

    Their top left comes to `at`, or a step beside where they were. Raises FileError.
    """
    part = files.loads(text, "clipboard").document
    if not part.nodes:
        return document, ()
    left, top = (min(node.position[axis] for node in part.nodes) for axis in (0, 1))
    across, down = (STEP, STEP) if at is None else (at[0] - left, at[1] - top)
    names: dict[str, str] = {}
    for node in part.nodes:
        names[node.id] = new_id(document, node.id)
        place = node.position[0] + across, node.position[1] + down
        document = document.with_node(replace(node, id=names[node.id], position=place))
    for copied in names.values():
        document = document.with_node(_forwarding(document.node(copied), names))
    for link in part.links:
        source, target = names[link.source], names[link.target]
        fresh = new_id(document, f"{source}-{target}")
        document = document.with_link(replace(link, id=fresh, source=source, target=target, endpoint=None))
    return document, tuple(names.values())


def _forwarding(node: AnyNode | None, names: dict[str, str]) -> AnyNode:
    """The node, its forward kept within what was pasted."""
    assert node is not None
    if isinstance(node, SocketNode) and node.behaviour.to in names:
        return replace(node, behaviour=replace(node.behaviour, to=names[node.behaviour.to]))
    return node
