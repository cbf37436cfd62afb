"""What a socket node may be changed to: the types that suit its links, the behaviours that suit its type.

Pure functions over the document.
"""

from __future__ import annotations

from dataclasses import replace

from zinspector.runtime.options import OPTIONS
from zinspector.topology.document import Behaviour, BehaviourKind, Document, SocketNode, SocketType
from zinspector.topology.socket_types import SOCKET_TYPES, compatible, why_incompatible
from zinspector.topology.wiring import end_types
from zinspector.ui.properties.choices import Choice

BEHAVIOURS: dict[BehaviourKind, tuple[str, str]] = {
    "manual": ("Manual", "Sends what you compose in the Send tab; receives whatever comes"),
    "generate": ("Generate", "Makes messages from a template, at a rate"),
    "sink": ("Sink", "Takes messages and counts them"),
    "echo": ("Echo", "Sends every message back as it came"),
    "reply": ("Reply", "Answers every message from a template"),
    "forward": ("Forward", "Passes every message on to another node"),
    "script": ("Script", "Calls a Python function for every message"),
}
ANSWERING = frozenset({"echo", "reply"})
NEVER_ANSWERS = frozenset({"REQ", "XPUB", "XSUB"})


def type_choices(document: Document, node: SocketNode) -> list[Choice]:
    """All socket types; those that a linked peer would not talk to say why not."""
    peers = _peers(document, node)
    return [Choice(name, name, info.blurb, _refusal(name, peers)) for name, info in SOCKET_TYPES.items()]


def behaviour_choices(node: SocketNode) -> list[Choice]:
    """All behaviours; those that make no sense for the type say why not."""
    return [Choice(kind, text, tip, unsuited(kind, node.type)) for kind, (text, tip) in BEHAVIOURS.items()]


def unsuited(kind: BehaviourKind, name: SocketType) -> str:
    """Why a socket of that type can't behave so; empty if it can."""
    info = SOCKET_TYPES[name]
    if kind in ("generate", *ANSWERING) and not info.can_send:
        return f"a {name} only receives"
    if kind in ("sink", "forward", *ANSWERING) and not info.can_receive:
        return f"a {name} only sends"
    if kind == "generate" and name == "REP":
        return "a REP may only answer"
    if kind in ANSWERING and name in NEVER_ANSWERS:
        return f"a {name} asks, it is not asked" if name == "REQ" else f"what a {name} receives are subscriptions"
    return ""


def with_type(node: SocketNode, name: SocketType) -> SocketNode:
    """The node as a socket of another type: what the type does not have goes, what it needs comes."""
    info = SOCKET_TYPES[name]
    behaviour = node.behaviour
    if unsuited(behaviour.kind, name):
        kind = "manual" if info.default_behaviour == "generate" else info.default_behaviour
        behaviour = Behaviour(kind, extra=behaviour.extra)
    subscriptions = (node.subscriptions or ("",)) if info.subscribes else ()
    options = {key: value for key, value in node.options.items() if key not in OPTIONS or OPTIONS[key].serves(name)}
    return replace(node, type=name, behaviour=behaviour, subscriptions=subscriptions, options=options)


def _peers(document: Document, node: SocketNode) -> list[SocketType]:
    """The types at the other ends of the node's links, as far as they are known."""
    found = []
    for link in document.links_of(node.id):
        source, target = end_types(document, link)
        other = target if link.source == node.id else source
        if other is not None:
            found.append(other)
    return found


def _refusal(name: SocketType, peers: list[SocketType]) -> str:
    wrong = next((peer for peer in peers if not compatible(name, peer)), None)
    return f"it is linked to a {wrong}: {why_incompatible(name, wrong)}" if wrong is not None else ""
