"""Nodes and links in full, for the tooltip: addresses, subscriptions, counters, state and findings, one a line."""

from __future__ import annotations

from collections.abc import Iterator

from zinspector.doctor.finding import Finding
from zinspector.topology.document import SocketNode
from zinspector.topology.wiring import link_wire
from zinspector.ui.canvas import words
from zinspector.ui.canvas.link_item import LinkItem
from zinspector.ui.canvas.node_item import NodeItem
from zinspector.ui.canvas.scene import CanvasScene
from zinspector.ui.canvas.seen import SeenNode
from zinspector.ui.taps.programs import Program
from zinspector.ui.taps.words import end_text, state_text

MOST_SEEN = 6


def describe(scene: CanvasScene, item: NodeItem | LinkItem) -> str:
    """The tooltip of an item, plain text."""
    if isinstance(item, SeenNode):
        return "\n".join(_seen(item.program))
    lines = _node(scene, item) if isinstance(item, NodeItem) else _link(scene, item)
    return "\n".join((*lines, *_findings(scene.findings.get(item.item_id, ()))))


def _node(scene: CanvasScene, item: NodeItem) -> Iterator[str]:
    node, state = item.node, scene.states.get(item.item_id)
    yield f"{words.mark(node)} · {node.title}" + (f" (id {node.id})" if node.label else "")
    binds = state.addresses if state is not None and state.addresses else scene.facts.binds[node.id]
    yield from (f"binds {endpoint}" for endpoint in binds)
    yield from (f"connects {endpoint}" for endpoint in scene.facts.connects[node.id])
    if isinstance(node, SocketNode):
        yield words.behaviour(node.behaviour)
        if node.type == "SUB":
            topics = ", ".join(repr(topic) if topic else "all topics" for topic in node.subscriptions)
            yield f"subscribes to {topics or 'nothing, and so receives nothing'}"
        yield from (f"{name} = {value}" for name, value in node.options.items())
    else:
        yield words.subtitle(node)[0]
    if state is not None:
        yield words.plural(state.peers, "peer") + (f" · {state.text}" if state.text else "")
    counters = scene.workspace.live.counters()
    count = counters.nodes.get(node.id) if counters is not None else None
    if count is not None:
        yield f"sent {words.plural(count.sent, 'message')}, received {count.received:,}"
        lost = {
            "errors": count.errors,
            "queue full": count.full,
            "unroutable": count.unroutable,
            "replies lost": count.lost_replies,
        }
        told = ", ".join(f"{name} {number:,}" for name, number in lost.items() if number)
        if told:
            yield told


def _seen(program: Program) -> Iterator[str]:
    """A program that a tap sees."""
    yield f"{program.title} · seen by the tap, not drawn"
    for one in program.connections[-MOST_SEEN:]:
        end = one.listening if program.listens else one.connecting
        yield f"connection {one.id}: {state_text(one)} · {end_text(end)} · {words.plural(one.messages, 'message')}"
    if len(program.connections) > MOST_SEEN:
        yield f"and {len(program.connections) - MOST_SEEN:,} more"
    yield "Double click for its connections, right click for more"


def _link(scene: CanvasScene, item: LinkItem) -> Iterator[str]:
    link, document = item.link, scene.workspace.document
    titles = {one: node.title if (node := document.node(one)) else one for one in (link.source, link.target)}
    yield f"{titles[link.source]} → {titles[link.target]}"
    wire = link_wire(document, link)
    yield f"{titles[wire.binder]} binds {wire.endpoint}"
    state = scene.states.get(wire.binder)
    if state is not None and state.addresses and "*" in wire.endpoint:
        yield f"    now {', '.join(state.addresses)}"
    yield f"{titles[wire.connector]} connects"
    counters = scene.workspace.live.counters()
    count = counters.links.get(link.id) if counters is not None else None
    if count is not None:
        rate = scene.workspace.live.rates.rate(link.id)
        yield f"{words.plural(count.messages, 'message')} · {count.bytes:,} bytes"
        yield f"{words.rate(rate.msg_s)} · {words.bytes_rate(rate.bytes_s)}"


def _findings(findings: tuple[Finding, ...] | list[Finding]) -> Iterator[str]:
    for finding in findings:
        yield f"{finding.code} {finding.severity}: {finding.text}"
        if finding.remedy:
            yield f"    {finding.remedy}"
