"""Edits: a document goes in, another comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.topologies import documents
from zinspector.topology import edits, files
from zinspector.topology.document import Behaviour, Document, Link, SocketNode, UnknownNode

A = SocketNode(id="a", type="PULL", position=(0, 0), behaviour=Behaviour("forward", to="b"))
B = SocketNode(id="b", type="PUSH", position=(300, 50), bind=("tcp://127.0.0.1:5556",))
C = SocketNode(id="c", type="PULL", position=(600, 400))
LINK = Link(id="b-c", source="b", target="c", endpoint="tcp://127.0.0.1:5556", binds="to")
DOC = Document(nodes=(A, B, C), links=(LINK,))


def positions(doc: Document) -> list[tuple[float, float]]:
    return [node.position for node in doc.nodes]


def test_a_new_id_is_free_of_nodes_and_links() -> None:
    assert edits.new_id(DOC, "d") == "d"
    assert edits.new_id(DOC, "a") == "a-2"
    assert edits.new_id(DOC, "b-c") == "b-c-2"


def test_two_nodes_are_connected_once_per_transport() -> None:
    doc = edits.connect(DOC, "a", "c", binds="to")
    assert doc.links[-1] == Link(id="a-c", source="a", target="c", binds="to")
    assert edits.connect(doc, "a", "c") == doc
    assert len(edits.connect(doc, "a", "c", "ipc").links) == 3
    assert edits.connect(DOC, "a", "nobody") == DOC
    assert edits.connect(DOC, "a", "a") == DOC


def test_what_is_removed_takes_its_links_and_references_along() -> None:
    doc = edits.remove(DOC, ["b"])
    assert [node.id for node in doc.nodes] == ["a", "c"]
    assert doc.links == ()
    node = doc.node("a")
    assert isinstance(node, SocketNode)
    assert node.behaviour == Behaviour("manual")
    assert edits.remove(DOC, ["b-c"]).nodes == DOC.nodes


def test_copies_keep_what_is_between_them() -> None:
    doc, copies = edits.duplicate(DOC, ["a", "b", "c"])
    assert copies == ("a-2", "b-2", "c-2")
    first, second = doc.node("a-2"), doc.node("b-2")
    assert isinstance(first, SocketNode)
    assert isinstance(second, SocketNode)
    assert first.behaviour.to == "b-2"
    assert first.position == (edits.STEP, edits.STEP)
    assert second.bind == ()
    assert doc.links[-1] == replace(LINK, id="b-2-c-2", source="b-2", target="c-2", endpoint=None)
    again, copies = edits.duplicate(doc, ["a-2"])
    assert copies == ("a-3",)
    assert isinstance(again.node("a-3"), SocketNode)


def test_moving() -> None:
    assert positions(edits.move(DOC, ["a", "c"], 10, -5)) == [(10, -5), (300, 50), (610, 395)]
    assert positions(edits.move_to(DOC, {"b": (1, 2), "nobody": (3, 4)})) == [(0, 0), (1, 2), (600, 400)]


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        ("left", [(0, 0), (0, 50), (600, 400)]),
        ("right", [(300, 0), (300, 50), (600, 400)]),
        ("centre", [(150, 0), (150, 50), (600, 400)]),
        ("top", [(0, 0), (300, 0), (600, 400)]),
        ("bottom", [(0, 50), (300, 50), (600, 400)]),
        ("middle", [(0, 25), (300, 25), (600, 400)]),
    ],
)
def test_aligning(edge: edits.Edge, expected: list[tuple[float, float]]) -> None:
    assert positions(edits.align(DOC, ["a", "b"], edge)) == expected
    assert edits.align(DOC, ["a"], edge) == DOC


def test_distributing() -> None:
    assert positions(edits.distribute(DOC, "abc", "down")) == [(0, 0), (300, 200), (600, 400)]
    assert edits.distribute(DOC, "ab", "across") == DOC


def test_fields_of_nodes_links_and_behaviours() -> None:
    assert edits.rename(DOC, "a", "first").nodes[0].label == "first"
    assert edits.set_field(DOC, "c", type="SUB", subscriptions=("x",)).nodes[2] == replace(
        C, type="SUB", subscriptions=("x",)
    )
    assert edits.set_behaviour(DOC, "c", kind="sink").nodes[2] == replace(C, behaviour=Behaviour("sink"))
    assert edits.set_link(DOC, "b-c", transport="ipc", endpoint=None).links[0].transport == "ipc"
    assert edits.set_document(DOC, name="new").name == "new"
    with pytest.raises(TypeError):
        edits.set_field(DOC, "a", colour="red")


@pytest.mark.parametrize(
    "edit",
    [
        lambda doc: edits.set_field(doc, "nobody", label="x"),
        lambda doc: edits.set_behaviour(doc, "nobody", rate=1),
        lambda doc: edits.set_link(doc, "nobody", transport="ipc"),
        lambda doc: edits.reverse(doc, "nobody"),
        lambda doc: edits.remove(doc, ["nobody"]),
        lambda doc: edits.duplicate(doc, ["nobody"])[0],
    ],
)
def test_an_unknown_id_changes_nothing(edit: Any) -> None:
    assert edit(DOC) == DOC


def test_an_unknown_node_is_copied_and_renamed_with_its_record() -> None:
    doc = Document(nodes=(UnknownNode(id="u", record={"id": "u", "kind": "wormhole"}, problem=""),))
    copied, _ = edits.duplicate(doc, ["u"])
    renamed = edits.rename(copied, "u-2", "label")
    record = files.to_record(renamed)["nodes"][1]
    assert record == {"id": "u-2", "kind": "wormhole", "position": [24, 24], "label": "label"}


def test_a_reversed_link_keeps_its_binder() -> None:
    assert edits.reverse(DOC, "b-c").links[0] == replace(LINK, source="c", target="b", binds="from")


@given(documents(), st.data())
def test_ids_stay_unique_whatever_is_copied(doc: Document, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from([node.id for node in doc.nodes]))) if doc.nodes else set()
    after, copies = edits.duplicate(doc, chosen)
    nodes = [node.id for node in after.nodes]
    links = [link.id for link in after.links]
    assert len(set(nodes)) == len(nodes) == len(doc.nodes) + len(copies)
    assert len(set(links)) == len(links)
    assert edits.remove(after, copies).nodes == doc.nodes
