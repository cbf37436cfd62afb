"""Probing other implementations: what they tell, and that none of them hands the prober a message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import zmq

from tests.helpers.foreign import KINDS, Foreign, ForeignSocket, foreign
from tests.helpers.waiting import PATIENCE_S, wait_here_until
from zinspector.runtime.probe import Probed, probe, probe_all

OTHERS = [kind for kind in KINDS if kind != "pyzmq"]
TYPES = ("PUB", "SUB", "PUSH", "PULL", "REQ", "REP", "ROUTER", "DEALER", "PAIR")


@pytest.fixture(scope="module", params=OTHERS)
def peer(request: pytest.FixtureRequest) -> Iterator[Foreign]:
    with foreign(request.param) as started:
        yield started


def asked(address: str) -> Probed:
    return asyncio.run(probe(address, PATIENCE_S))


@pytest.mark.parametrize("name", TYPES)
def test_version_and_type(peer: Foreign, name: str) -> None:
    with peer.open(name, "bind", "tcp://127.0.0.1:*") as listener:
        found = asked(listener.address).found
        assert (found.kind, found.version, found.socket_type) == ("zmtp", peer.version, name)
        assert found.mechanism == (None if peer.version == (2, 0) else "NULL")
        assert found.anomalies == ()


@pytest.mark.parametrize("name", ["PUSH", "DEALER"])
def test_no_message_is_handed_over(peer: Foreign, name: str) -> None:
    """All messages reach the one real peer, though probes come and go before and between them."""
    with peer.open(name, "bind", "tcp://127.0.0.1:*") as sender, receiver_of(sender, name) as receiver:
        assert {answer.state for answer in asyncio.run(probe_all([sender.address] * 10, PATIENCE_S))} == {"zmtp"}
        if peer.version == (2, 0):
            assert_undisturbed_soon(sender, receiver)  # it gives every connection a queue: see zmtp/probing.py
            return
        for i in range(6):
            sender.send(*((b"%d.%d" % (i, k),) for k in range(20)))
            assert asked(sender.address).found.socket_type == name
        expected = [b"%d.%d" % (i, k) for i in range(6) for k in range(20)]
        assert [receiver.recv() for _ in expected] == expected


@contextmanager
def receiver_of(sender: ForeignSocket, name: str) -> Iterator[zmq.Socket[bytes]]:
    """A socket of ours that the sender has as its peer."""
    with zmq.Context() as context, context.socket(zmq.PULL if name == "PUSH" else zmq.DEALER) as receiver:
        receiver.setsockopt(zmq.LINGER, 0)
        receiver.setsockopt(zmq.RCVTIMEO, 60_000)
        receiver.connect(sender.address)
        if name == "PUSH":  # it waits until it has a peer
            sender.send((b"first",))
            assert receiver.recv() == b"first"
        else:
            receiver.send(b"here I am")
            assert sender.receive() == (b"here I am",)
        yield receiver


def assert_undisturbed_soon(sender: ForeignSocket, receiver: zmq.Socket[bytes]) -> None:
    """After a while nothing is missing any more: no queue of a probe is left."""
    in_a_row = 0

    def sound() -> bool:
        nonlocal in_a_row
        sender.send((b"still there?",))
        in_a_row = in_a_row + 1 if receiver.poll(100) else 0
        while receiver.poll(0):
            receiver.recv()
        return in_a_row == 25

    wait_here_until(sound)
