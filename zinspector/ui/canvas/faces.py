"""From the document, the states of what runs and the findings to the faces of the nodes.

A document's facts (who binds, which ports are taken) are gathered once per document in one pass over its links;
a face is then made for one node at a time, so that a change of one node costs one face.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from zinspector.doctor.finding import Finding
from zinspector.runtime.session import NodeState
from zinspector.topology.document import (
    AnyNode,
    Document,
    ExternalNode,
    ImportNode,
    RelayNode,
    SpyNode,
    UnknownNode,
)
from zinspector.topology.wiring import link_wire
from zinspector.ui.canvas import words
from zinspector.ui.canvas.face import Face
from zinspector.ui.canvas.wires import ports

SEVERITIES = ("error", "warning", "info")
NOT_RUNNING_KINDS = (ExternalNode, UnknownNode)
TAPS = (RelayNode, SpyNode, ImportNode)
Note = tuple[str, str]  # a text and the role of its colour


@dataclass
class Facts:
    """What a document's links say about its nodes, by node id."""

    binds: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    connects: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    arrives: set[str] = field(default_factory=set)
    leaves: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Marks:
    """What is selected and under the pointer, and where a wire may go (port by node id; None: no wire is drawn)."""

    selected: frozenset[str] = frozenset()
    hovered: str | None = None
    lit: Mapping[str, frozenset[str]] | None = None


def gather(document: Document) -> Facts:
    """The facts of a document."""
    facts = Facts()
    for node in document.nodes:
        facts.binds[node.id] += getattr(node, "bind", ())
        facts.connects[node.id] += getattr(node, "connect", ())
    for link in document.links:
        facts.leaves.add(link.source)
        facts.arrives.add(link.target)
        wire = link_wire(document, link)
        for book, node_id in ((facts.binds, wire.binder), (facts.connects, wire.connector)):
            if wire.endpoint not in book[node_id]:
                book[node_id].append(wire.endpoint)
    return facts


def make_face(
    node: AnyNode,
    facts: Facts,
    state: NodeState | None,
    findings: Iterable[Finding],
    marks: Marks,
    note: Note | None = None,
) -> Face:
    """The face of one node. `note` is what to say of it while all is well."""
    said, role = note or words.subtitle(node)
    if note is None and isinstance(node, TAPS) and state is not None and state.text:
        said = state.text
    if state is not None and state.text and state.health in ("waiting", "error"):
        said, role = state.text, "warn" if state.health == "waiting" else "error"
    binds = list(state.addresses) if state is not None and state.addresses else facts.binds[node.id]
    face = Face(
        mark=words.mark(node),
        title=node.title,
        address=words.address(node, binds, facts.connects[node.id]),
        subtitle=said,
        subtitle_role=role,
        health=state.health if state is not None else "idle",
        badge=worst(findings),
        selected=node.id in marks.selected,
        hovered=node.id == marks.hovered,
        dashed=isinstance(node, NOT_RUNNING_KINDS),
    )
    inlet, outlet = _port(node, "inlet", facts, marks), _port(node, "outlet", facts, marks)
    if isinstance(node, RelayNode) and state is not None and state.peers:  # programs that are seen are linked to it
        inlet, outlet = (one if one == "lit" else "linked" for one in (inlet, outlet))
    return replace(face, inlet=inlet, outlet=outlet)


def _port(node: AnyNode, port: str, facts: Facts, marks: Marks) -> str:
    if marks.lit is not None and port in marks.lit.get(node.id, frozenset()):
        return "lit"
    if node.id in (facts.arrives if port == "inlet" else facts.leaves):
        return "linked"
    return "open" if port in ports(node) else ""


def worst(findings: Iterable[Finding]) -> str:
    """The worst severity among the findings; empty when there are none."""
    severities = {finding.severity for finding in findings}
    return next((one for one in SEVERITIES if one in severities), "")
