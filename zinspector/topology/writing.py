"""From a document to JSON records: the reverse of `reading.py`. Fields at their defaults are left out."""

from __future__ import annotations

from typing import Any

from zinspector.topology.document import (
    AnyNode,
    Behaviour,
    Document,
    ExternalNode,
    FrameTemplate,
    ImportNode,
    Link,
    ProxyNode,
    ProxySide,
    RelayNode,
    SocketNode,
    SpyNode,
    UnknownNode,
)

Record = dict[str, Any]


def document_record(document: Document) -> Record:
    """The fields of a topology file without its header."""
    known: Record = {
        "name": document.name,
        **_present(description=document.description, context=dict(document.context)),
    }
    known["nodes"] = [*map(node_record, document.nodes), *document.unread.get("nodes", ())]
    known["links"] = [*map(link_record, document.links), *document.unread.get("links", ())]
    known |= _present(decode=[*document.decode, *document.unread.get("decode", ())])
    # a field that could not be read stands in `extra` until someone gives it a value
    kept = {name: value for name, value in document.extra.items() if name not in known or _is_unset(name, known[name])}
    return {**known, **kept}


def node_record(node: AnyNode) -> Record:
    """One node."""
    if isinstance(node, UnknownNode):
        return _unknown_record(node)
    x, y = node.position
    fields = _kind_fields(node)
    head: Record = {name: fields.pop(name) for name in ("kind", "type") if name in fields}
    record: Record = {"id": node.id, **head, **_present(label=node.label), "position": [_number(x), _number(y)]}
    return record | fields | _present(silenced=[*node.silenced]) | dict(node.extra)


def link_record(link: Link) -> Record:
    """One link."""
    record: Record = {"id": link.id, "from": link.source, "to": link.target, "transport": link.transport}
    record["endpoint"] = link.endpoint
    return {**record, **_present(binds=link.binds), **link.extra}


def behaviour_record(behaviour: Behaviour) -> Record:
    """A behaviour."""
    given = _present(stamp=behaviour.stamp, to=behaviour.to, script=behaviour.script)
    if behaviour.kind == "generate" or behaviour.rate is not None:
        given["rate"] = None if behaviour.rate is None else _number(behaviour.rate)
    if behaviour.count is not None:
        given["count"] = behaviour.count
    if behaviour.frames:
        given["frames"] = [frame_record(frame) for frame in behaviour.frames]
    return {"kind": behaviour.kind, **given, **behaviour.extra}


def frame_record(frame: FrameTemplate) -> Record:
    """One frame template."""
    return {frame.kind: frame.value, **frame.extra}


def _kind_fields(node: AnyNode) -> Record:
    fields: Record = {}
    match node:
        case SocketNode():
            fields = {"kind": "socket", "type": node.type, **_socket_fields(node)}
            fields |= _present(subscriptions=[*node.subscriptions])
            if node.behaviour != Behaviour():
                fields["behaviour"] = behaviour_record(node.behaviour)
        case ProxyNode():
            fields = {"kind": "proxy", "frontend": _side_record(node.frontend), "backend": _side_record(node.backend)}
        case ExternalNode():
            fields = {"kind": "external", **_present(type=node.type, bind=[*node.bind], connect=[*node.connect])}
        case RelayNode():
            fields = {"kind": "relay", "listen": node.listen, "target": node.target}
        case SpyNode():
            fields = {"kind": "spy", **_present(connect=[*node.connect])}
            if node.subscriptions != ("",):
                fields["subscriptions"] = [*node.subscriptions]
        case ImportNode():
            fields = {"kind": "import", **_present(file=node.file, interface=node.interface, ports=[*node.ports])}
    return fields


def _side_record(side: ProxySide) -> Record:
    return {"type": side.type, **_socket_fields(side), **side.extra}


def _socket_fields(socket: SocketNode | ProxySide) -> Record:
    return _present(bind=[*socket.bind], connect=[*socket.connect], options=dict(socket.options))


def _unknown_record(node: UnknownNode) -> Record:
    """The record as it was read, with what the canvas can change about such a node."""
    record = dict(node.record)
    if node.position != (0.0, 0.0):
        record["position"] = [_number(number) for number in node.position]
    if node.label and record.get("label") != node.label:
        record["label"] = node.label
    return record


def _present(**fields: Any) -> Record:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", False, [], {})}


def _is_unset(name: str, value: Any) -> bool:
    return value == "Untitled" if name == "name" else not value


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value
