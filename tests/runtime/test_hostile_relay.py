"""What relays must survive (P5, P8 to P11, P14, P17), each beside a healthy pair that must lose nothing.

Scaled to seconds; the full sizes carry the mark `soak` and run with `make soak`. P13 stands in `test_crowded_relay`.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

from tests.helpers import zmtp
from tests.helpers.places import free_port
from tests.helpers.relayed import joined, listening, port_of, reset
from tests.helpers.tapped import Tapped, beside_a_healthy_pair, program, resident_kib
from tests.helpers.waiting import wait_until

MIB = 1 << 20
GIB = 1 << 30
soak = pytest.mark.soak


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def sized(small: int, full: int) -> Any:
    """A size for the suite, and the full one."""
    return pytest.mark.parametrize("size", [small, pytest.param(full, marks=[soak, pytest.mark.timeout(900)])])


async def shake(client: socket.socket, served: socket.socket, kinds: tuple[bytes, bytes]) -> None:
    """Both ends greet and are ready, as peers of these socket types."""
    loop = asyncio.get_running_loop()
    for end, other, kind in ((client, served, kinds[0]), (served, client, kinds[1])):
        said = zmtp.greeting() + zmtp.ready(kind)
        await loop.sock_sendall(end, said)
        heard = b""
        while len(heard) < len(said):
            heard += await asyncio.wait_for(loop.sock_recv(other, len(said)), 60)
        assert heard == said


class Pump(threading.Thread):
    """Sends so many pseudo-random bytes after a header, as fast as they are taken; knows their hash."""

    def __init__(self, end: socket.socket, size: int, header: bytes = b"", seed: int = 1) -> None:
        super().__init__()
        self._end = end.dup()
        self._end.setblocking(True)
        self._header, self._left = header, size
        self._block = random.Random(seed).randbytes(MIB)
        self.hash = hashlib.sha256(header)
        self.sent = 0
        self.start()

    def run(self) -> None:
        self._end.sendall(self._header)
        for number in itertools.count():
            if not self._left:
                break
            block = memoryview(self._block[number % 1000 :] + self._block[: number % 1000])[: self._left]
            self.hash.update(block)
            self._end.sendall(block)
            self.sent += len(block)
            self._left -= len(block)
        self._end.close()


class Drain(threading.Thread):
    """Reads so many bytes, or to the end; knows their hash."""

    def __init__(self, end: socket.socket, size: int | None = None) -> None:
        super().__init__()
        self._end = end.dup()
        self._end.setblocking(True)
        self._size = size
        self.hash = hashlib.sha256()
        self.count = 0
        self.start()

    def run(self) -> None:
        while self._size is None or self.count < self._size:
            data = self._end.recv(MIB)
            if not data:
                break
            self.hash.update(data)
            self.count += len(data)
        self._end.close()


async def ended(*threads: threading.Thread, seconds: float = 600) -> None:
    await wait_until(lambda: not any(thread.is_alive() for thread in threads), seconds)


@sized(96 * MIB, GIB)
def test_p5_one_huge_frame(size: int) -> None:
    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            listener, target = listening()
            client, served = await joined(await taps.relay("tap", target), listener)
            await shake(client, served, (b"PUSH", b"PULL"))
            before = resident_kib(taps.worker)
            header = b"\2" + size.to_bytes(8, "big")
            sends, reads = Pump(client, size, header), Drain(served, size + len(header))
            most = 0
            while reads.is_alive():
                most = max(most, resident_kib(taps.worker))
                await asyncio.sleep(0.01)
            await ended(sends, reads)
            assert reads.hash.digest() == sends.hash.digest()
            assert most - before < 64 << 10
            await wait_until(lambda: taps.rows("tap"))
            (row,) = taps.rows("tap")
            assert (row.size, row.true_sizes, row.truncated(0)) == (size, (size,), True)
            assert 0 < len(row.frames[0]) <= MIB
            for each in (client, served, listener):
                each.close()

    run(main())


@sized(24 * MIB, GIB)
def test_p8_random_bytes_both_ways_at_once_and_half_closes(size: int) -> None:
    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            listener, target = listening()
            client, served = await joined(await taps.relay("tap", target), listener)
            up, down = Pump(client, size, seed=1), Pump(served, size, seed=2)
            at_target, at_client = Drain(served), Drain(client)
            await ended(up)
            client.shutdown(socket.SHUT_WR)
            await ended(at_target)
            assert at_target.hash.digest() == up.hash.digest()
            await ended(down)
            assert at_client.is_alive()  # the other direction is open yet
            served.shutdown(socket.SHUT_WR)
            await ended(at_client)
            assert at_client.hash.digest() == down.hash.digest()
            await wait_until(lambda: "CLOSED" in taps.events("tap"))
            assert "NOT_ZMTP" in taps.events("tap")
            for each in (client, served, listener):
                each.close()

    run(main())


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_p8_p11_an_end_in_the_middle_of_a_message_is_passed_on_and_half_a_message_is_none(how: str) -> None:
    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            with zmq.Context() as context, context.socket(zmq.PULL) as pull:
                pull.setsockopt(zmq.LINGER, 0)
                port = pull.bind_to_random_port("tcp://127.0.0.1")
                address = await taps.relay("tap", f"tcp://127.0.0.1:{port}")
                client = socket.create_connection(("127.0.0.1", port_of(address)))
                client.sendall(zmtp.greeting() + zmtp.ready(b"PUSH"))
                heard = b""
                while len(heard) < len(zmtp.greeting() + zmtp.ready(b"PULL")):  # unread bytes would make it a reset
                    heard += client.recv(1000)
                client.sendall(b"\0\5whole" + b"\2" + (1000).to_bytes(8, "big") + b"half")
                assert await asyncio.to_thread(pull.recv) == b"whole"
                if how == "fin":
                    client.close()
                else:
                    reset(client)
                await wait_until(lambda: {"CLOSED", "RESET"} & set(taps.events("tap")))
                assert taps.events("tap")[-1] == ("CLOSED" if how == "fin" else "RESET")
                rows = taps.rows("tap")
                assert [row.frames for row in rows] == [(b"whole",), (b"half",)]
                assert "incomplete" in rows[-1].anomalies[0]
                assert not pull.poll(100)

    run(main())


@pytest.mark.parametrize("stand_s", [1.0, pytest.param(60.0, marks=[soak, pytest.mark.timeout(300)])])
def test_p10_a_reader_that_stands_still(stand_s: float) -> None:
    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            listener, target = listening()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MIB)
            client, served = await joined(await taps.relay("tap", target), listener)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MIB)  # else it is up to the kernel what it takes
            await shake(client, served, (b"PUSH", b"PULL"))
            before = resident_kib(taps.worker)
            size = 128 * MIB
            sends = Pump(client, size, b"\2" + size.to_bytes(8, "big"))
            last = -1

            def stands() -> bool:
                nonlocal last
                moved, last = last != sends.sent, sends.sent
                return not moved

            while not stands():  # noqa: ASYNC110  # nobody tells that nothing happens
                await asyncio.sleep(stand_s)
            assert sends.sent < 32 * MIB  # the buffers of the kernel, and one read of ours
            assert resident_kib(taps.worker) - before < 24 << 10
            reads = Drain(served, size + 9)
            await ended(sends, reads)
            assert reads.hash.digest() == sends.hash.digest()
            for each in (client, served, listener):
                each.close()

    run(main())


REP = """
import sys, zmq
socket = zmq.Context().socket(zmq.REP)
socket.bind(sys.argv[1])
print("ready", flush=True)
while True:
    socket.send(socket.recv())
"""


@contextmanager
def watched(client: zmq.Socket[bytes]) -> Iterator[zmq.Socket[bytes]]:
    """Tells when a socket loses a connection."""
    monitor = client.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    try:
        yield monitor
    finally:
        client.disable_monitor()
        monitor.close(0)


def test_p11_a_target_that_is_killed_and_comes_back_on_its_port() -> None:
    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            with zmq.Context() as context, context.socket(zmq.REQ) as client, watched(client) as monitor:
                client.setsockopt(zmq.LINGER, 0)
                client.setsockopt(zmq.REQ_RELAXED, 1)
                client.setsockopt(zmq.REQ_CORRELATE, 1)
                client.setsockopt(zmq.RCVTIMEO, 60_000)
                place = f"tcp://127.0.0.1:{free_port()}"
                client.connect(await taps.relay("tap", place))
                await wait_until(lambda: "REFUSED" in taps.events("tap"))
                for question in (b"first", b"second"):
                    with program(REP, place) as server:
                        assert server.stdout is not None
                        assert await asyncio.to_thread(server.stdout.readline) == "ready\n"
                        client.send(question)
                        assert await asyncio.to_thread(client.recv) == question
                        while monitor.poll(0):
                            monitor.recv_multipart()
                    assert await asyncio.to_thread(monitor.poll, 60_000)  # it was told that the target died
                    await wait_until(lambda: taps.session.states()["tap"].text == f"{place} refuses clients")

    run(main())


@sized(20_000, 1_000_000)
def test_p14_very_many_subscriptions(size: int) -> None:
    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            with zmq.Context() as context, context.socket(zmq.XPUB) as pub, context.socket(zmq.SUB) as sub:
                for each in (pub, sub):
                    each.setsockopt(zmq.LINGER, 0)
                    each.setsockopt(zmq.RCVHWM, 0)
                    each.setsockopt(zmq.SNDHWM, 0)
                port = pub.bind_to_random_port("tcp://127.0.0.1")
                address = await taps.relay("tap", f"tcp://127.0.0.1:{port}")

                def subscribe() -> int:
                    for number in range(size):
                        sub.setsockopt(zmq.SUBSCRIBE, b"topic.%07d." % number)
                    sub.connect(address)
                    return sum(len(pub.recv()) > 1 for _ in range(size))

                assert await asyncio.to_thread(subscribe) == size
                most = resident_kib(taps.worker)
                assert most < 500 << 10
                store = taps.session.store

                def recorded() -> bool:
                    taps.session.flush()
                    return store.captured + store.skipped >= size

                await wait_until(recorded)

    run(main())


SECRET = b"correct horse battery staple"


def curved(server: zmq.Socket[bytes], client: zmq.Socket[bytes]) -> None:
    public, secret = zmq.curve_keypair()
    server.curve_server = True
    server.curve_secretkey, server.curve_publickey = secret, public
    client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
    client.curve_serverkey = public


def plain(server: zmq.Socket[bytes], client: zmq.Socket[bytes]) -> None:
    server.plain_server = True
    client.plain_username, client.plain_password = b"admin", SECRET


@pytest.mark.parametrize("secured", [curved, plain])
def test_p17_curve_and_plain(secured: Any, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            with zmq.Context() as context, context.socket(zmq.PUSH) as server, context.socket(zmq.PULL) as client:
                guard = ThreadAuthenticator(context)
                guard.start()
                guard.configure_plain(passwords={"admin": SECRET.decode()})
                guard.configure_curve(domain="*", location=zmq.auth.CURVE_ALLOW_ANY)
                secured(server, client)
                for each in (server, client):
                    each.setsockopt(zmq.LINGER, 0)
                port = server.bind_to_random_port("tcp://127.0.0.1")
                client.connect(await taps.relay("tap", f"tcp://127.0.0.1:{port}"))
                server.send_multipart([b"hello", b"x" * 1000])
                assert await asyncio.to_thread(client.recv_multipart) == [b"hello", b"x" * 1000]
                await wait_until(lambda: taps.rows("tap"))
                assert sum(row.size for row in taps.rows("tap")) == 1005
                await check(taps, secured is plain)
                guard.stop()

    async def check(taps: Tapped, is_plain: bool) -> None:
        shaken = [row.name for row in taps.rows("tap", "handshake")]
        assert {"HELLO", "WELCOME", "INITIATE", "READY"} <= set(shaken)
        store = taps.session.store
        everything = [frame for row in store.rows(1, store.retained) for frame in row.frames]
        assert not any(SECRET in frame for frame in everything)
        assert any(b"admin" in frame for frame in everything) == is_plain

    run(main())
    output = capfd.readouterr()
    assert SECRET.decode() not in output.out + output.err
