"""Probing real listeners: libzmq of every kind, other servers, silence, nobody; and nobody hands us a message."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zmq

from tests.helpers.places import free_port, nobody_known
from tests.helpers.waiting import PATIENCE_S
from zinspector.errors import EndpointError
from zinspector.runtime import probe as probing
from zinspector.runtime.probe import Probed, probe, probe_all
from zinspector.topology.socket_types import SOCKET_TYPES

TALKERS = [name for name in SOCKET_TYPES if name != "STREAM"]
Serve = Callable[[socket.socket], None]


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield context
    context.destroy(linger=0)


@pytest.fixture
def hears_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other side is slow to speak, and the prober waits for it."""
    monkeypatch.setattr(probing, "LISTEN_S", PATIENCE_S)


def asked(address: str, timeout_s: float = PATIENCE_S) -> Probed:
    return asyncio.run(probe(address, timeout_s))


def bound(context: zmq.Context, kind: int, address: str = "tcp://127.0.0.1:*", **options: object) -> tuple[object, str]:
    bound = context.socket(kind)
    for name, value in options.items():
        bound.setsockopt(getattr(zmq, name), value)
    bound.bind(address)
    return bound, bound.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()


def answer_of(serve: Serve, timeout_s: float = PATIENCE_S) -> Probed:
    """Ask a server that treats its one client as `serve` says, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def accept() -> None:
            with listener.accept()[0] as client:
                serve(client)

        served = pool.submit(accept)
        answer = asked(f"tcp://127.0.0.1:{listener.getsockname()[1]}", timeout_s)
        served.result(PATIENCE_S)
    return answer


@pytest.mark.parametrize("name", TALKERS)
def test_every_socket_type(context: zmq.Context, name: str) -> None:
    listener, address = bound(context, getattr(zmq, name))
    answer = asked(address)
    assert (answer.state, answer.found.version, answer.found.mechanism) == ("zmtp", (3, 1), "NULL")
    assert (answer.found.socket_type, answer.text) == (name, "")
    listener.close(0)


def test_identity_and_properties(context: zmq.Context) -> None:
    listener, address = bound(context, zmq.ROUTER, ROUTING_ID=b"hub", METADATA=b"X-site:north")
    found = asked(address).found
    assert (found.identity, found.properties["X-site"]) == (b"hub", b"north")
    listener.close(0)


@pytest.mark.parametrize("where", ["path", "abstract", "ipv6", "any", "name"])
def test_transports(context: zmq.Context, where: str, tmp_path: Path) -> None:
    options: dict[str, object] = {"IPV6": 1} if where == "ipv6" else {}
    address = {
        "path": "ipc://*",
        "abstract": f"ipc://@probed-{os.getpid()}",
        "ipv6": "tcp://[::1]:*",
        "any": "tcp://*:*",
        "name": "tcp://127.0.0.1:*",
    }[where]
    listener, address = bound(context, zmq.PULL, address, **options)
    if where == "name":
        address = address.replace("127.0.0.1", "localhost")
    if where == "abstract":
        address = f"ipc://@probed-{os.getpid()}"
    answer = asked(address)
    assert (answer.endpoint, answer.found.socket_type) == (address, "PULL")
    listener.close(0)


@pytest.mark.parametrize("mechanism", ["PLAIN", "CURVE"])
def test_servers_that_want_to_know_us_first(context: zmq.Context, mechanism: str) -> None:
    options: dict[str, object] = {f"{mechanism}_SERVER": 1}
    if mechanism == "CURVE":
        options["CURVE_SECRETKEY"] = zmq.curve_keypair()[1]
    listener, address = bound(context, zmq.REP, **options)
    answer = asked(address)
    assert (answer.state, answer.found.mechanism, answer.found.socket_type) == ("zmtp", mechanism, None)
    assert mechanism in answer.text
    listener.close(0)


@pytest.mark.usefixtures("hears_out")
def test_a_bound_client_does_not_tell_us_its_password(context: zmq.Context) -> None:
    """It would send HELLO as soon as it had our greeting; the answer is there before."""
    listener, address = bound(context, zmq.REQ, PLAIN_USERNAME=b"admin", PLAIN_PASSWORD=b"secret")
    answer = asked(address)
    assert answer.found.mechanism == "PLAIN"
    assert "secret" not in repr(answer)
    listener.close(0)


@pytest.mark.parametrize("kind", [zmq.PUSH, zmq.DEALER, zmq.PAIR, zmq.REQ])
def test_nobody_hands_us_a_message(context: zmq.Context, kind: int) -> None:
    """Everything that waits in a sender still reaches its real peer, in order, after many probes."""
    sender, address = bound(context, kind)
    count = 1 if kind == zmq.REQ else 50
    probes = asyncio.run(probe_all([address] * 8, PATIENCE_S))
    assert {answer.state for answer in probes} == {"zmtp"}
    receiver = context.socket(
        {zmq.PUSH: zmq.PULL, zmq.REQ: zmq.ROUTER}.get(kind, zmq.PAIR if kind == zmq.PAIR else kind)
    )
    receiver.setsockopt(zmq.RCVTIMEO, 60_000)
    with pytest.raises(zmq.Again):
        sender.send(b"too early", zmq.NOBLOCK)
    receiver.connect(address)
    for i in range(count):
        sender.send(b"%d" % i)
        if i == count // 2:
            assert asked(address).state == "zmtp"
    assert [receiver.recv_multipart()[-1] for _ in range(count)] == [b"%d" % i for i in range(count)]
    sender.close(0)
    receiver.close(0)


@pytest.mark.usefixtures("hears_out")
def test_a_1_0_listener_gets_nothing() -> None:
    got = []

    def old(client: socket.socket) -> None:
        client.sendall(b"\x05\0Geof")
        got.append(client.recv(100))

    answer = answer_of(old)
    assert (answer.found.version, answer.found.identity, got) == ((1, 0), b"Geof", [b""])


@pytest.mark.usefixtures("hears_out")
def test_a_2_0_listener_gets_ten_bytes() -> None:
    got = []

    def old(client: socket.socket) -> None:
        client.sendall(b"\xff" + bytes(7) + b"\x01\x7f")
        got.append(client.recv(100))
        client.sendall(b"\x01\x05")
        got.append(client.recv(100))

    answer = answer_of(old)
    assert (answer.found.version, answer.found.socket_type) == ((2, 0), "DEALER")
    assert (len(got[0]), got[1]) == (10, b"")


def test_http_waits_for_us_and_is_known() -> None:
    def http(client: socket.socket) -> None:
        assert client.recv(100).endswith(b"\n\x7f")
        client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    answer = answer_of(http)
    assert (answer.state, answer.found.protocol, answer.text) == ("other", "HTTP", "HTTP/1.1 400 Bad Request")


def test_tls_waits_for_us_and_hangs_up(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=probed"]
    made = subprocess.run([*make, "-keyout", key, "-out", certificate], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("openssl can't make a certificate here")
    secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    secure.load_cert_chain(certificate, key)

    def tls(client: socket.socket) -> None:
        with pytest.raises(ssl.SSLError):
            secure.wrap_socket(client, server_side=True)

    answer = answer_of(tls)
    assert (answer.state, answer.text) == ("other", "it hung up at our greeting, as TLS does")


@pytest.mark.usefixtures("hears_out")
def test_ssh_speaks_first() -> None:
    def ssh(client: socket.socket) -> None:
        client.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")
        assert client.recv(100) == b""

    answer = answer_of(ssh)
    assert (answer.found.protocol, answer.text) == ("SSH", "SSH-2.0-OpenSSH_9.2p1 Debian-2")


def test_a_silent_listener() -> None:
    def silent(client: socket.socket) -> None:
        while client.recv(100):
            pass

    answer = answer_of(silent, timeout_s=0.6)
    assert (answer.state, answer.text) == ("silent", "accepts connections and says nothing")
    assert answer.unanswered == "silent: not ZeroMQ, or too busy (accepts connections and says nothing)"


def test_a_listener_that_hangs_up() -> None:
    assert answer_of(socket.socket.close).text == "closed the connection without a word"


def test_a_stream_socket_is_no_zmtp(context: zmq.Context) -> None:
    listener, address = bound(context, zmq.STREAM)
    assert asked(address, 0.6).state == "silent"
    listener.close(0)


def test_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", nobody_known)
    stale = Path(os.environ["TMPDIR"]) / "no.ipc"
    answers = asyncio.run(
        probe_all(
            [f"tcp://127.0.0.1:{free_port()}", f"ipc://{stale}", "tcp://nobody.invalid:1", "tcp://a..b:1"], PATIENCE_S
        )
    )
    assert [answer.state for answer in answers] == ["refused", "refused", "unresolvable", "unresolvable"]
    assert all(answer.text for answer in answers)


@pytest.mark.parametrize("address", ["inproc://x", "udp://127.0.0.1:5", "tcp://127.0.0.1:*", "ipc://*", "nonsense"])
def test_what_can_not_be_asked(address: str) -> None:
    with pytest.raises(EndpointError):
        asked(address)


def test_many_at_once_answer_in_order(context: zmq.Context) -> None:
    pairs = [bound(context, zmq.PUB if i % 2 else zmq.REP) for i in range(100)]
    answers = asyncio.run(probe_all([address for _, address in pairs], PATIENCE_S))
    assert [answer.found.socket_type for answer in answers] == ["REP", "PUB"] * 50
    for listener, _ in pairs:
        listener.close(0)
