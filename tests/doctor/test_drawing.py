"""Every finding from the drawing: provoked, and absent on the healthy twin."""

from __future__ import annotations

import pytest

from zinspector.doctor.drawing import check
from zinspector.doctor.finding import Finding
from zinspector.topology.document import (
    Behaviour,
    Document,
    ExternalNode,
    FrameTemplate,
    Link,
    ProxyNode,
    ProxySide,
    SocketNode,
    SpyNode,
)

HAS = frozenset({"ipc", "curve"})


def socket(node_id: str, kind: str, **fields: object) -> SocketNode:
    if kind in ("SUB", "XSUB"):
        fields.setdefault("subscriptions", ("",))
    if kind == "REP":
        fields.setdefault("behaviour", Behaviour("echo"))
    return SocketNode(id=node_id, type=kind, **fields)


def generate(text: str) -> Behaviour:
    return Behaviour("generate", rate=1.0, frames=(FrameTemplate("text", text),))


def wired(*nodes: object, **link: object) -> Document:
    ends = {"source": nodes[0].id, "target": nodes[1].id, **link}
    return Document(nodes=nodes, links=(Link(id="l1", **ends),))


def codes(document: Document) -> list[tuple[str, str | None, str | None]]:
    return [(found.code, found.node, found.link) for found in check(document, HAS)]


def forwarded(source: str, through: str, far: str) -> Document:
    """What `f` takes goes through `d` to another."""
    taking = socket("f", source, bind=("tcp://127.0.0.1:*",), behaviour=Behaviour("forward", to="d"))
    document = wired(socket("d", through), socket("r", far))
    return document.with_node(taking)


HEALTHY = [
    wired(socket("p", "PUB"), socket("s", "SUB")),
    wired(socket("p", "XPUB"), socket("s", "XSUB")),
    wired(socket("p", "PUSH"), socket("s", "PULL"), transport="ipc"),
    wired(socket("p", "REQ"), socket("s", "REP"), endpoint="tcp://127.0.0.1:5555"),
    wired(socket("p", "DEALER"), socket("s", "ROUTER"), transport="inproc"),
    wired(socket("p", "PAIR"), socket("s", "PAIR")),
    wired(socket("p", "STREAM"), socket("s", "STREAM")),
    wired(
        socket("p", "REQ"),
        ProxyNode(id="q", frontend=ProxySide("ROUTER"), backend=ProxySide("DEALER")),
    ),
    Document(nodes=(socket("p", "PUB", bind=("tcp://127.0.0.1:*", "tcp://127.0.0.1:*")),)),
    forwarded("ROUTER", "DEALER", "REP"),
    forwarded("PULL", "REQ", "REP"),
    forwarded("PULL", "DEALER", "ROUTER"),
    wired(socket("d", "DEALER", behaviour=generate("x")), socket("r", "REP")),
]


@pytest.mark.parametrize("document", HEALTHY)
def test_a_healthy_drawing_has_no_findings(document: Document) -> None:
    assert codes(document) == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (wired(socket("p", "PUB"), socket("s", "SUB", subscriptions=())), ("Z101", "s", None)),
        (wired(socket("p", "XPUB"), socket("s", "XSUB", subscriptions=())), ("Z101", "s", None)),
        (wired(socket("p", "PUSH"), socket("s", "SUB")), ("Z102", None, "l1")),
        (
            wired(socket("p", "PUB"), ProxyNode(id="q", frontend=ProxySide("ROUTER"), backend=ProxySide("DEALER"))),
            ("Z102", None, "l1"),
        ),
        (Document(nodes=(socket("a", "PULL"),)), ("Z103", "a", None)),
        (Document(nodes=(SpyNode(id="spy"),)), ("Z103", "spy", None)),
        (Document(nodes=(socket("a", "PULL", connect=("inproc://x",)),)), ("Z103", "a", None)),
        (wired(socket("p", "REQ"), socket("s", "REP", behaviour=Behaviour("sink"))), ("Z106", "s", None)),
        (wired(socket("p", "REQ"), socket("s", "REP", behaviour=Behaviour("manual"))), ("Z106", "s", None)),
        (forwarded("PULL", "DEALER", "REP"), ("Z115", "f", None)),
        (forwarded("REP", "DEALER", "REP"), ("Z115", "f", None)),
        (wired(socket("p", "PUB", behaviour=generate("{{nonsense}}")), socket("s", "SUB")), ("Z100", "p", None)),
    ],
)
def test_each_mistake_is_found_once(document: Document, expected: tuple[str, str | None, str | None]) -> None:
    assert codes(document) == [expected]


def test_an_external_program_that_binds_nothing_known() -> None:
    program = ExternalNode(id="e", type="PUB")
    assert ("Z103", "e", "l1") in codes(wired(program, socket("s", "SUB"), binds="from"))
    known = ExternalNode(id="e", type="PUB", bind=("tcp://127.0.0.1:5556",))
    assert codes(wired(known, socket("s", "SUB"), binds="from")) == []


def test_an_xsub_that_is_fed_subscriptions_by_a_forwarder_is_fine() -> None:
    front = socket("x", "XPUB", behaviour=Behaviour("forward", to="y"), bind=("tcp://127.0.0.1:*",))
    back = socket("y", "XSUB", subscriptions=(), bind=("tcp://127.0.0.1:*",))
    assert codes(Document(nodes=(front, back))) == []


def test_every_finding_says_what_to_do() -> None:
    document = Document(
        nodes=(
            socket("a", "SUB", subscriptions=()),
            socket("r", "REP", behaviour=Behaviour("sink")),
            socket("b", "PUB", bind=("tcp://127.0.0.1:5555",)),
            socket("c", "PUB", bind=("tcp://*:5555",)),
        )
    )
    findings = check(document)
    assert {found.code for found in findings} == {"Z101", "Z103", "Z104", "Z106", "Z114"}
    assert all(found.remedy and found.text for found in findings)
    order = [found.severity for found in findings]
    assert order == sorted(order, key=["error", "warning", "info"].index)


def test_a_finding_as_json_has_the_fields_of_the_report() -> None:
    record = Finding("Z101", "error", "text", node="a").as_json()
    assert {"code", "severity", "node", "link", "text"} <= record.keys()
    assert Finding("Z101", "error", "t", node="a").where == "node a"
    assert Finding("Z102", "error", "t", link="l").where == "link l"
    assert Finding("Z100", "error", "t").where == "document"
