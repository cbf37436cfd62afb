"""Relays that lead back to themselves are found; those that only look so are not."""

from __future__ import annotations

import pytest

from zinspector.topology.circles import circle
from zinspector.topology.document import Document, RelayNode


def drawn(*pairs: tuple[str, str]) -> Document:
    nodes = tuple(RelayNode(id=f"t{n}", listen=listen, target=target) for n, (listen, target) in enumerate(pairs, 1))
    return Document(nodes=nodes)


def ids(document: Document) -> list[list[str]]:
    found = [circle(document, node) for node in document.nodes if isinstance(node, RelayNode)]
    return [[node.id for node in path] for path in found]


@pytest.mark.parametrize(
    ("listen", "target"),
    [
        ("tcp://127.0.0.1:5555", "tcp://127.0.0.1:5555"),
        ("tcp://127.0.0.1:5555", "tcp://localhost:5555"),
        ("tcp://*:5555", "tcp://127.0.0.1:5555"),
        ("tcp://*:5555", "tcp://localhost:5555"),
        ("tcp://[::]:5555", "tcp://[::1]:5555"),
        ("tcp://broker:5555", "tcp://broker:5555"),
    ],
)
def test_a_relay_to_itself_is_a_circle(listen: str, target: str) -> None:
    assert ids(drawn((listen, target))) == [["t1"]]


@pytest.mark.parametrize(
    ("listen", "target"),
    [
        ("tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556"),
        ("tcp://*:5555", "tcp://10.0.0.7:5555"),  # the same port of another machine
        ("tcp://*:5555", "tcp://broker:5555"),
        ("tcp://127.0.0.1:*", "tcp://127.0.0.1:5555"),
        ("ipc:///run/feed", "ipc:///run/feed"),  # takes the path over
        ("ipc:///run/feed", "tcp://127.0.0.1:5555"),
        ("nonsense", "tcp://127.0.0.1:5555"),
        ("tcp://127.0.0.1:5555", "nonsense"),
    ],
)
def test_what_leads_elsewhere_is_none(listen: str, target: str) -> None:
    assert ids(drawn((listen, target))) == [[]]


def test_relays_that_lead_to_each_other() -> None:
    a, b, c = "tcp://127.0.0.1:5001", "tcp://127.0.0.1:5002", "ipc:///run/c"
    assert ids(drawn((a, b), (b, c), (c, a))) == [["t1", "t2", "t3"], ["t2", "t3", "t1"], ["t3", "t1", "t2"]]
    assert ids(drawn((a, b), (b, c), (c, b))) == [[], ["t2", "t3"], ["t3", "t2"]]
