"""Z119: fields of a drawing that this zinspector does not know. Files keep them; they do nothing.

They may be typos, or come from a newer zinspector or another program, so none is an error: one that reads much like a
known field is a warning, any other is only told. A name that begins with one of `NOTES` is meant for nobody here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from zinspector.doctor.finding import Finding
from zinspector.topology.document import (
    AnyNode,
    Document,
    FrameTemplate,
    Link,
    Node,
    ProxyNode,
    SocketNode,
    UnknownNode,
)
from zinspector.topology.fields import show
from zinspector.topology.node_records import FRAME_KINDS

NOTES = ("_", "$", "//", "#", "x-")
ALIKE = 0.63  # `subscribe` for `subscriptions`, but not `topics` for `options`
UNWRITTEN = frozenset({"extra", "unread"})


def unknown_fields(document: Document) -> Iterator[Finding]:
    """One finding for each such field."""
    yield from _strangers(document, "")
    for node in document.nodes:
        for path, part in _parts(node):
            yield from _strangers(part, path, node=node.id)
    for link in document.links:
        yield from _strangers(link, "", link=link.id)


def _parts(node: AnyNode) -> Iterator[tuple[str, Any]]:
    """What has fields in a node, with the path that leads there; a node that can't be read is told of already."""
    if isinstance(node, UnknownNode):
        return
    yield "", node
    if isinstance(node, ProxyNode):
        yield "frontend.", node.frontend
        yield "backend.", node.backend
    if isinstance(node, SocketNode):
        yield "behaviour.", node.behaviour
        for number, frame in enumerate(node.behaviour.frames):
            yield f"behaviour.frames[{number}].", frame


def _strangers(part: Any, path: str, node: str | None = None, link: str | None = None) -> Iterator[Finding]:
    if not part.extra:
        return
    known = _known(part)
    for name in part.extra:
        if name in known or name.startswith(NOTES):  # a known one that could not be read is told of already
            continue
        text = f"unknown field {path}{show(name)[1:-1]}: it is kept, and does nothing"
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=ALIKE)
        if near:
            remedy = f"did you mean {near[0]}?"
            yield Finding("Z119", "warning", text, node, link, remedy=remedy, confidence="likely")
        else:
            remedy = f"known are {', '.join(sorted(known))}; begin the name of a note of yours with _"
            yield Finding("Z119", "info", text, node, link, remedy=remedy, confidence="hint")


def _known(part: Any) -> set[str]:
    """The fields that such a part may have in a file."""
    if isinstance(part, FrameTemplate):
        return set(FRAME_KINDS)
    names = {field.name for field in fields(part)} - UNWRITTEN
    if isinstance(part, Document):
        return names | {"format", "version"}
    if isinstance(part, Link):
        return names - {"source", "target"} | {"from", "to"}
    return names | {"kind"} if isinstance(part, Node) else names
