"""Against real libzmq: what passes between two sockets of each type, parsed, is what they sent and received."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import zmq
from zmq.auth.thread import ThreadAuthenticator

from tests.helpers import zmtp
from tests.helpers.byteproxy import ByteProxy, byte_proxy
from tests.helpers.waiting import wait_here_until
from zinspector.zmtp.connection import Connection
from zinspector.zmtp.events import Command, Event, Handshake, Message, NotZmtp, Side

TIMEOUT_MS = 5000
Frames = list[bytes]


@dataclass
class Pair:
    """A socket that listens, one that connected to it through the proxy, and the proxy."""

    bind: zmq.Socket[bytes]
    connect: zmq.Socket[bytes]
    proxy: ByteProxy

    def told(self, **options: bool) -> tuple[Connection, dict[Side, list[Event]]]:
        """What the parser says of all that passed."""
        connection = Connection()
        return connection, zmtp.told(connection, self.proxy.conversations[0], ends=False, **options)


@contextmanager
def pair(connect: int, bind: int, **options: dict[int, bytes | int]) -> Iterator[Pair]:
    """Sockets with options: `of_bind={zmq.PLAIN_SERVER: 1}`, `of_connect={...}`."""
    with zmq.Context() as context, context.socket(bind) as listening, context.socket(connect) as connecting:
        for zocket, which in ((listening, "of_bind"), (connecting, "of_connect")):
            zocket.linger, zocket.rcvtimeo, zocket.sndtimeo = 0, TIMEOUT_MS, TIMEOUT_MS
            for option, value in options.get(which, {}).items():
                zocket.set(option, value)
        port = listening.bind_to_random_port("tcp://127.0.0.1")
        with byte_proxy(port) as proxy:
            connecting.connect(proxy.address)
            yield Pair(listening, connecting, proxy)


def many(seed: int, count: int = 300) -> list[Frames]:
    rng = random.Random(seed)
    sizes = [0, 1, 5, 16, 100, 255, 256, 1000, 9000]
    return [[rng.randbytes(rng.choice(sizes)) for _ in range(rng.choice([1, 1, 2, 5]))] for _ in range(count - 1)] + [
        [b"last", bytes(2 << 20)]
    ]


def frames(events: Sequence[Event]) -> list[tuple[tuple[bytes, ...], tuple[int, ...]]]:
    return [(event.frames, event.true_sizes) for event in events if isinstance(event, Message)]


def as_told(sent: Sequence[Frames]) -> list[tuple[tuple[bytes, ...], tuple[int, ...]]]:
    """What the parser should tell of these messages: long frames by their heads."""
    return [(tuple(part[: 1 << 20] for part in parts), tuple(map(len, parts))) for parts in sent]


def send_all(sender: zmq.Socket[bytes], receiver: zmq.Socket[bytes], sent: list[Frames], to: Frames) -> list[Frames]:
    """Send and receive in turns, so that nothing is dropped; `to` is put before each message."""
    received = []
    for parts in sent:
        sender.send_multipart([*to, *parts])
        received.append(receiver.recv_multipart())
    return received


TYPES = {
    "PUSH-PULL": (zmq.PUSH, zmq.PULL),
    "PULL-PUSH": (zmq.PULL, zmq.PUSH),
    "DEALER-DEALER": (zmq.DEALER, zmq.DEALER),
    "PAIR-PAIR": (zmq.PAIR, zmq.PAIR),
    "XSUB-XPUB": (zmq.XSUB, zmq.XPUB),
    "SUB-XPUB": (zmq.SUB, zmq.XPUB),
    "DEALER-ROUTER": (zmq.DEALER, zmq.ROUTER),
    "REQ-ROUTER": (zmq.REQ, zmq.ROUTER),
    "REQ-REP": (zmq.REQ, zmq.REP),
    "DEALER-REP": (zmq.DEALER, zmq.REP),
}


def check(pair: Pair, ways: dict[Side, list[Frames]]) -> Connection:
    """Both paths tell what was sent, and nothing is wrong with it."""
    for scan in (False, True):
        connection, found = pair.told(scan=scan)
        for side, sent in ways.items():
            assert frames(found[side]) == as_told(sent)
        assert zmtp.codes(found["connect"] + found["bind"]) == []
        assert all(peer.ready for peer in connection.peers.values())
    return connection


@pytest.mark.parametrize("names", ["PUSH-PULL", "PULL-PUSH", "DEALER-DEALER", "PAIR-PAIR"])
def test_one_way_and_both_ways(names: str) -> None:
    with pair(*TYPES[names]) as both:
        sent: dict[Side, list[Frames]] = {}
        first, second = names.split("-")
        if first != "PULL":
            sent["connect"] = many(1)
            assert send_all(both.connect, both.bind, sent["connect"], []) == sent["connect"]
        if second != "PULL":
            sent["bind"] = many(2)
            assert send_all(both.bind, both.connect, sent["bind"], []) == sent["bind"]
        connection = check(both, sent)
        assert [peer.socket_type for peer in connection.peers.values()] == [first, second]
        assert connection.version == (3, 1)


@pytest.mark.parametrize("identity", [b"", b"client-7", b"\0odd", b"i" * 255])
def test_a_router_and_its_clients(identity: bytes) -> None:
    of_connect = {zmq.ROUTING_ID: identity} if identity else {}
    with pair(zmq.DEALER, zmq.ROUTER, of_connect=of_connect) as both:
        sent = many(3, 50)
        received = send_all(both.connect, both.bind, sent, [])
        routing_id = received[0][0]
        assert [parts[1:] for parts in received] == sent
        assert send_all(both.bind, both.connect, sent, [routing_id]) == sent
        connection, found = both.told(scan=True)
        assert frames(found["connect"]) == frames(found["bind"]) == as_told(sent)
        assert connection.peers["connect"].identity == identity
        assert zmtp.codes(found["connect"]) == (["nul-identity"] if identity[:1] == b"\0" else [])


@pytest.mark.parametrize("names", ["REQ-ROUTER", "REQ-REP", "DEALER-REP"])
def test_requests_and_replies(names: str) -> None:
    envelope = [b""] if names.startswith("DEALER") else []
    with pair(*TYPES[names]) as both:
        sent = many(4, 60)
        for parts in sent:
            both.connect.send_multipart([*envelope, *parts])
            got = both.bind.recv_multipart()
            assert got[-len(parts) :] == parts
            both.bind.send_multipart(got)
            assert both.connect.recv_multipart()[len(envelope) :] == parts
        wire: list[Frames] = [[b"", *parts] for parts in sent]
        check(both, {"connect": wire, "bind": wire})


@pytest.mark.parametrize("names", ["SUB-XPUB", "XSUB-XPUB"])
def test_publishing_and_subscribing(names: str) -> None:
    with pair(*TYPES[names]) as both:
        subscriber, publisher = both.connect, both.bind
        topics = [b"", b"weather.", b"x" * 245, b"y" * 300]
        for topic in topics:
            if names == "SUB-XPUB":
                subscriber.set(zmq.SUBSCRIBE, topic)
            else:
                subscriber.send(b"\1" + topic)
            assert publisher.recv() == b"\1" + topic
        sent = many(5, 100)
        assert send_all(publisher, subscriber, sent, []) == sent
        for topic in topics[1:]:
            subscriber.set(zmq.UNSUBSCRIBE, topic) if names == "SUB-XPUB" else subscriber.send(b"\0" + topic)
            assert publisher.recv() == b"\0" + topic
        side: Side = "connect"
        other: Side = "bind"
        connection, found = both.told()
        told = [(event.name, event.data) for event in found[side] if isinstance(event, Command)]
        assert told == [("SUBSCRIBE", topic) for topic in topics] + [("CANCEL", topic) for topic in topics[1:]]
        assert connection.peers[side].subscriptions == {b"": 1}
        assert connection.peers[side].subscription_count == 1
        assert frames(found[other]) == as_told(sent)


def test_heartbeats() -> None:
    options = {zmq.HEARTBEAT_IVL: 20, zmq.HEARTBEAT_TTL: 60_000, zmq.HEARTBEAT_TIMEOUT: 60_000}
    with pair(zmq.DEALER, zmq.DEALER, of_connect=options) as both:
        wait_here_until(lambda: both.proxy.passed("bind").count(b"\4PONG") > 2)
        found = both.told()[1]
        assert {event.name for event in found["connect"] if isinstance(event, Command)} == {"PING"}
        assert {event.name for event in found["bind"] if isinstance(event, Command)} == {"PONG"}
        assert {event.data for event in found["connect"] if isinstance(event, Command)} == {b"\2\x58"}
        assert zmtp.codes(found["connect"] + found["bind"]) == []


def test_a_heartbeat_whose_ttl_overflows() -> None:
    with pair(zmq.DEALER, zmq.DEALER, of_connect={zmq.HEARTBEAT_IVL: 20, zmq.HEARTBEAT_TTL: 65_600}) as both:
        wait_here_until(lambda: b"\4PING" in both.proxy.passed("connect"))
        assert "ping-ttl-overflow" in zmtp.codes(both.told()[1]["connect"])


def test_curve() -> None:
    """P17: opaque, with the true size of every frame."""
    server, client = zmq.curve_keypair(), zmq.curve_keypair()
    of_bind = {zmq.CURVE_SERVER: 1, zmq.CURVE_SECRETKEY: server[1], zmq.CURVE_PUBLICKEY: server[0]}
    of_connect = {zmq.CURVE_SERVERKEY: server[0], zmq.CURVE_PUBLICKEY: client[0], zmq.CURVE_SECRETKEY: client[1]}
    with pair(zmq.DEALER, zmq.DEALER, of_bind=of_bind, of_connect=of_connect) as both:
        sent = many(6, 100)
        assert send_all(both.connect, both.bind, sent, []) == sent
        assert send_all(both.bind, both.connect, sent, []) == sent
        connection, found = both.told(scan=True)
        assert found == both.told()[1]
        for side in found:
            assert [size for _, sizes in frames(found[side]) for size in sizes] == [
                len(part) for parts in sent for part in parts
            ]
            assert [len(parts[0]) for parts, _ in frames(found[side])][:-1] == [
                len(part) for parts in sent for part in parts
            ][:-1]
        steps = [[event.name for event in found[side] if isinstance(event, Handshake)] for side in found]
        assert steps == [["HELLO", "INITIATE"], ["WELCOME", "READY"]]
        assert zmtp.codes(found["connect"] + found["bind"]) == []
        assert [peer.mechanism for peer in connection.peers.values()] == ["CURVE", "CURVE"]


def plain(password: bytes) -> tuple[Connection, dict[Side, list[Event]], str]:
    """A PLAIN client that tries this password: what the parser tells, and all that a curious one tells."""
    with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        authenticator = ThreadAuthenticator(context)
        authenticator.start()
        try:
            authenticator.configure_plain(domain="global", passwords={"admin": "secret-7"})
            pull.linger, push.linger, pull.rcvtimeo = 0, 0, TIMEOUT_MS
            pull.plain_server, pull.zap_domain = 1, b"global"
            push.plain_username, push.plain_password = b"admin", password
            push.reconnect_ivl = -1
            with byte_proxy(pull.bind_to_random_port("tcp://127.0.0.1")) as proxy:
                push.connect(proxy.address)
                if password == b"secret-7":
                    push.send(b"Hello")
                    assert pull.recv() == b"Hello"
                else:
                    wait_here_until(lambda: b"RROR" in proxy.passed("bind"))
                connection = Connection()
                found = zmtp.told(connection, proxy.conversations[0])
                return connection, found, repr(zmtp.told(Connection(reveal_secrets=True), proxy.conversations[0]))
        finally:
            authenticator.stop()


def test_plain_hides_the_password() -> None:
    """P17."""
    connection, found, revealed = plain(b"secret-7")
    steps = [[event.name for event in found[side] if isinstance(event, Handshake)] for side in found]
    assert steps == [["HELLO", "INITIATE"], ["WELCOME", "READY"]]
    assert frames(found["connect"]) == [((b"Hello",), (5,))]
    assert "secret" not in repr(found)
    assert "secret" not in repr(connection.peers)
    assert "secret-7" in revealed
    assert [peer.socket_type for peer in connection.peers.values()] == ["PUSH", "PULL"]
    assert zmtp.codes(found["connect"] + found["bind"]) == []


def test_plain_with_a_wrong_password() -> None:
    _, found, _ = plain(b"wrong-pass")
    assert zmtp.codes(found["bind"]) == ["misspelt-error", "error"]
    assert "400" in zmtp.anomalies(found["bind"])[1].text
    assert "wrong-pass" not in repr(found)


@pytest.mark.parametrize("revision", [0, 1])
def test_libzmq_goes_down_to_old_peers(revision: int) -> None:
    """A raw peer of 1.0 framing or 2.0 at a real ROUTER: libzmq announces 3 and speaks as the peer does."""
    make = zmtp.frame if revision else zmtp.old_frame
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.linger, router.rcvtimeo = 0, TIMEOUT_MS
        with byte_proxy(router.bind_to_random_port("tcp://127.0.0.1")) as proxy:
            with socket.create_connection(("127.0.0.1", proxy.port)) as raw:
                raw.sendall(zmtp.SIGNATURE + bytes((revision, 5)) + make(b"me") + make(b"a", 1) + make(b"b" * 300))
                assert router.recv_multipart() == [b"me", b"a", b"b" * 300]
                router.send_multipart([b"me", b"c", b"d" * 300])
                wait_here_until(lambda: proxy.passed("bind").endswith(b"d" * 300))
            connection = Connection()
            found = zmtp.told(connection, proxy.conversations[0])
            assert connection.version == (2 if revision else 1, 0)
            assert [event.data for event in found["connect"] if isinstance(event, Handshake)] == [b"me"]
            assert [event.data for event in found["bind"] if isinstance(event, Handshake)] == [b""]
            assert frames(found["connect"]) == as_told([[b"a", b"b" * 300]])
            assert frames(found["bind"]) == as_told([[b"c", b"d" * 300]])
            assert connection.peers["connect"].socket_type == "DEALER"
            assert connection.peers["bind"].socket_type == "ROUTER"
            assert zmtp.codes(found["connect"] + found["bind"]) == []


def test_libzmq_goes_down_to_unversioned_peers() -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.linger, router.rcvtimeo = 0, TIMEOUT_MS
        router.set(zmq.ROUTING_ID, b"router")
        with byte_proxy(router.bind_to_random_port("tcp://127.0.0.1")) as proxy:
            with socket.create_connection(("127.0.0.1", proxy.port)) as raw:
                raw.sendall(zmtp.old_frame(b"me") + zmtp.old_frame(b"a", 1) + zmtp.old_frame(b"b"))
                assert router.recv_multipart() == [b"me", b"a", b"b"]
                router.send_multipart([b"me", b"answer"])
                wait_here_until(lambda: proxy.passed("bind").endswith(b"answer"))
            connection = Connection()
            found = zmtp.told(connection, proxy.conversations[0])
            assert connection.version == (1, 0)
            assert [event.data for event in found["bind"] if isinstance(event, Handshake)] == [b"router"]
            assert frames(found["bind"]) == as_told([[b"answer"]])
            assert frames(found["connect"]) == as_told([[b"a", b"b"]])
            assert zmtp.codes(found["connect"] + found["bind"]) == []


def test_a_corrupt_topic_of_libzmq() -> None:
    """P16: a real SUB with a topic of 255 bytes, and a raw publisher of ZMTP 3.0."""
    with zmq.Context() as context, context.socket(zmq.SUB) as sub, socket.create_server(("127.0.0.1", 0)) as listener:
        sub.linger = 0
        sub.set(zmq.SUBSCRIBE, b"T" * 255)
        sub.set(zmq.SUBSCRIBE, b"next")
        with byte_proxy(listener.getsockname()[1]) as proxy:
            sub.connect(proxy.address)
            with listener.accept()[0] as raw:
                raw.sendall(zmtp.greeting(minor=0) + zmtp.ready(b"PUB"))
                wait_here_until(lambda: b"next" in proxy.passed("connect"))
                found = zmtp.told(Connection(), proxy.conversations[0], ends=False)["connect"]
        assert {event.data for event in found if isinstance(event, Command)} >= {b"T" * 255, b"next"}
        assert zmtp.codes(found) == ["corrupt-long-topic"]


def test_http_at_a_real_router_is_delivered_and_named() -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.linger, router.rcvtimeo = 0, TIMEOUT_MS
        with byte_proxy(router.bind_to_random_port("tcp://127.0.0.1")) as proxy:
            with socket.create_connection(("127.0.0.1", proxy.port)) as raw:
                raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Filler: " + b"\x20" * 400)
                assert router.recv_multipart()
            found = zmtp.told(Connection(), proxy.conversations[0])["connect"]
            assert [event.protocol for event in found if isinstance(event, NotZmtp)] == ["HTTP"]
            assert frames(found) == []
