"""Every shipped sample opens without a problem, runs, and loses nothing that its patterns promise to deliver."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.waiting import wait_until
from zinspector.capture.store import Store
from zinspector.doctor.drawing import check
from zinspector.runtime.session import Counters, Session
from zinspector.shipped import shipped
from zinspector.topology import files
from zinspector.topology.document import Behaviour, Document, SocketNode

SAMPLES = sorted(shipped("resources/samples").glob("*.zin.json"))
ONE_WAY = (("PUSH", "PULL"), ("PAIR", "PAIR"))
BOTH_WAYS = (("REQ", "REP"), ("DEALER", "ROUTER"))
LOSSLESS = (*ONE_WAY, *BOTH_WAYS, *((receiver, sender) for sender, receiver in BOTH_WAYS))


def sent_and_received(document: Document, counters: Counters, sender: str, receiver: str) -> tuple[int, int]:
    """Messages sent by all sockets of one type, and received by all of the other."""
    types = {node.id: node.type for node in document.nodes if isinstance(node, SocketNode)}
    sent = sum(count.sent for node, count in counters.nodes.items() if types.get(node) == sender)
    received = sum(count.received for node, count in counters.nodes.items() if types.get(node) == receiver)
    return sent, received


def without_generators(document: Document) -> Document:
    for node in document.nodes:
        if isinstance(node, SocketNode) and node.behaviour.kind == "generate":
            document = document.with_node(replace(node, behaviour=Behaviour("manual")))
    return document


def all_arrived(document: Document, session: Session) -> bool:
    pairs = [sent_and_received(document, session.counters(), *pair) for pair in LOSSLESS]
    return all(sent == received for sent, received in pairs)


def test_the_twelve_samples_and_the_demo_are_there() -> None:
    assert len(SAMPLES) == 13


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name.removesuffix(".zin.json"))
def test_a_sample_is_without_fault(path: Path) -> None:
    loaded = files.load(path)
    assert loaded.problems == ()
    assert [found for found in check(loaded.document) if found.severity != "info"] == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name.removesuffix(".zin.json"))
def test_a_sample_runs_and_delivers(path: Path) -> None:
    document = files.load(path).document

    async def main() -> None:
        store = Store()
        session = Session(store, base=path.parent)
        try:
            await session.apply(document)
            await wait_until(lambda: all(session.counters().links[link.id].messages for link in document.links))
            await session.apply(without_generators(document))
            await wait_until(lambda: all_arrived(document, session))
            session.flush()
            assert session.findings() == []
            counters = session.counters()
            assert store.captured > 0
            assert store.captured == store.retained + store.evicted
            assert all(count.errors == 0 for count in counters.nodes.values())
        finally:
            await session.close()

    asyncio.run(main())
