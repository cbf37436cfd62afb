"""A drawing that moves to another folder: what it says about files must go on meaning the same files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from zinspector.topology.document import AnyNode, Behaviour, Document, ImportNode, SocketNode

Moved = Callable[[str], str]
"""From a path as the drawing has it to what it must become."""


def relocated(document: Document, moved: Moved) -> Document:
    """The document with every path of its nodes rewritten: templates' files, scripts, imports."""
    return replace(document, nodes=tuple(_node(node, moved) for node in document.nodes))


def anywhere(base: Path) -> Moved:
    """Paths that start at `base`, for a drawing that must mean the same files wherever it goes."""
    return lambda text: text if Path(text).expanduser().is_absolute() else str((base / text).resolve())


def _node(node: AnyNode, moved: Moved) -> AnyNode:
    if isinstance(node, ImportNode):
        return replace(node, file=moved(node.file)) if node.file else node
    if isinstance(node, SocketNode):
        behaviour = _behaviour(node.behaviour, moved)
        return node if behaviour == node.behaviour else replace(node, behaviour=behaviour)
    return node


def _behaviour(behaviour: Behaviour, moved: Moved) -> Behaviour:
    frames = tuple(
        replace(frame, value=moved(frame.value)) if frame.kind == "file" and isinstance(frame.value, str) else frame
        for frame in behaviour.frames
    )
    return replace(behaviour, frames=frames, script=moved(behaviour.script) if behaviour.script else behaviour.script)
