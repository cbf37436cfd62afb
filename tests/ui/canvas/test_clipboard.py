"""Nodes as text and back."""

from __future__ import annotations

import json

import pytest

from zinspector.errors import FileError
from zinspector.topology.document import Behaviour, Document, Link, SocketNode
from zinspector.ui.canvas import clipboard

DOCUMENT = Document(
    nodes=(
        SocketNode(id="a", type="PULL", position=(10, 20), behaviour=Behaviour("forward", to="b")),
        SocketNode(id="b", type="PUSH", position=(200, 50)),
        SocketNode(id="c", type="PULL"),
    ),
    links=(Link(id="l", source="b", target="c"), Link(id="m", source="b", target="a", endpoint="tcp://127.0.0.1:5")),
)


def test_links_come_along_when_both_ends_do() -> None:
    record = json.loads(clipboard.to_text(DOCUMENT, ["a", "b", "l"]))
    assert [node["id"] for node in record["nodes"]] == ["a", "b"]
    assert [link["id"] for link in record["links"]] == ["m"]
    assert clipboard.to_text(DOCUMENT, ["l"]) == ""


def test_a_paste_has_ids_of_its_own_and_keeps_to_itself() -> None:
    document, added = clipboard.from_text(DOCUMENT, clipboard.to_text(DOCUMENT, ["a", "b"]), (100, 100))
    assert added == ("a-2", "b-2")
    assert document.node("a-2").position == (100, 100)
    assert document.node("b-2").position == (290, 130)
    assert document.node("a-2").behaviour.to == "b-2"
    assert (document.links[-1].source, document.links[-1].target) == ("b-2", "a-2")
    assert document.links[-1].endpoint is None
    assert document.node("a") == DOCUMENT.node("a")


def test_a_paste_into_another_drawing_keeps_the_ids() -> None:
    _, added = clipboard.from_text(Document(), clipboard.to_text(DOCUMENT, ["a", "b"]), None)
    assert added == ("a", "b")


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", '{"format": "zinspector-topology", "version": 99}'])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(FileError):
        clipboard.from_text(DOCUMENT, text, None)
