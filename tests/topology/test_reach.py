"""Which sockets the messages of a node come to."""

from __future__ import annotations

import pytest

from zinspector.topology.document import (
    AnyNode,
    Document,
    ExternalNode,
    Link,
    ProxyNode,
    ProxySide,
    RelayNode,
    SocketNode,
)
from zinspector.topology.reach import needs_delimiter, reached

DEALER = SocketNode(id="d", type="DEALER")
REP, ROUTER = SocketNode(id="r", type="REP"), SocketNode(id="o", type="ROUTER")
QUEUE = ProxyNode(id="q", frontend=ProxySide(type="ROUTER"), backend=ProxySide(type="DEALER"))
RELAY = RelayNode(id="t", listen="tcp://127.0.0.1:6556", target="tcp://127.0.0.1:5556")
SECOND = RelayNode(id="u", listen="tcp://127.0.0.1:5556", target="tcp://127.0.0.1:4556")


def drawing(*nodes: AnyNode, links: str) -> Document:
    """Links such as `dq qr`."""
    return Document(nodes=nodes, links=tuple(Link(id=ends, source=ends[0], target=ends[1]) for ends in links.split()))


@pytest.mark.parametrize(
    ("nodes", "links", "ids"),
    [
        ((DEALER, REP), "dr", "r"),
        ((DEALER, QUEUE, REP), "dq qr", "r"),
        ((DEALER, QUEUE, ROUTER), "dq oq", ""),
        ((DEALER, RELAY, REP), "dt tr", "r"),
        ((DEALER, RELAY, ROUTER, REP), "dt ot tr", "r"),
        ((DEALER, RELAY, SECOND, REP), "dt tu ur", "r"),
        ((DEALER, QUEUE, RELAY, REP, ROUTER), "dq qt tr qo", "or"),
        ((DEALER, QUEUE), "dq qq", "d"),  # a circle, and an end of it
        ((DEALER, REP, ROUTER), "dr do", "or"),
    ],
)
def test_far_ends(nodes: tuple[AnyNode, ...], links: str, ids: str) -> None:
    found = reached(drawing(*nodes, links=links), "d")
    assert sorted(node.id for node in found) == sorted(ids)
    assert needs_delimiter(drawing(*nodes, links=links), "d") == ("r" in ids)


def test_programs_that_are_drawn_count_and_other_senders_do_not() -> None:
    program = ExternalNode(id="r", type="REP", bind=("tcp://127.0.0.1:5556",))
    assert needs_delimiter(drawing(DEALER, RELAY, program, links="dt tr"), "d")
    assert not needs_delimiter(drawing(DEALER, ExternalNode(id="r"), links="dr"), "d")
    assert not needs_delimiter(drawing(SocketNode(id="d", type="REQ"), REP, links="dr"), "d")
    assert not needs_delimiter(Document(), "d")
