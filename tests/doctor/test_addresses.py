"""Every finding from the addresses of a drawing; healthy ones are among the drawings of `test_drawing`."""

from __future__ import annotations

import pytest

from zinspector.doctor.drawing import check
from zinspector.topology.document import Document, Link, SocketNode

HAS = frozenset({"ipc", "curve"})


def binding(node_id: str, address: str) -> SocketNode:
    return SocketNode(id=node_id, type="PUSH", bind=(address,))


NORM = Document(
    nodes=(SocketNode(id="a", type="PUSH"), SocketNode(id="b", type="PULL")),
    links=(Link(id="l1", source="a", target="b", transport="norm"),),
)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            Document(nodes=(binding("a", "tcp://127.0.0.1:5555"), binding("b", "tcp://127.0.0.1:5555"))),
            ("Z104", "b", None),
        ),
        (Document(nodes=(binding("a", "pgm://eth0;239.0.0.1:5555"),)), ("Z111", "a", None)),
        (NORM, ("Z111", None, "l1")),
        (Document(nodes=(SocketNode(id="a", type="PULL", connect=("tcp://*:5555",)),)), ("Z114", "a", None)),
        (Document(nodes=(binding("a", "tcp://*:5555"),)), ("Z114", "a", None)),
        (Document(nodes=(binding("a", "ipc:///tmp/" + "x" * 110),)), ("Z114", "a", None)),
        (Document(nodes=(binding("a", "tcp:/nowhere"),)), ("Z100", "a", None)),
    ],
)
def test_each_mistake_is_found_once(document: Document, expected: tuple[str, str | None, str | None]) -> None:
    assert [(found.code, found.node, found.link) for found in check(document, HAS)] == [expected]


def test_transports_are_not_asked_for_where_nobody_knows_what_libzmq_has() -> None:
    assert check(NORM, None) == []
