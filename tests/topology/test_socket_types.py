"""The table of socket types, held against the handshakes of real sockets."""

from __future__ import annotations

import time
from itertools import combinations_with_replacement
from typing import get_args

import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from tests.helpers.waiting import PATIENCE_S
from zinspector.topology.document import SocketType
from zinspector.topology.socket_types import SOCKET_TYPES, compatible, why_incompatible

NAMES: tuple[SocketType, ...] = get_args(SocketType)
PAIRS = list(combinations_with_replacement(NAMES, 2))
ZMTP_PAIRS = [pair for pair in PAIRS if "STREAM" not in pair]
DECIDED = {
    zmq.EVENT_HANDSHAKE_SUCCEEDED: True,
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: False,
    zmq.EVENT_DISCONNECTED: False,
}


def handshakes(context: zmq.Context[zmq.Socket[bytes]], first: str, second: str) -> bool:
    """Whether a connection between two real sockets gets through its handshake."""
    with context.socket(getattr(zmq, first)) as binder, context.socket(getattr(zmq, second)) as connector:
        binder.linger = connector.linger = 0
        port = binder.bind_to_random_port("tcp://127.0.0.1")
        monitor = connector.get_monitor_socket()
        try:
            connector.connect(f"tcp://127.0.0.1:{port}")
            end = time.monotonic() + PATIENCE_S
            while time.monotonic() < end:
                if monitor.poll(100):
                    event = int(recv_monitor_message(monitor)["event"])
                    if event in DECIDED:
                        return DECIDED[event]
        finally:
            connector.disable_monitor()
            monitor.close()
    raise AssertionError(f"{first} and {second}: no decision")


def test_libzmq_agrees_about_every_pair() -> None:
    with zmq.Context() as context:
        for first, second in ZMTP_PAIRS:
            assert handshakes(context, first, second) is compatible(first, second), (first, second)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_compatibility_goes_both_ways(first: SocketType, second: SocketType) -> None:
    assert compatible(first, second) is compatible(second, first)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_why_not_is_said_exactly_when_they_cannot_talk(first: SocketType, second: SocketType) -> None:
    reason = why_incompatible(first, second)
    assert bool(reason) is not compatible(first, second)
    if reason:
        assert all(peer in reason for peer in SOCKET_TYPES[first].peers)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("PUB", "PUSH", "they belong to different patterns; PUB talks to SUB or XSUB"),
        ("PUB", "XPUB", "both are on the same side of publish and subscribe; PUB talks to SUB or XSUB"),
        ("PUSH", "PUSH", "two PUSH have nothing to say to each other; PUSH talks to PULL"),
        ("REP", "ROUTER", "both follow a turn that the other one does not take; REP talks to DEALER or REQ"),
        ("STREAM", "PAIR", "STREAM is plain TCP and the other one speaks ZMTP; STREAM talks to STREAM"),
    ],
)
def test_the_reason_is_true(first: SocketType, second: SocketType, reason: str) -> None:
    assert why_incompatible(first, second) == reason


def refuses(socket: zmq.Socket[bytes], operation: str) -> bool:
    """Whether the socket type does not know the operation at all (rather than can't do it now)."""
    try:
        if operation == "send":
            socket.send(b"", zmq.NOBLOCK)
        else:
            socket.recv(zmq.NOBLOCK)
    except zmq.ZMQError as error:
        return error.errno == zmq.ENOTSUP
    return False


@pytest.mark.parametrize("name", NAMES)
def test_sending_and_receiving_are_what_libzmq_allows(name: SocketType) -> None:
    info = SOCKET_TYPES[name]
    with zmq.Context() as context, context.socket(getattr(zmq, name)) as socket:
        assert refuses(socket, "send") is not info.can_send
        assert refuses(socket, "receive") is not info.can_receive


def test_the_default_behaviour_is_one_that_the_type_can_show() -> None:
    for info in SOCKET_TYPES.values():
        assert info.can_send or info.default_behaviour in ("sink", "manual")
        assert info.can_receive or info.default_behaviour in ("generate", "manual")
        assert info.subscribes is (info.name in ("SUB", "XSUB"))
        assert info.blurb.endswith(".")
