"""Legs over the loopback go unpaced; what may leave the host keeps what the machine was set to."""

from __future__ import annotations

import socket
import sys

import pytest

from tests.helpers.relayed import Told, joined, listening, on_uvloop, relay_to
from zinspector.runtime.addresses import Place
from zinspector.runtime.pacing import UNPACED, on_loopback, pace_nothing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a socket choose")


def congestion_control(leg: socket.socket) -> bytes:
    return leg.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0")


def test_both_legs_of_a_relay_on_the_loopback_go_unpaced() -> None:
    async def main() -> None:
        listener, target = listening()
        async with relay_to(target, Told()) as (relay, address):
            client, served = await joined(address, listener)
            (circuit,) = relay.circuits
            assert circuit.target is not None
            assert congestion_control(circuit.client) == congestion_control(circuit.target) == UNPACED
            client.close()
            served.close()
        listener.close()

    on_uvloop(main())


@pytest.mark.parametrize(
    ("host", "stays"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("", False),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("fe80::1%lo", False),
    ],
)
def test_only_the_loopback_stays_on_the_host(host: str, stays: bool) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    place = Place(family, (host, 5555))
    assert on_loopback(place) == stays
    with socket.socket(family, socket.SOCK_STREAM) as leg:
        before = congestion_control(leg)
        pace_nothing(leg, place)
        assert congestion_control(leg) == (UNPACED if stays else before)


def test_a_path_has_no_pace() -> None:
    place = Place(socket.AF_UNIX, "/a/path")
    assert not on_loopback(place)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as leg:
        pace_nothing(leg, place)
