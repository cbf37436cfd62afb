"""Z119: what a drawing holds that nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from zinspector.doctor.drawing import check
from zinspector.doctor.finding import Finding
from zinspector.doctor.unknown_fields import _known, unknown_fields
from zinspector.shipped import shipped
from zinspector.topology.document import Behaviour, FrameTemplate, ProxyNode
from zinspector.topology.files import from_record, load
from zinspector.topology.schema import schema

Record = dict[str, Any]
PUB: Record = {"id": "p", "kind": "socket", "type": "PUB", "bind": ["tcp://127.0.0.1:5556"]}
SUB: Record = {"id": "s", "kind": "socket", "type": "SUB", "subscriptions": [""]}
RELAY: Record = {"id": "r", "kind": "relay", "listen": "tcp://127.0.0.1:1", "target": "tcp://127.0.0.1:2"}
PROXY: Record = {"id": "x", "kind": "proxy", "frontend": {"type": "XSUB"}, "backend": {"type": "XPUB"}}
NODES = (
    RELAY,
    PROXY,
    {**PUB, "behaviour": {"kind": "generate", "frames": [{"text": "t"}]}},
    {"id": "e", "kind": "external"},
    {"id": "y", "kind": "spy"},
    {"id": "i", "kind": "import", "file": "f"},
)
LINK: Record = {"id": "l", "from": "p", "to": "s"}


def found(*nodes: Record, **document: Any) -> list[Finding]:
    record = {"format": "zinspector-topology", "version": 1, "nodes": list(nodes), **document}
    return list(unknown_fields(from_record(record).document))


@pytest.mark.parametrize(
    ("node", "path", "meant"),
    [
        ({**PUB, "bnd": []}, "bnd", "bind"),
        ({**SUB, "subscribe": ["a"]}, "subscribe", "subscriptions"),
        ({**RELAY, "Label": "x"}, "Label", "label"),
        ({**PUB, "behavior": {"kind": "echo"}}, "behavior", "behaviour"),
        ({**PUB, "behaviour": {"kind": "generate", "rat": 5}}, "behaviour.rat", "rate"),
        (
            {**PUB, "behaviour": {"kind": "generate", "frames": [{"text": "a", "txt": 1}]}},
            "behaviour.frames[0].txt",
            "text",
        ),
        ({**PROXY, "backend": {"type": "XPUB", "binds": []}}, "backend.binds", "bind"),
    ],
)
def test_a_typo_is_a_warning_that_says_what_was_meant(node: Record, path: str, meant: str) -> None:
    (finding,) = found(node)
    assert (finding.code, finding.severity, finding.node) == ("Z119", "warning", node["id"])
    assert finding.text == f"unknown field {path}: it is kept, and does nothing"
    assert finding.remedy == f"did you mean {meant}?"


def test_typos_of_the_document_and_of_links() -> None:
    told = found(PUB, SUB, links=[{**LINK, "transprt": "ipc"}], desciption="x")
    assert [(one.node, one.link, one.remedy) for one in told] == [
        (None, None, "did you mean description?"),
        (None, "l", "did you mean transport?"),
    ]


def test_what_is_like_no_known_field_is_only_told() -> None:
    (finding,) = found({**RELAY, "colour": "red\nblue"}, **{"$schema": "x", "_note": "mine", "x-tool": 1})
    assert finding.severity == "info"
    assert finding.remedy.startswith("known are id, kind, label, listen, position, silenced, target;")


def test_what_could_not_be_read_is_told_only_once() -> None:
    assert found({**RELAY, "listen": 5, "bnd": 1}, decode="no list", context={"IO_THREADS": "x"}) == []


def test_names_are_harmless() -> None:
    (finding,) = found({**RELAY, "\x1b[31mévil\n" + "a" * 100: 1})
    assert finding.text.isprintable()
    assert len(finding.text) < 120


def test_it_is_one_of_the_rules_of_a_drawing() -> None:
    document = from_record({"format": "zinspector-topology", "version": 1, "nodes": [{**RELAY, "lsten": "x"}]}).document
    assert [finding.code for finding in check(document)] == ["Z119"]


def test_samples_hold_only_what_is_known() -> None:
    for path in shipped("resources/samples").glob("*.zin.json"):
        assert list(unknown_fields(load(path).document)) == []


def test_what_is_known_is_what_the_schema_says() -> None:
    """Two lists of one thing: whoever adds a field must add it to both."""
    told = schema()
    parts = told["$defs"]
    record = {"format": "zinspector-topology", "version": 1, "nodes": [*NODES, SUB], "links": [LINK]}
    document = from_record(record).document
    assert _known(document) == set(told["properties"])
    assert _known(document.links[0]) == set(parts["link"]["properties"])
    assert _known(Behaviour()) == set(parts["behaviour"]["properties"])
    assert _known(FrameTemplate("text", "t")) == set(parts["frame"]["properties"])
    common = set(parts["node"]["properties"])
    of_kind = {
        each["if"]["properties"]["kind"]["const"]: set(each["then"]["properties"]) for each in parts["node"]["allOf"]
    }
    kinds = {entry["id"]: entry["kind"] for entry in record["nodes"]}
    for node in document.nodes:
        assert _known(node) == common | of_kind[kinds[node.id]]
    (proxy,) = [node for node in document.nodes if isinstance(node, ProxyNode)]
    assert _known(proxy.frontend) == set(parts["side"]["properties"])
    assert set(kinds.values()) == set(of_kind)
