"""Which wires may be, and which way round they run."""

from __future__ import annotations

import itertools

import pytest

from zinspector.topology.document import Document, ExternalNode, ImportNode, Link, ProxyNode, ProxySide, SocketNode
from zinspector.topology.socket_types import SOCKET_TYPES, compatible
from zinspector.ui.canvas.wires import linked, ports, propose

NONE: frozenset[str] = frozenset()


def node(kind: str, name: str = "") -> SocketNode:
    return SocketNode(id=name or kind.lower(), type=kind)


@pytest.mark.parametrize(("first", "second"), list(itertools.product(SOCKET_TYPES, repeat=2)))
def test_a_pair_that_libzmq_accepts_can_be_drawn_from_either_end(first, second) -> None:
    a, b = node(first, "a"), node(second, "b")
    wires = [propose(start, port, end, NONE) for start, end in ((a, b), (b, a)) for port in ports(start)]
    assert all(bool(wire.problem) != compatible(first, second) for wire in wires)
    if compatible(first, second) and len(ports(a)) == len(ports(b)) == 1:
        assert len({(wire.source, wire.target) for wire in wires}) == 1


def test_messages_run_from_the_sender() -> None:
    wire = propose(node("SUB"), "inlet", node("PUB"), NONE)
    assert (wire.source, wire.target, wire.problem) == ("pub", "sub", "")


def test_a_proxy_is_wired_by_its_sides() -> None:
    queue = ProxyNode(id="queue", frontend=ProxySide("ROUTER"), backend=ProxySide("DEALER"))
    assert not propose(node("REQ"), "outlet", queue, NONE).problem
    assert not propose(queue, "outlet", node("REP"), NONE).problem
    assert propose(queue, "outlet", node("SUB"), NONE).problem


def test_an_external_program_of_unknown_type_takes_any_wire() -> None:
    assert not propose(node("PUB"), "outlet", ExternalNode(id="x"), NONE).problem


def test_refusals_are_sentences() -> None:
    pub = node("PUB")
    assert propose(pub, "outlet", pub, NONE).problem == "A node can't be wired to itself"
    assert "already linked" in propose(pub, "outlet", node("SUB"), frozenset({"sub"})).problem
    assert "no socket" in propose(pub, "outlet", ImportNode(id="i", file="x"), NONE).problem


def test_linked() -> None:
    document = Document(nodes=(node("PUB"), node("SUB")), links=(Link(id="l", source="pub", target="sub"),))
    assert linked(document, "pub") == {"sub"}
    assert linked(document, "sub") == {"pub"}
