"""The shipped JSON Schema: current, valid, and of one mind with the loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from tests.helpers.topologies import documents
from zinspector.shipped import shipped
from zinspector.topology import files
from zinspector.topology.document import Document
from zinspector.topology.schema import schema

VALIDATOR = jsonschema.Draft202012Validator(schema())
NODE = {"id": "x", "kind": "socket", "type": "PUB"}


def file_with(node: Any) -> dict[str, Any]:
    return {"format": "zinspector-topology", "version": 1, "nodes": [node]}


def test_the_shipped_schema_is_current() -> None:
    text = shipped("resources/zinspector-topology.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == schema()
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", sorted(shipped("resources/samples").glob("*.zin.json")), ids=lambda path: path.name)
def test_every_sample_is_valid(path: Path) -> None:
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))


@given(documents())
def test_whatever_is_saved_is_valid(document: Document) -> None:
    VALIDATOR.validate(json.loads(files.dumps(document)))


@pytest.mark.parametrize(
    "node",
    [
        {**NODE, "colour": "red"},
        {"id": "x", "kind": "wormhole", "type": 5},
        {**NODE, "behaviour": {"kind": "generate", "rate": None, "frames": [{"json": [1]}, {"size": 5}]}},
        {"id": "x", "kind": "external"},
    ],
)
def test_what_is_kept_is_valid(node: Any) -> None:
    VALIDATOR.validate(file_with(node))


@pytest.mark.parametrize(
    "node",
    [
        {"id": "x", "kind": "socket"},
        {"id": "", "kind": "socket", "type": "PUB"},
        {**NODE, "type": "PUBB"},
        {**NODE, "position": [1]},
        {**NODE, "bind": "tcp://*:1"},
        {**NODE, "behaviour": {"kind": "generate", "rate": "fast"}},
        {**NODE, "behaviour": {"kind": "generate", "rate": 0}},
        {**NODE, "behaviour": {"kind": "reply", "frames": [{"text": "a", "hex": ""}]}},
        {"id": "x", "kind": "proxy", "frontend": {"type": "ROUTER"}},
        {"id": "x", "kind": "relay", "listen": "tcp://127.0.0.1:1"},
    ],
)
def test_schema_and_loader_refuse_the_same(node: Any) -> None:
    assert not VALIDATOR.is_valid(file_with(node))
    assert files.from_record(file_with(node)).problems
