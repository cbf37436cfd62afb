"""Which links a relay counts, and which one its rows carry."""

from __future__ import annotations

import pytest

from tests.helpers.drawn import drawing, link, sock
from zinspector.runtime.wires import counted_links, named_link
from zinspector.topology.document import AnyNode, ExternalNode, Link, RelayNode

TAP = RelayNode(id="tap", listen="tcp://127.0.0.1:5001", target="tcp://127.0.0.1:5000")
NEXT = RelayNode(id="next", listen=TAP.target, target="tcp://127.0.0.1:4999")
CLIENT, OTHER = ExternalNode(id="client", type="REQ"), ExternalNode(id="other", type="REQ")
SERVER = ExternalNode(id="server", type="REP")


@pytest.mark.parametrize(
    ("items", "named", "counted"),
    [
        ((), None, ()),
        ((CLIENT, link("client", "tap"), SERVER, link("tap", "server")), "client-tap", ("client-tap", "tap-server")),
        ((SERVER, link("tap", "server")), "tap-server", ("tap-server",)),
        (
            (CLIENT, OTHER, link("client", "tap"), link("other", "tap"), SERVER, link("tap", "server")),
            None,
            ("tap-server",),
        ),
        ((sock("ours", "REQ"), link("ours", "tap")), "ours-tap", ()),
        ((NEXT, link("tap", "next")), "tap-next", ()),  # the next one counts what comes to it
    ],
)
def test_the_links_of_a_relay(items: tuple[AnyNode | Link, ...], named: str | None, counted: tuple[str, ...]) -> None:
    document = drawing(TAP, *items)
    assert (named_link(document, TAP), counted_links(document, TAP)) == (named, counted)


def test_a_chain_is_counted_where_it_is_heard() -> None:
    assert counted_links(drawing(TAP, NEXT, link("tap", "next")), NEXT) == ("tap-next",)
