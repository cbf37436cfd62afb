"""Who binds, who connects, and where: one line for each rule."""

from __future__ import annotations

from typing import Any

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
    SpyNode,
    UnknownNode,
)
from zinspector.topology.wiring import binding_end, end_types, link_wire, side_of


def socket(node_id: str, kind: Any, **fields: Any) -> SocketNode:
    return SocketNode(id=node_id, type=kind, **fields)


def wired(source: AnyNode, target: AnyNode, *more: AnyNode, **fields: Any) -> tuple[Document, Link]:
    link = Link(id="l", source=source.id, target=target.id, **fields)
    return Document(nodes=(source, target, *more), links=(link,)), link


QUEUE = ProxyNode(id="q", frontend=ProxySide("ROUTER"), backend=ProxySide("DEALER", bind=("tcp://127.0.0.1:7001",)))


@pytest.mark.parametrize(
    ("source", "target", "binder"),
    [
        ("PUB", "SUB", "a"),
        ("SUB", "PUB", "b"),
        ("PUB", "XSUB", "b"),
        ("XPUB", "XSUB", "a"),
        ("REQ", "REP", "b"),
        ("REQ", "ROUTER", "b"),
        ("DEALER", "ROUTER", "b"),
        ("DEALER", "REP", "b"),
        ("PUSH", "PULL", "a"),
        ("PAIR", "PAIR", "a"),
        ("STREAM", "STREAM", "a"),
    ],
)
def test_the_end_that_sensibly_binds_does(source: str, target: str, binder: str) -> None:
    document, link = wired(socket("a", source), socket("b", target))
    wire = link_wire(document, link)
    assert wire.binder == binder
    assert {wire.binder, wire.connector} == {"a", "b"}
    assert wire.endpoint == "tcp://127.0.0.1:*"


def test_a_sink_of_many_workers_binds() -> None:
    workers = [socket(f"w{i}", "PUSH") for i in range(3)]
    links = tuple(Link(id=f"l{i}", source=f"w{i}", target="sink") for i in range(3))
    document = Document(nodes=(*workers, socket("sink", "PULL")), links=links)
    assert {link_wire(document, link).binder for link in links} == {"sink"}


@pytest.mark.parametrize("binds", ["from", "to"])
def test_the_link_may_decide(binds: Any) -> None:
    document, link = wired(socket("a", "PUB"), socket("b", "SUB"), binds=binds)
    assert binding_end(link, document) == binds


def test_the_place_is_the_links_then_the_binders_then_free() -> None:
    bound = socket("a", "PUB", bind=("ipc:///tmp/x", "tcp://127.0.0.1:5556"))
    document, link = wired(bound, socket("b", "SUB"), endpoint="tcp://127.0.0.1:9")
    assert link_wire(document, link).endpoint == "tcp://127.0.0.1:9"
    document, link = wired(bound, socket("b", "SUB"))
    assert link_wire(document, link).endpoint == "tcp://127.0.0.1:5556"
    document, link = wired(bound, socket("b", "SUB"), transport="ipc")
    assert link_wire(document, link).endpoint == "ipc:///tmp/x"
    document, link = wired(bound, socket("b", "SUB"), transport="inproc")
    assert link_wire(document, link).endpoint == "inproc://a"


def test_a_proxy_binds_both_sides() -> None:
    document, link = wired(socket("c", "REQ"), QUEUE)
    wire = link_wire(document, link)
    assert (wire.binder, wire.binder_side, wire.connector_side) == ("q", "frontend", None)
    assert side_of(document, link, "q") == "frontend"
    assert side_of(document, link, "c") is None
    assert end_types(document, link) == ("REQ", "ROUTER")
    document, link = wired(QUEUE, socket("w", "REP"))
    wire = link_wire(document, link)
    assert (wire.binder, wire.binder_side, wire.endpoint) == ("q", "backend", "tcp://127.0.0.1:7001")
    assert end_types(document, link) == ("DEALER", "REP")
    document, link = wired(socket("c", "REQ"), QUEUE, transport="inproc")
    assert link_wire(document, link).endpoint == "inproc://q.frontend"


def test_an_external_program_is_met_where_it_is() -> None:
    listens = ExternalNode(id="e", type="SUB", bind=("tcp://10.0.0.1:5556",))
    document, link = wired(socket("a", "PUB", bind=("tcp://127.0.0.1:1",)), listens)
    wire = link_wire(document, link)
    assert (wire.binder, wire.connector, wire.endpoint) == ("e", "a", "tcp://10.0.0.1:5556")
    connects = ExternalNode(id="e", type="PUB", connect=("tcp://127.0.0.1:5556",))
    document, link = wired(connects, socket("b", "SUB"))
    wire = link_wire(document, link)
    assert (wire.binder, wire.connector, wire.endpoint) == ("b", "e", "tcp://127.0.0.1:5556")
    document, link = wired(connects, socket("b", "SUB"), transport="ipc")
    assert link_wire(document, link).endpoint == "tcp://127.0.0.1:5556"
    document, link = wired(ExternalNode(id="e"), socket("b", "SUB", bind=("tcp://127.0.0.1:7",)))
    wire = link_wire(document, link)
    assert (wire.binder, wire.endpoint) == ("b", "tcp://127.0.0.1:7")


def test_a_link_to_a_relay_meets_where_it_listens_and_one_from_it_meets_its_target() -> None:
    relay = RelayNode(id="r", listen="tcp://127.0.0.1:6556", target="tcp://127.0.0.1:5556")
    document, link = wired(socket("q", "REQ"), relay)
    assert link_wire(document, link).binder == "r"
    assert link_wire(document, link).endpoint == "tcp://127.0.0.1:6556"
    document, link = wired(relay, socket("p", "REP"))
    assert link_wire(document, link).binder == "p"
    assert link_wire(document, link).endpoint == "tcp://127.0.0.1:5556"


def test_who_listens_at_the_target_of_a_relay_is_the_target_however_it_is_drawn() -> None:
    relay = RelayNode(id="r", listen="tcp://127.0.0.1:6556", target="tcp://127.0.0.1:5556")
    station = socket("p", "PUB", bind=("tcp://*:5556",))
    links = (Link(id="in", source="p", target="r"), Link(id="out", source="r", target="s"))
    document = Document(nodes=(station, relay, socket("s", "SUB")), links=links)
    wire = link_wire(document, links[0])
    assert (wire.binder, wire.endpoint) == ("p", "tcp://127.0.0.1:5556")
    wire = link_wire(document, links[1])
    assert (wire.binder, wire.endpoint) == ("r", "tcp://127.0.0.1:6556")
    client = socket("s", "SUB", connect=("tcp://127.0.0.1:6556",))
    document = Document(nodes=(relay, client), links=(Link(id="out", source="r", target="s"),))
    assert link_wire(document, document.links[0]).binder == "r"


def test_every_kind_of_node_can_be_an_end() -> None:
    unknown = UnknownNode(id="u", record={}, problem="")
    spy = SpyNode(id="y", connect=("tcp://127.0.0.1:5556",))
    for other in (unknown, spy):
        document, link = wired(socket("p", "PUB"), other)
        assert link_wire(document, link).binder == "p"
    gone = Link(id="l", source="nobody", target="nowhere")
    assert link_wire(Document(), gone).endpoint == "tcp://127.0.0.1:*"
