"""Addresses: what is read, what is refused and why; checked against what libzmq makes of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from zinspector.errors import EndpointError
from zinspector.topology.endpoints import TRANSPORTS, Endpoint, free, parse


@pytest.fixture
def pair() -> Iterator[zmq.Socket[bytes]]:
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        socket.linger = 0
        socket.ipv6 = True
        yield socket


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://127.0.0.1:5556", Endpoint("tcp", "127.0.0.1", 5556)),
        ("tcp://127.0.0.1:*", Endpoint("tcp", "127.0.0.1", None)),
        ("tcp://*:5556", Endpoint("tcp", "*", 5556)),
        ("tcp://lo:*", Endpoint("tcp", "lo", None)),
        ("tcp://my-host.example:80", Endpoint("tcp", "my-host.example", 80)),
        ("tcp://[::1]:5556", Endpoint("tcp", "::1", 5556)),
        ("tcp://[fe80::1%eth0]:5556", Endpoint("tcp", "fe80::1%eth0", 5556)),
        ("tcp://192.168.1.2:0;10.0.0.1:5556", Endpoint("tcp", "10.0.0.1", 5556, interface="192.168.1.2:0")),
        ("ipc:///tmp/feed.ipc", Endpoint("ipc", path="/tmp/feed.ipc")),
        ("ipc://@feed", Endpoint("ipc", path="@feed")),
        ("ipc://*", Endpoint("ipc", path="*")),
        ("inproc://a b", Endpoint("inproc", path="a b")),
        ("pgm://eth0;239.192.1.1:5556", Endpoint("pgm", "239.192.1.1", 5556, interface="eth0")),
        ("epgm://239.192.1.1:5556", Endpoint("epgm", "239.192.1.1", 5556)),
        ("ws://127.0.0.1:80/feed/x", Endpoint("ws", "127.0.0.1", 80, path="/feed/x")),
        ("wss://*:*", Endpoint("wss", "*", None)),
        ("udp://239.0.0.1:5556", Endpoint("udp", "239.0.0.1", 5556)),
        ("tipc://{5555,0,0}", Endpoint("tipc", path="{5555,0,0}")),
        ("vmci://*:5556", Endpoint("vmci", "*", 5556)),
        ("norm://127.0.0.1:5556", Endpoint("norm", "127.0.0.1", 5556)),
    ],
)
def test_an_address_is_read_into_parts(text: str, expected: Endpoint) -> None:
    found = parse(text)
    assert (found.transport, found.host, found.port) == (expected.transport, expected.host, expected.port)
    assert (found.path, found.interface) == (expected.path, expected.interface)
    assert str(found) == text
    assert text.startswith(found.scheme)


@pytest.mark.parametrize(("text", "canonical"), [("tcp://::1:80", "tcp://[::1]:80"), ("tcp://a:0", "tcp://a:*")])
def test_other_spellings_become_one(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical
    assert parse(text) == parse(canonical)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not an address"),
        ("127.0.0.1:5556", "not an address"),
        ("tcp:/127.0.0.1:5556", "not an address"),
        ("TCP://127.0.0.1:5556", "no transport 'TCP'"),
        ("http://127.0.0.1:80", "no transport 'http'"),
        ("tcp://", "nothing stands behind"),
        ("tcp://127.0.0.1", "port is missing"),
        ("tcp://[::1]", "port is missing"),
        ("tcp://:5556", "host is missing"),
        ("tcp://exa mple:5556", "not a host"),
        ("tcp://[::zz]:5556", "not an IPv6 address"),
        ("tcp://127.0.0.1:70000", "'70000' is not a port"),
        ("tcp://127.0.0.1:5556x", "not a port"),
        ("tcp://127.0.0.1:-5", "not a port"),
        ("tcp://127.0.0.1:٣", "not a port"),
        ("tcp://;127.0.0.1:80", "nothing stands before"),
        ("tcp://a\n:80", "control characters"),
        ("ipc://", "nothing stands behind"),
        ("ipc://@", "needs a name"),
        ("ipc:///tmp/" + "x" * 103, "at most 107 bytes, this one has 108"),
        ("ipc:///tmp/" + "é" * 52, "at most 107 bytes, this one has 109"),
        ("inproc://", "nothing stands behind"),
        ("pgm://eth0;127.0.0.1:5556", "multicast"),
        ("epgm://eth0;239.0.0.1:*", "multicast"),
    ],
)
def test_a_wrong_address_is_refused_with_a_remedy(text: str, says: str) -> None:
    with pytest.raises(EndpointError) as caught:
        parse(text)
    assert says in caught.value.text
    assert caught.value.where == text
    assert caught.value.remedy


@given(st.text() | st.sampled_from(TRANSPORTS).flatmap(lambda name: st.text().map(lambda rest: f"{name}://{rest}")))
def test_any_text_is_an_endpoint_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except EndpointError:
        return
    assert parse(str(found)) == found
    str(found).encode()


@given(st.ip_addresses(v=6), st.integers(1, 65535))
def test_every_ipv6_address_survives(address: object, port: int) -> None:
    found = parse(f"tcp://[{address}]:{port}")
    assert (found.host, found.port) == (str(address), port)


@pytest.mark.parametrize(
    "text",
    ["tcp://127.0.0.1:*", "tcp://localhost:*", "tcp://lo:*", "tcp://*:*", "tcp://127.0.0.1:0", "ipc://*", "inproc://x"],
)
def test_libzmq_binds_what_we_accept(pair: zmq.Socket[bytes], text: str) -> None:
    pair.bind(str(parse(text)))
    bound = parse(pair.last_endpoint.rstrip(b"\0").decode())
    assert not bound.is_wildcard
    assert bound.transport == parse(text).transport


@pytest.mark.parametrize(
    "text",
    ["tcp://127.0.0.1", "tcp://:5999", "TCP://127.0.0.1:*", "ipc://", "ipc://@", "inproc://", "ipc://@" + "x" * 107],
)
def test_libzmq_refuses_what_we_refuse(pair: zmq.Socket[bytes], text: str) -> None:
    with pytest.raises(zmq.ZMQError):
        pair.bind(text)
    with pytest.raises(EndpointError):
        parse(text)


def test_the_longest_ipc_path_that_libzmq_takes(pair: zmq.Socket[bytes]) -> None:
    longest = "ipc://@" + "x" * 106
    pair.bind(str(parse(longest)))


@pytest.mark.parametrize("text", ["tcp://127.0.0.1:*", "tcp://*:0", "ipc://*", "tipc://<*>", "ws://*:*"])
def test_wildcards(text: str) -> None:
    assert parse(text).is_wildcard
    assert not parse(text).same_place(parse(text))


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("tcp://127.0.0.1:5556", "tcp://127.0.0.1:5556", True),
        ("tcp://*:5556", "tcp://127.0.0.1:5556", True),
        ("tcp://0.0.0.0:5556", "tcp://*:5556", True),
        ("tcp://localhost:5556", "tcp://127.0.0.1:5556", True),
        ("tcp://[0:0::1]:5556", "tcp://[::1]:5556", True),
        ("tcp://HOST:5556", "tcp://host:5556", True),
        ("tcp://127.0.0.1:5556", "ws://127.0.0.1:5556/x", True),
        ("tcp://127.0.0.1:5556", "tcp://127.0.0.1:5557", False),
        ("tcp://10.0.0.1:5556", "tcp://127.0.0.1:5556", False),
        ("tcp://127.0.0.1:5556", "udp://127.0.0.1:5556", False),
        ("ipc:///tmp/a", "ipc:///tmp/./a", True),
        ("ipc://@a", "ipc://a", False),
        ("inproc://a", "inproc://a", True),
        ("inproc://a", "ipc://a", False),
        ("epgm://eth0;239.0.0.1:5", "epgm://eth0;239.0.0.1:5", True),
    ],
)
def test_two_binds_that_would_meet(first: str, second: str, same: bool) -> None:
    assert parse(first).same_place(parse(second)) is same
    assert parse(second).same_place(parse(first)) is same


@pytest.mark.parametrize(
    ("bound", "reached"),
    [
        ("tcp://*:5556", "tcp://127.0.0.1:5556"),
        ("tcp://0.0.0.0:5556", "tcp://127.0.0.1:5556"),
        ("tcp://[::]:5556", "tcp://[::1]:5556"),
        ("tcp://10.0.0.1:5556", "tcp://10.0.0.1:5556"),
        ("ipc:///tmp/a", "ipc:///tmp/a"),
    ],
)
def test_how_a_bound_address_is_reached(bound: str, reached: str) -> None:
    assert parse(bound).reachable() == parse(reached)


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc", "ws", "tipc"])
def test_a_free_address_can_be_read(transport: str) -> None:
    assert parse(free(transport, "node")).transport == transport
