"""Findings from the drawing alone: no socket is opened, so they are there while the user still draws.

Each rule is a generator over a `Drawing`; `check()` runs them all, also those about its `addresses`. The codes are
those of the doctor's catalogue; Z100 marks an address or a template that can't be read at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from zinspector.doctor.addresses import (
    Drawing,
    address_clash,
    transport_unavailable,
    unreadable_addresses,
    wildcard_connect,
)
from zinspector.doctor.finding import ORDER, Finding
from zinspector.doctor.unknown_fields import unknown_fields
from zinspector.errors import TemplateError
from zinspector.topology import script_files
from zinspector.topology.circles import circle
from zinspector.topology.document import (
    Document,
    ExternalNode,
    Link,
    ProxyNode,
    RelayNode,
    SocketNode,
    SocketType,
    SpyNode,
)
from zinspector.topology.reach import needs_delimiter
from zinspector.topology.reading import Problem
from zinspector.topology.socket_types import compatible, why_incompatible
from zinspector.topology.templates import check_frames
from zinspector.topology.wiring import link_wire

KEEP_DELIMITER = frozenset({"ROUTER", "DEALER"})  # what these receive may have the empty frame of its sender


def check(document: Document, has: frozenset[str] | None = None, base: Path = Path()) -> list[Finding]:
    """Everything that is wrong with the drawing, errors first.

    `has` are the transports that libzmq says it has; None leaves them unchecked. `base` is the folder that the
    document's relative paths start at.
    """
    drawing = Drawing(document, has, base)
    findings = [*(finding for rule in RULES for finding in rule(drawing)), *unknown_fields(document)]
    return sorted(findings, key=lambda finding: (ORDER[finding.severity], finding.code))


def loading(problems: Iterable[Problem]) -> list[Finding]:
    """What was wrong with the file, as findings."""
    return [
        Finding("Z100", "error", f"{each.where}: {each.text}", each.node, each.link, remedy=each.remedy)
        for each in problems
    ]


def unsilenced(document: Document, findings: Iterable[Finding]) -> list[Finding]:
    """Without the findings that the user silenced on their node."""
    silent = {(node.id, code) for node in document.nodes for code in node.silenced}
    return [finding for finding in findings if (finding.node, finding.code) not in silent]


def unreadable_templates(drawing: Drawing) -> Iterator[Finding]:
    """Z100: a frame template that can't be rendered."""
    for node in drawing.document.nodes:
        if isinstance(node, SocketNode) and node.behaviour.kind in ("generate", "reply"):
            try:
                check_frames(node.behaviour.frames, drawing.base)
            except TemplateError as error:
                yield Finding("Z100", "error", error.sentence, node.id, remedy=error.remedy)


def scripts_without_a_file(drawing: Drawing) -> Iterator[Finding]:
    """Z100: a script that isn't there."""
    for node in drawing.document.nodes:
        if isinstance(node, SocketNode) and node.behaviour.kind == "script":
            text = script_files.missing(node.behaviour.script, drawing.base)
            if text:
                yield Finding("Z100", "error", text, node.id, remedy=script_files.REMEDY)


def sub_without_subscription(drawing: Drawing) -> Iterator[Finding]:
    """Z101: SUB and XSUB receive nothing until they subscribe (an empty topic is a subscription to all)."""
    fed = {
        node.behaviour.to
        for node in drawing.document.nodes
        if isinstance(node, SocketNode) and node.type == "XPUB" and node.behaviour.kind == "forward"
    }
    for node in drawing.document.nodes:
        if not isinstance(node, SocketNode) or node.type not in ("SUB", "XSUB"):
            continue
        if node.subscriptions or node.id in fed:
            continue
        remedy = (
            'add a subscription in Properties; "" takes everything: socket.subscribe("")'
            if node.type == "SUB"
            else r'add a subscription in Properties: socket.send(b"\x01")'
        )
        text = f"{node.title} subscribes to nothing, so it receives nothing"
        yield Finding("Z101", "error", text, node.id, remedy=remedy)


def incompatible_types(drawing: Drawing) -> Iterator[Finding]:
    """Z102: libzmq drops such a connection after the handshake, without a word."""
    for link in drawing.document.links:
        ends = _end_types(drawing.document, link)
        if ends is not None and not compatible(*ends):
            yield Finding(
                "Z102",
                "error",
                f"{ends[0]} and {ends[1]} can't talk: {why_incompatible(*ends)}",
                link=link.id,
                remedy="change one socket's type, or wire it to another node",
            )


def nobody_binds(drawing: Drawing) -> Iterator[Finding]:
    """Z103: a socket or a spy with no address at all, or a connection where no end binds."""
    document = drawing.document
    linked = {end for link in document.links for end in (link.source, link.target)}
    for node in document.nodes:
        if isinstance(node, SocketNode) and not (node.bind or node.connect or node.id in linked):
            text = f"{node.title} neither binds nor connects and has no link: it talks to nobody"
            yield Finding("Z103", "warning", text, node.id, remedy="draw a link to it, or give it an address")
        if isinstance(node, SpyNode) and not (node.connect or node.id in linked):
            text = f"{node.title} connects to no publisher: it hears nothing"
            yield Finding("Z103", "warning", text, node.id, remedy="give it the address that a PUB or XPUB binds")
    bound = [place.endpoint for place in drawing.places if place.binds]
    for place in drawing.places:
        if not place.binds and place.endpoint.transport == "inproc" and place.endpoint not in bound:
            text = f"{place.node.title} connects to {place.endpoint}, but nobody in this drawing binds it"
            yield Finding("Z103", "error", text, place.node.id, remedy="bind that inproc address on the other socket")
    for link in document.links:
        binder = document.node(link_wire(document, link).binder)
        if isinstance(binder, ExternalNode) and not binder.bind and link.endpoint is None:
            text = f"both ends connect: {binder.title} binds no address that is known here"
            remedy = "enter the address that the program binds, or let the other end bind"
            yield Finding("Z103", "error", text, binder.id, link.id, remedy=remedy)


def rep_never_replies(drawing: Drawing) -> Iterator[Finding]:
    """Z106: a REP that takes requests and sends nothing leaves its requesters waiting for ever."""
    for node in drawing.document.nodes:
        if not isinstance(node, SocketNode) or node.type != "REP":
            continue
        if node.behaviour.kind == "sink":
            text = f"{node.title} takes requests and never replies: its requesters wait for ever"
            remedy = "choose the behaviour echo, reply or script: socket.send(reply) after each recv()"
            yield Finding("Z106", "error", text, node.id, remedy=remedy)
        elif node.behaviour.kind == "manual":
            text = f"{node.title} replies only when you send a reply by hand"
            remedy = "select it and press Ctrl+Enter in Send, or choose the behaviour echo or reply"
            yield Finding("Z106", "info", text, node.id, remedy=remedy, confidence="hint")


def missing_delimiter(drawing: Drawing) -> Iterator[Finding]:
    """Z115: what is forwarded through a DEALER to a REP goes as it came; only what is generated gets the frame."""
    document = drawing.document
    for node in document.nodes:
        if not isinstance(node, SocketNode) or node.behaviour.kind != "forward" or node.type in KEEP_DELIMITER:
            continue
        dealer = document.node(node.behaviour.to or "")
        if dealer is not None and needs_delimiter(document, dealer.id):
            text = (
                f"{node.title} forwards through {dealer.title} to a REP, which silently drops what does not begin with "
                f"an empty frame: what a {node.type} receives has none"
            )
            remedy = f'choose the behaviour script, to {dealer.id}, with: await send([b"", *frames])'
            yield Finding("Z115", "warning", text, node.id, remedy=remedy, confidence="likely")


def relay_circle(drawing: Drawing) -> Iterator[Finding]:
    """Z117: relays that lead back to themselves; they are not opened."""
    for node in drawing.document.nodes:
        if isinstance(node, RelayNode) and (path := circle(drawing.document, node)):
            yield returns(path)


def returns(path: tuple[RelayNode, ...]) -> Finding:
    """Z117 for the first of these relays."""
    first = path[0]
    text = (
        f"{first.title} leads to itself: it listens where its target is"
        if len(path) == 1
        else f"relays lead in a circle: {' -> '.join(node.title for node in (*path, first))}"
    )
    remedy = "listen on another address than the program that is the target"
    return Finding("Z117", "error", text, first.id, remedy=remedy)


RULES: tuple[Callable[[Drawing], Iterator[Finding]], ...] = (
    unreadable_addresses,
    unreadable_templates,
    scripts_without_a_file,
    sub_without_subscription,
    incompatible_types,
    nobody_binds,
    address_clash,
    rep_never_replies,
    missing_delimiter,
    transport_unavailable,
    wildcard_connect,
    relay_circle,
)


def _end_types(document: Document, link: Link) -> tuple[SocketType, SocketType] | None:
    """The socket types at both ends, or None where one isn't known."""
    source, target = document.node(link.source), document.node(link.target)
    first = source.backend.type if isinstance(source, ProxyNode) else getattr(source, "type", None)
    second = target.frontend.type if isinstance(target, ProxyNode) else getattr(target, "type", None)
    return (first, second) if first is not None and second is not None else None
