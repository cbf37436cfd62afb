"""From JSON records to single nodes, links and behaviours. Each reader raises a TopologyError that names the field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any, cast, get_args

from zinspector.errors import TopologyError
from zinspector.topology.document import (
    AnyNode,
    Behaviour,
    BehaviourKind,
    ExternalNode,
    FrameKind,
    FrameTemplate,
    ImportNode,
    Link,
    ProxyNode,
    ProxySide,
    RelayNode,
    SocketNode,
    SocketType,
    SpyNode,
)
from zinspector.topology.fields import Fields, is_text, is_whole, show

SOCKET_TYPE_NAMES: tuple[str, ...] = get_args(SocketType)
BEHAVIOUR_KINDS: tuple[str, ...] = get_args(BehaviourKind)
FRAME_KINDS: tuple[str, ...] = get_args(FrameKind)
_NODE_FIELDS = frozenset(field.name for kind in get_args(AnyNode) for field in fields_of(kind))


def read_node(record: dict[str, Any]) -> AnyNode:
    """One node. Raises TopologyError that says which field is wrong."""
    fields = Fields(record)
    read = _NODES.get(str(fields.raw("kind")))
    if not fields.has("kind"):
        raise fields.missing("kind", NODE_KINDS, known=_NODE_FIELDS)  # `bind` reads much like it
    if read is None:
        remedy = f"it is kept and does not run; known kinds are {', '.join(_NODES)}"
        raise TopologyError(f"unknown kind {show(record['kind'])}", remedy=remedy)
    common = {
        "id": fields.needed("id"),
        "label": fields.text("label"),
        "position": fields.position("position"),
        "silenced": fields.texts("silenced"),
    }
    node = read(fields, common)
    return replace(node, extra=fields.rest())


def read_link(record: Any) -> Link:
    """One link. Raises TopologyError."""
    fields = Fields(record)
    binds = fields.one_of("binds", ("from", "to", ""), "")
    return Link(
        id=fields.needed("id"),
        source=fields.needed("from"),
        target=fields.needed("to"),
        transport=fields.text("transport", "tcp"),
        endpoint=fields.maybe_text("endpoint"),
        binds=cast("Any", binds or None),
        extra=fields.rest(),
    )


def read_behaviour(value: Any, path: str = "behaviour") -> Behaviour:
    """A behaviour; absent is manual. Raises TopologyError."""
    if value is None:
        return Behaviour()
    fields = Fields(value, f"{path}.")
    return Behaviour(
        kind=cast("BehaviourKind", fields.one_of("kind", BEHAVIOUR_KINDS)),
        rate=fields.rate("rate"),
        count=fields.count("count"),
        frames=read_frames(fields.raw("frames"), f"{path}.frames"),
        stamp=fields.flag("stamp"),
        to=fields.maybe_text("to"),
        script=fields.maybe_text("script"),
        extra=fields.rest(),
    )


def read_frames(value: Any, path: str = "frames") -> tuple[FrameTemplate, ...]:
    """A list of frame templates. Raises TopologyError that numbers the frames from 0."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise TopologyError(f"{path} must be a list, not {show(value)}")
    return tuple(_frame(entry, f"{path}, frame {number}") for number, entry in enumerate(value))


def _frame(value: Any, path: str) -> FrameTemplate:
    fields = Fields(value, path)
    kinds = [kind for kind in FRAME_KINDS if kind in fields.record]
    if len(kinds) != 1:
        raise TopologyError(f"{path} must have exactly one of {', '.join(FRAME_KINDS)}")
    kind = kinds[0]
    content = fields.raw(kind)
    if kind == "size":
        if not is_whole(content) or content < 0:
            raise TopologyError(f"{path}: size must be a number of bytes, not {show(content)}")
    elif kind != "json" and not is_text(content):
        raise TopologyError(f"{path}: {kind} must be a text, not {show(content)}")
    return FrameTemplate(cast("FrameKind", kind), content, fields.rest())


def _socket(fields: Fields, common: dict[str, Any]) -> AnyNode:
    return SocketNode(
        **common,
        type=cast("SocketType", fields.one_of("type", SOCKET_TYPE_NAMES)),
        bind=fields.texts("bind"),
        connect=fields.texts("connect"),
        options=fields.options("options"),
        subscriptions=fields.texts("subscriptions"),
        behaviour=read_behaviour(fields.raw("behaviour")),
    )


def _proxy(fields: Fields, common: dict[str, Any]) -> AnyNode:
    return ProxyNode(**common, frontend=_side(fields, "frontend"), backend=_side(fields, "backend"))


def _side(fields: Fields, name: str) -> ProxySide:
    side = fields.part(name)
    return ProxySide(
        type=cast("SocketType", side.one_of("type", SOCKET_TYPE_NAMES)),
        bind=side.texts("bind"),
        connect=side.texts("connect"),
        options=side.options("options"),
        extra=side.rest(),
    )


def _external(fields: Fields, common: dict[str, Any]) -> AnyNode:
    kind = fields.one_of("type", (*SOCKET_TYPE_NAMES, ""), "")
    return ExternalNode(
        **common,
        type=cast("Any", kind or None),
        bind=fields.texts("bind"),
        connect=fields.texts("connect"),
    )


def _relay(fields: Fields, common: dict[str, Any]) -> AnyNode:
    return RelayNode(**common, listen=fields.needed("listen"), target=fields.needed("target"))


def _spy(fields: Fields, common: dict[str, Any]) -> AnyNode:
    return SpyNode(**common, connect=fields.texts("connect"), subscriptions=fields.texts("subscriptions", ("",)))


def _import(fields: Fields, common: dict[str, Any]) -> AnyNode:
    interface = fields.text("interface")
    file = fields.text("file") if interface else fields.needed("file")
    return ImportNode(**common, file=file, interface=interface, ports=fields.ports("ports"))


_NODES: dict[str, Callable[[Fields, dict[str, Any]], AnyNode]] = {
    "socket": _socket,
    "relay": _relay,
    "spy": _spy,
    "proxy": _proxy,
    "import": _import,
    "external": _external,
}
NODE_KINDS = tuple(_NODES)
