"""The JSON Schema of topology files, for editors and other programs: made from the types, shipped in `resources/`.

It forbids nothing that zinspector would keep: unknown fields and unknown node kinds are valid. After a change here run
`python -m zinspector.topology.schema resources/zinspector-topology.schema.json`; a test compares the two.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from zinspector.storage import write_json
from zinspector.topology.files import FORMAT
from zinspector.topology.node_records import BEHAVIOUR_KINDS, FRAME_KINDS, NODE_KINDS, SOCKET_TYPE_NAMES

Record = dict[str, Any]
TEXT: Record = {"type": "string"}
TEXTS: Record = {"type": "array", "items": TEXT}
NAME: Record = {"type": "string", "minLength": 1}
OPTIONS: Record = {"type": "object", "additionalProperties": {"type": ["integer", "string", "boolean"]}}


def schema() -> Record:
    """The schema as a JSON value (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "zinspector topology",
        "description": "What is wired to what in a ZeroMQ system. Unknown fields are kept.",
        "type": "object",
        "required": ["format", "version"],
        "properties": {
            "format": {"const": FORMAT.name},
            "version": {"type": "integer", "minimum": 1, "maximum": FORMAT.version},
            "name": TEXT,
            "description": TEXT,
            "context": _described(
                {"type": "object", "additionalProperties": {"type": ["integer", "boolean"]}},
                "context options by libzmq name without ZMQ_",
            ),
            "nodes": {"type": "array", "items": _ref("node")},
            "links": {"type": "array", "items": _ref("link")},
            "decode": _described(
                TEXTS, "decoder rules such as 'topic:quotes.* frame:1=protobuf(quotes.proto, m.Quote)'"
            ),
        },
        "$defs": {
            "socketType": {"enum": list(SOCKET_TYPE_NAMES)},
            "node": _node(),
            "side": _object(("type",), type=_ref("socketType"), **_addresses(), options=OPTIONS),
            "behaviour": _behaviour(),
            "frame": _frame(),
            "link": _link(),
        },
    }


def _node() -> Record:
    common = _object(
        ("id", "kind"),
        id=NAME,
        kind=_described(TEXT, f"one of {', '.join(NODE_KINDS)}; other kinds are kept and not run"),
        label=TEXT,
        position={"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        silenced=_described(TEXTS, "codes of findings that are not shown for this node"),
    )
    kinds = {
        "socket": _object(
            ("type",),
            type=_ref("socketType"),
            **_addresses(),
            options=_described(OPTIONS, "socket options by libzmq name without ZMQ_"),
            subscriptions=TEXTS,
            behaviour=_ref("behaviour"),
        ),
        "proxy": _object(("frontend", "backend"), frontend=_ref("side"), backend=_ref("side")),
        "external": _object((), type=_ref("socketType"), **_addresses()),
        "relay": _object(("listen", "target"), listen=NAME, target=NAME),
        "spy": _object((), connect=TEXTS, subscriptions=TEXTS),
        "import": {
            **_object(
                (),
                file=_described(TEXT, "a capture file"),
                interface=_described(TEXT, "a network interface to listen on instead"),
                ports={"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 65535}},
            ),
            "anyOf": [{"required": ["file"]}, {"required": ["interface"]}],
        },
    }
    branches = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": fields}
        for kind, fields in kinds.items()
    ]
    return {**common, "allOf": branches}


def _behaviour() -> Record:
    return _object(
        ("kind",),
        kind={"enum": list(BEHAVIOUR_KINDS)},
        rate=_described(
            {"type": ["number", "null"], "exclusiveMinimum": 0}, "messages a second; null: as fast as it goes"
        ),
        count=_described({"type": ["integer", "null"], "minimum": 0}, "how many messages; null: without end"),
        frames={"type": "array", "items": _ref("frame")},
        stamp=_described({"type": "boolean"}, "append a frame with the sending time, to measure latency"),
        to=_described({"type": ["string", "null"]}, "forward: the id of the node that sends"),
        script=_described({"type": ["string", "null"]}, "script: a Python file beside this one"),
    )


def _frame() -> Record:
    values: Record = dict.fromkeys(FRAME_KINDS, TEXT)
    values |= {"json": True, "size": _described({"type": "integer", "minimum": 0}, "random bytes")}
    return {"type": "object", "properties": values, "oneOf": [{"required": [kind]} for kind in FRAME_KINDS]}


def _link() -> Record:
    return _object(
        ("id", "from", "to"),
        id=NAME,
        **{"from": NAME, "to": NAME},
        transport=TEXT,
        endpoint=_described({"type": ["string", "null"]}, "null picks a free address"),
        binds=_described({"enum": ["from", "to", None]}, "which end binds; null: the one that sensibly does"),
    )


def _addresses() -> Record:
    return {
        "bind": _described(TEXTS, "addresses for other programs to connect to"),
        "connect": _described(TEXTS, "addresses of other programs"),
    }


def _object(required: tuple[str, ...], **properties: Record) -> Record:
    return {"type": "object", "required": list(required), "properties": properties}


def _described(what: Record, description: str) -> Record:
    return {**what, "description": description}


def _ref(name: str) -> Record:
    return {"$ref": f"#/$defs/{name}"}


if __name__ == "__main__":
    write_json(Path(sys.argv[1]), schema())
