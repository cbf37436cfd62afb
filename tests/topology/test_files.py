"""Topology files: what is written is read again, what is foreign survives, what is broken is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.helpers.topologies import documents, json_values
from zinspector.errors import FileError
from zinspector.shipped import shipped
from zinspector.topology import files
from zinspector.topology.document import (
    Behaviour,
    Document,
    FrameTemplate,
    Link,
    RelayNode,
    SocketNode,
    UnknownNode,
)

HEAD = {"format": "zinspector-topology", "version": 1}
CONTRACT = """
{"format": "zinspector-topology", "version": 1, "name": "Weather feed", "context": {"IO_THREADS": 1},
 "nodes": [
  {"id": "station", "kind": "socket", "type": "PUB", "label": "weather-station", "position": [70, 40],
   "bind": ["tcp://127.0.0.1:5556"], "connect": [], "options": {"SNDHWM": 1000},
   "behaviour": {"kind": "generate", "rate": 1000, "count": null,
                 "frames": [{"text": "weather.london"}, {"json": {"city": "London", "n": "{{n}}"}}]}},
  {"id": "display", "kind": "socket", "type": "SUB", "subscriptions": ["weather."], "behaviour": {"kind": "sink"}},
  {"id": "t1", "kind": "relay", "listen": "tcp://127.0.0.1:6556", "target": "tcp://127.0.0.1:5556"}],
 "links": [{"id": "l1", "from": "station", "to": "display", "transport": "tcp", "endpoint": null}]}
"""


def load(**fields: Any) -> files.Loaded:
    return files.from_record({**HEAD, **fields})


def problem(entry: Any) -> str:
    """What is said about a file with this one node."""
    loaded = load(nodes=[entry])
    (found,) = loaded.problems
    assert found.remedy
    (kept,) = files.to_record(loaded.document)["nodes"]
    assert kept == ({**entry, "position": kept["position"]} if isinstance(entry, dict) else entry)
    return f"{found.where}: {found.text}"


def test_the_example_of_the_contract() -> None:
    loaded = files.loads(CONTRACT)
    assert loaded.problems == ()
    document = loaded.document
    assert (document.name, document.context) == ("Weather feed", {"IO_THREADS": 1})
    assert document.node("station") == SocketNode(
        id="station",
        type="PUB",
        label="weather-station",
        position=(70, 40),
        bind=("tcp://127.0.0.1:5556",),
        options={"SNDHWM": 1000},
        behaviour=Behaviour(
            "generate",
            rate=1000,
            frames=(FrameTemplate("text", "weather.london"), FrameTemplate("json", {"city": "London", "n": "{{n}}"})),
        ),
    )
    assert isinstance(document.node("t1"), RelayNode)
    assert document.links == (Link(id="l1", source="station", target="display"),)


@given(documents())
@settings(max_examples=150)
def test_what_is_written_is_read_again(document: Document) -> None:
    text = files.dumps(document)
    loaded = files.loads(text)
    assert loaded.problems == ()
    assert loaded.document == document
    assert files.dumps(loaded.document) == text


def test_a_file_is_written_and_read(tmp_path: Path) -> None:
    document = files.loads(CONTRACT).document
    path = tmp_path / "weather.zin.json"
    files.save(document, path)
    assert files.load(path) == files.Loaded(document)
    with pytest.raises(FileError):
        files.save(document, tmp_path / "nowhere" / "weather.zin.json")


def test_unknown_fields_survive_everywhere() -> None:
    record = {
        **HEAD,
        "name": "x",
        "future": {"a": [1, 2.5, None]},
        "nodes": [
            {
                "id": "a",
                "kind": "socket",
                "type": "PUB",
                "position": [1, 2.5],
                "colour": "red",
                "behaviour": {"kind": "generate", "rate": 5, "burst": 3, "frames": [{"text": "t", "note": 1}]},
            },
            {
                "id": "q",
                "kind": "proxy",
                "position": [0, 0],
                "frontend": {"type": "ROUTER", "x": 1},
                "backend": {"type": "DEALER"},
            },
            {"id": "w", "kind": "wormhole", "position": [3, 4], "to": "mars"},
        ],
        "links": [{"id": "l", "from": "a", "to": "w", "transport": "tcp", "endpoint": None, "width": 2}],
    }
    loaded = files.from_record(record)
    assert files.to_record(loaded.document) == record
    assert [found.text for found in loaded.problems] == ["unknown kind 'wormhole'"]


@given(json_values, json_values, json_values)
def test_any_json_is_a_topology_or_refused(nodes: Any, links: Any, name: Any) -> None:
    record = {**HEAD, "nodes": nodes, "links": links, "name": name, "decode": links, "context": nodes}
    loaded = files.from_record(record)
    text = files.dumps(loaded.document)
    assert files.dumps(files.loads(text).document) == text


@given(json_values, json_values)
def test_any_fields_of_a_node_make_a_node(value: Any, other: Any) -> None:
    names = ("id", "label", "position", "type", "bind", "options", "subscriptions", "behaviour", "frontend", "listen")
    for name in names:
        for kind in ("socket", "proxy", "external", "relay", "spy", "import"):
            entry = {"id": "a", "kind": kind, "type": "PUB", "position": [0, 0], name: value, "behaviour.x": other}
            document = load(nodes=[entry]).document
            assert len(document.nodes) == 1
            files.dumps(document).encode()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"id": "x", "kind": "socket"}, "node 1 (id 'x'): type is missing"),
        ({"id": "x", "kind": "socket", "type": "PUBB"}, "type must be one of PUB, SUB"),
        ({"id": "x"}, "node 1 (id 'x'): kind is missing"),
        ({"kind": "socket", "type": "PUB"}, "node 1: id is missing"),
        ({"id": 7, "kind": "socket", "type": "PUB"}, "node 1: id must be a text, not 7"),
        ({"id": "", "kind": "socket", "type": "PUB"}, "id must be a text that is not empty, not ''"),
        ({"id": "x", "kind": "socket", "type": "PUB", "bind": "tcp://*:1"}, "bind must be a list of texts, not 'tcp"),
        ({"id": "x", "kind": "socket", "type": "PUB", "position": [1]}, "position must be two numbers [x, y]"),
        ({"id": "x", "kind": "socket", "type": "PUB", "options": {"A": 1.5}}, "options.A must be a whole number or"),
        ({"id": "x", "kind": "socket", "type": "PUB", "options": [1]}, "options must be an object, not a list of 1"),
        ({"id": "x", "kind": "socket", "type": "PUB", "label": "\ud800"}, "label must be a text"),
        ({"id": "x", "kind": "proxy", "frontend": {"type": "PUB"}}, "backend is missing"),
        ({"id": "x", "kind": "proxy", "frontend": {}, "backend": {}}, "frontend.type is missing"),
        ({"id": "x", "kind": "relay", "listen": "a"}, "target is missing"),
        ({"id": "x", "kind": "import", "file": {}}, "file must be a text, not an object"),
        (5, "node 1: must be an object, not 5"),
        ("x" * 99, "must be an object, not 'xxxx"),
    ],
)
def test_a_bad_node_is_named_and_kept(entry: Any, says: str) -> None:
    assert says in problem(entry)


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        ({"kind": "generate", "rate": "fast"}, "node 1 (id 'x'): behaviour.rate must be a number, not 'fast'"),
        ({"kind": "generate", "rate": 0}, "behaviour.rate must be a number above 0, not 0"),
        ({"kind": "generate", "rate": True}, "behaviour.rate must be a number, not true"),
        ({"kind": "generate", "rate": float("inf")}, "behaviour.rate must be a number, not inf"),
        ({"kind": "generate", "count": 1.5}, "behaviour.count must be a whole number from 0 on, not 1.5"),
        ({"kind": "dance"}, "behaviour.kind must be one of manual, generate"),
        ({}, "behaviour.kind is missing"),
        ("sink", "behaviour must be an object, not 'sink'"),
        ({"kind": "sink", "stamp": 1}, "behaviour.stamp must be true or false, not 1"),
        ({"kind": "reply", "frames": {}}, "behaviour.frames must be a list, not an object"),
        ({"kind": "reply", "frames": ["a"]}, "behaviour.frames, frame 0 must be an object, not 'a'"),
        ({"kind": "reply", "frames": [{"text": "a"}, {}]}, "frame 1 must have exactly one of text, json"),
        ({"kind": "reply", "frames": [{"text": "a", "hex": ""}]}, "frame 0 must have exactly one of"),
        ({"kind": "reply", "frames": [{"text": 5}]}, "frame 0: text must be a text, not 5"),
        ({"kind": "reply", "frames": [{"size": -1}]}, "frame 0: size must be a number of bytes, not -1"),
        ({"kind": "reply", "count": 10**400}, "behaviour.count must be a whole number from 0 on, not a huge number"),
    ],
)
def test_a_bad_behaviour_is_named_and_kept(behaviour: Any, says: str) -> None:
    entry = {"id": "x", "kind": "socket", "type": "PUSH", "behaviour": behaviour}
    assert says in problem(entry)
    node = load(nodes=[entry]).document.nodes[0]
    assert isinstance(node, UnknownNode)
    assert node.problem in says or says in f"node 1 (id 'x'): {node.problem}"


@pytest.mark.parametrize(
    ("entry", "text", "remedy"),
    [
        ({"id": "x", "kind": "relay", "lisen": "a", "target": "b"}, "listen is missing", "listen by lisen"),
        ({"id": "x", "kind": "relay", "Listen": "a", "target": "b"}, "listen is missing", "listen by Listen"),
        ({"idd": "x", "kind": "spy"}, "id is missing", "id by idd"),
        ({"id": "x", "knd": "spy", "bind": []}, "kind is missing: one of socket, relay", "kind by knd"),
        ({"id": "x", "kind": "socket", "typ": "PUB"}, "type is missing: one of PUB, SUB", "type by typ"),
        ({"id": "x", "kind": "proxy", "fronted": {}, "backend": {}}, "frontend is missing", "frontend by fronted"),
        (
            {"id": "x", "kind": "proxy", "frontend": {"tpye": "SUB"}, "backend": {}},
            "frontend.type is missing: one of PUB",
            "type by frontend.tpye",
        ),
    ],
)
def test_a_needed_field_with_a_typo_is_told_by_both_names(entry: Any, text: str, remedy: str) -> None:
    (found,) = load(nodes=[entry]).problems
    assert found.text.startswith(text)
    assert found.remedy == f"did you mean {remedy}?"


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "x", "bind": []},
        {"id": "x", "kind": "relay", "label": "l", "target": "b", "url": "c"},
        {"id": "x", "kind": "socket", "bind": [], "connect": [], "options": {}, "subscriptions": [], "behaviour": {}},
    ],
)
def test_fields_that_are_known_are_no_typos_of_a_needed_one(entry: Any) -> None:
    (found,) = load(nodes=[entry]).problems
    assert "is missing" in found.text
    assert "did you mean" not in found.remedy


def test_of_two_nodes_with_one_id_the_later_gets_a_fresh_one() -> None:
    twin = {"id": "a", "kind": "socket", "type": "SUB"}
    loaded = load(nodes=[{"id": "a", "kind": "socket", "type": "PUB"}, twin, {"id": "a-2", "kind": "spy"}])
    assert [node.id for node in loaded.document.nodes] == ["a", "a-3", "a-2"]
    assert [(found.where, found.text) for found in loaded.problems] == [
        ("node 2 (id 'a')", "the id 'a' is taken by an earlier node; here this one is called 'a-3'")
    ]


def test_a_link_with_the_id_of_a_node_is_told() -> None:
    nodes = [{"id": name, "kind": "socket", "type": "PAIR"} for name in "ab"]
    loaded = files.from_record({**HEAD, "nodes": nodes, "links": [{"id": "a", "from": "a", "to": "b"}]})
    assert "also that of a node" in loaded.problems[0].text
    assert loaded.document.links[0].id == "a"


def test_links_that_lead_nowhere_survive() -> None:
    node = {"id": "a", "kind": "socket", "type": "PUB", "position": [0, 0]}
    links = [
        {"id": "l", "from": "a", "to": "b"},
        {"id": "m", "from": "a", "too": "a"},
        {"id": "n", "from": "a", "to": "a", "binds": "both"},
        17,
        {"id": "o", "from": "a", "to": "a", "transport": "tcp", "endpoint": None},
        {"id": "o", "from": "a", "to": "a", "transport": "ipc", "endpoint": None},
    ]
    loaded = load(nodes=[node], links=links)
    assert [f"{found.where}: {found.text}" for found in loaded.problems] == [
        "link 1 (id 'l'): leads to the node 'b', which isn't there",
        "link 2 (id 'm'): to is missing",
        "link 3 (id 'n'): binds must be one of from, to, not 'both'",
        "link 4: must be an object, not 17",
        "link 6 (id 'o'): the id 'o' is taken by an earlier link; here this one is called 'o-2'",
    ]
    assert loaded.problems[1].remedy == "did you mean to by too?"
    assert [link.id for link in loaded.document.links] == ["o", "o-2"]
    saved = files.to_record(loaded.document)["links"]
    assert [entry for entry in links[:4] if entry not in saved] == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", 5, "name must be a text, not 5"),
        ("context", {"IO_THREADS": "two"}, "context.IO_THREADS must be a whole number, not 'two'"),
        ("nodes", {}, "nodes must be a list, not an object"),
        ("links", "none", "links must be a list, not 'none'"),
        ("decode", [5], "must be a text such as 'topic:quotes.* = json', not 5"),
    ],
)
def test_a_wrong_field_of_the_document_is_kept(field: str, value: Any, says: str) -> None:
    loaded = load(**{field: value})
    assert [found.text for found in loaded.problems] == [says]
    assert files.to_record(loaded.document)[field] == value


def test_a_mended_field_wins_over_the_wrong_one() -> None:
    document = load(name=5).document
    assert files.to_record(Document(name="mended", extra=document.extra))["name"] == "mended"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CONTRACT[:-40], "not valid JSON"),
        ("", "not valid JSON"),
        ("[]", "not a zinspector-topology file"),
        ('{"format": "zinspector-report", "version": 1}', "not a zinspector-topology file"),
        ('{"format": "zinspector-topology", "version": 2}', "written by a newer zinspector"),
        ('{"format": "zinspector-topology", "version": "1"}', "must be a positive integer"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_name(text: str, says: str) -> None:
    with pytest.raises(FileError) as caught:
        files.loads(text, "weather.zin.json")
    assert says in caught.value.text
    assert "weather.zin.json" in caught.value.where


def test_every_cut_of_a_file_is_refused_in_words() -> None:
    text = CONTRACT.strip()
    for end in range(0, len(text), 7):
        with pytest.raises(FileError):
            files.loads(text[:end])


def test_half_a_surrogate_pair_in_a_foreign_field_survives() -> None:
    document = load(note="\ud800").document
    assert json.loads(files.dumps(document))["note"] == "\ud800"
    files.dumps(document).encode()


def test_a_drawing_without_positions_is_laid_out() -> None:
    nodes = [{"id": name, "kind": "socket", "type": "PAIR"} for name in "abc"]
    links = [{"id": "l", "from": "a", "to": "b"}, {"id": "m", "from": "b", "to": "c"}]
    positions = {node.position for node in load(nodes=nodes, links=links).document.nodes}
    assert len(positions) == 3


@pytest.mark.parametrize("path", sorted(shipped("resources/samples").glob("*.zin.json")), ids=lambda path: path.name)
def test_a_sample_is_written_as_zinspector_writes(path: Path) -> None:
    loaded = files.load(path)
    assert loaded.problems == ()
    assert files.dumps(loaded.document) == path.read_text(encoding="utf-8")
    assert loaded.document.description
    assert all(link.endpoint is None for link in loaded.document.links)
