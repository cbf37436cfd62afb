"""Documents: looked up by id, changed only by making new ones."""

from __future__ import annotations

from zinspector.topology.document import Document, Link, SocketNode

A, B = SocketNode(id="a", type="PUB"), SocketNode(id="b", type="SUB", label="display")
LINK = Link(id="l", source="a", target="b")
DOC = Document(nodes=(A, B), links=(LINK,))


def test_things_are_found_by_id() -> None:
    assert DOC.node("a") is A
    assert DOC.node("l") is None
    assert DOC.link("l") is LINK
    assert DOC.links_of("b") == (LINK,)
    assert DOC.links_of("nobody") == ()
    assert (A.title, B.title) == ("a", "display")
    assert (LINK.other("a"), LINK.other("b")) == ("b", "a")


def test_a_link_to_itself_is_one_link() -> None:
    loop = Link(id="l", source="a", target="a")
    assert Document(nodes=(A,), links=(loop,)).links_of("a") == (loop,)


def test_a_document_is_replaced_never_changed() -> None:
    louder = SocketNode(id="a", type="XPUB")
    assert DOC.with_node(louder).nodes == (louder, B)
    assert DOC.with_node(louder).node("a") is louder
    assert DOC.node("a") is A
    assert DOC.with_link(Link(id="m", source="b", target="a")).links_of("a")[1].id == "m"
    assert DOC.without({"a"}) == Document(nodes=(B,))
    assert DOC.without({"l"}) == Document(nodes=(A, B))
