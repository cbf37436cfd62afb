"""The relay between plain sockets: bytes, ends, resets, refusals, back-pressure."""

from __future__ import annotations

import asyncio
import hashlib
import random
import socket
from pathlib import Path

import pytest

from tests.helpers.places import free_port
from tests.helpers.relayed import Told, joined, listening, on_uvloop, port_of, read_to_end, relay_to, reset
from tests.helpers.waiting import wait_until
from zinspector.errors import EndpointError, SocketError
from zinspector.runtime import circuit
from zinspector.runtime.relay import Relay
from zinspector.runtime.transports import AddressInUseError


def test_bytes_go_both_ways_unchanged_and_half_closes_are_passed_on() -> None:
    async def main() -> None:
        told = Told()
        listener, target = listening()
        async with relay_to(target, told) as (relay, address):
            client, served = await joined(address, listener)
            up, down = random.Random(1).randbytes(3 << 20), random.Random(2).randbytes(3 << 20)
            loop = asyncio.get_running_loop()

            async def send(end: socket.socket, data: bytes) -> None:
                await loop.sock_sendall(end, data)
                end.shutdown(socket.SHUT_WR)

            sending = loop.create_task(send(client, up))
            assert await read_to_end(served) == up
            await sending
            assert "closed" not in told.names()  # the other direction is still open
            sending = loop.create_task(send(served, down))
            assert hashlib.sha256(await read_to_end(client)).digest() == hashlib.sha256(down).digest()
            await sending
            await wait_until(lambda: not relay.circuits)
            assert told.names() == ["opened", "ended", "ended", "closed"]
            assert (told.bytes["connect"], told.bytes["bind"]) == (up, down)
            client.close()
            served.close()
        listener.close()

    on_uvloop(main())


@pytest.mark.parametrize("by_client", [True, False])
def test_a_reset_is_passed_on_after_what_came_before_it(by_client: bool) -> None:
    async def main() -> None:
        told = Told()
        listener, target = listening()
        async with relay_to(target, told) as (relay, address):
            client, served = await joined(address, listener)
            one, other = (client, served) if by_client else (served, client)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(one, b"before")
            assert await loop.sock_recv(other, 100) == b"before"
            reset(one)
            with pytest.raises(ConnectionResetError):
                await read_to_end(other)
            other.close()
            await wait_until(lambda: not relay.circuits)
            side = "connect" if by_client else "bind"
            assert told.events[-1] == ("closed", 1, (side, side))
        listener.close()

    on_uvloop(main())


def test_what_a_side_sent_before_it_was_closed_with_unread_bytes_arrives() -> None:
    async def main() -> None:
        told = Told()
        listener, target = listening()
        async with relay_to(target, told) as (relay, address):
            client, served = await joined(address, listener)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(served, b"last words")
            await wait_until(lambda: told.bytes["bind"] == b"last words")
            await loop.sock_sendall(client, b"never read")
            await wait_until(lambda: told.bytes["connect"] == b"never read")
            served.close()  # with unread bytes: the kernel sends a reset
            assert await asyncio.wait_for(loop.sock_recv(client, 100), 60) == b"last words"
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(loop.sock_recv(client, 100), 60)
            client.close()
            await wait_until(lambda: not relay.circuits)
        listener.close()

    on_uvloop(main())


def test_a_refused_target_resets_the_client_at_once_and_works_when_it_is_back() -> None:
    async def main() -> None:
        told = Told()
        port = free_port()
        loop = asyncio.get_running_loop()
        async with relay_to(f"tcp://127.0.0.1:{port}", told) as (relay, address):
            client = socket.socket()
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", port_of(address)))
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(loop.sock_recv(client, 1), 60)
            client.close()
            assert told.events == [("refused", 1, "Connection refused")]
            listener = socket.create_server(("127.0.0.1", port))
            listener.setblocking(False)
            client, served = await joined(address, listener)
            await loop.sock_sendall(served, b"back")
            assert await loop.sock_recv(client, 10) == b"back"
            for each in (client, served, listener):
                each.close()
            await wait_until(lambda: not relay.circuits)

    on_uvloop(main())


def test_a_reader_that_stops_holds_up_the_sender_and_loses_nothing() -> None:
    async def main() -> None:
        told = Told()
        listener, target = listening()
        async with relay_to(target, told) as (_relay, address):
            client, served = await joined(address, listener)
            loop = asyncio.get_running_loop()
            data = random.Random(3).randbytes(64 << 20)
            sending = loop.create_task(loop.sock_sendall(client, data))
            last = -1

            def stands() -> bool:
                nonlocal last
                before, last = last, len(told.bytes["connect"])
                return before == last > 0

            while not stands():  # noqa: ASYNC110  # nobody tells that nothing happens
                await asyncio.sleep(0.1)
            assert len(told.bytes["connect"]) < 48 << 20  # the buffers of the kernel, and one read of ours
            assert not sending.done()
            received = hashlib.sha256()
            count = 0
            while count < len(data):
                part = await loop.sock_recv(served, 1 << 18)
                received.update(part)
                count += len(part)
            await sending
            assert received.digest() == hashlib.sha256(data).digest()
            client.close()
            served.close()
        listener.close()

    on_uvloop(main())


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_ipc_and_ipv6(tmp_path: Path, kind: str) -> None:
    async def main() -> None:
        told = Told()
        name = str(tmp_path / "a.ipc") if kind == "path" else f"@zt-{tmp_path.name}"
        raw = name if kind == "path" else "\0" + name[1:]
        loop = asyncio.get_running_loop()
        try:
            listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        except OSError:
            pytest.skip("no IPv6 here")
        listener.setblocking(False)
        async with relay_to(f"tcp://[::1]:{listener.getsockname()[1]}", told, f"ipc://{name}") as (relay, address):
            assert address == f"ipc://{name}"
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            await loop.sock_connect(client, raw)
            served, _ = await loop.sock_accept(listener)
            await loop.sock_sendall(client, b"hello")
            assert await loop.sock_recv(served, 10) == b"hello"
            client.close()
            assert await loop.sock_recv(served, 10) == b""
            served.close()
            await wait_until(lambda: not relay.circuits)
        listener.close()
        Path(name).unlink(missing_ok=True)

    on_uvloop(main())


def test_what_can_not_be_listened_on_says_why() -> None:
    async def main() -> None:
        listener, target = listening()
        told = Told()
        with pytest.raises(AddressInUseError, match="in use"):
            await Relay(target, target, told, int, print).open()
        with pytest.raises(EndpointError, match="a relay carries tcp and ipc"):
            Relay("inproc://a", target, told, int, print)
        with pytest.raises(EndpointError, match="is not known"):
            await Relay("tcp://no..host:1", target, told, int, print).open()
        cases = (("tcp://192.0.2.1:5556", "address of this machine"), ("ipc:///no/such/x", "make the folder"))
        for listen, remedy in cases:
            with pytest.raises(SocketError) as refused:
                await Relay(listen, target, told, int, print).open()
            assert remedy in refused.value.remedy
        listener.close()

    on_uvloop(main())


@pytest.mark.parametrize("said", [b"", b"\xff"])
def test_clients_of_a_crowded_path_do_not_wait_for_ever(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said:
        monkeypatch.setattr(circuit, "CROWDED_S", 0.1)
    path = str(tmp_path / "s")

    async def main() -> None:
        told = Told()
        with socket.socket(socket.AF_UNIX) as crowded, socket.socket(socket.AF_UNIX) as waiting:
            crowded.bind(path)
            crowded.listen(0)
            waiting.connect(path)
            async with relay_to(f"ipc://{path}", told) as (relay, address):
                with socket.create_connection(("127.0.0.1", port_of(address))) as client:
                    client.sendall(said)
                    if not said:
                        await wait_until(lambda: relay.circuits)
                        client.close()
                    await wait_until(told.names)
                    await wait_until(lambda: not relay.circuits)
        assert told.names() == ["refused"]

    on_uvloop(main())
