"""What relays must survive of many clients (P13), each beside a healthy pair that must lose nothing.

Scaled to seconds; the full sizes carry the mark `soak` and run with `make soak`.
"""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.helpers.relayed import joined, listening, port_of
from tests.helpers.tapped import beside_a_healthy_pair, cpu_s, open_files, program, resident_kib
from tests.helpers.waiting import wait_until

soak = pytest.mark.soak


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


@pytest.mark.parametrize("spare", [100, 101])
def test_p13_no_descriptors_left(spare: int) -> None:
    """Each connection takes two: the last one may be there for a client, and none for its target."""

    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            listener, target = listening(256)
            address = await taps.relay("tap", target)
            start = open_files(taps.worker)
            resource.prlimit(taps.worker, resource.RLIMIT_NOFILE, (start + spare, 20_000))
            tried = [await asyncio.gather(connected(address), return_exceptions=True) for _ in range(100)]
            clients = [client for (client,) in tried if isinstance(client, socket.socket)]
            await wait_until(lambda: any("no more clients" in f.text for f in taps.session.findings()))
            await wait_until(lambda: taps.session.states()["tap"].peers >= 45)
            loop = asyncio.get_running_loop()
            for client in clients[60:]:
                with pytest.raises(ConnectionResetError):
                    await asyncio.wait_for(loop.sock_recv(client, 1), 60)
            used, begin = cpu_s(taps.worker), loop.time()
            await asyncio.sleep(1)
            share = (cpu_s(taps.worker) - used) / (loop.time() - begin)
            assert share < 0.5  # it relays the healthy pair, and does not spin
            for client in clients:
                client.close()
            for each in await accepted(listener):
                each.close()
            await wait_until(lambda: not taps.session.states()["tap"].peers)
            await wait_until(lambda: abs(open_files(taps.worker) - start) <= 5)
            client = await connected(address)
            await wait_until(lambda: taps.session.states()["tap"].peers == 1)
            client.close()
            for each in (listener, *await accepted(listener)):
                each.close()

    run(main())


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=[soak, pytest.mark.timeout(600)])])
def test_p13_connecting_and_closing_again_and_again(count: int) -> None:
    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            listener, target = listening(256)
            address = await taps.relay("tap", target)
            start = open_files(taps.worker)
            loop = asyncio.get_running_loop()
            for _ in range(count):
                client, served = await joined(address, listener)
                client.close()
                assert await asyncio.wait_for(loop.sock_recv(served, 1), 60) == b""
                served.close()
            await wait_until(lambda: not taps.session.states()["tap"].peers)
            await wait_until(lambda: abs(open_files(taps.worker) - start) <= 5)
            await wait_until(lambda: taps.session.counters().time_ns and taps.events("tap").count("CLOSED") == count)
            listener.close()

    run(main())


CROWD = """
import resource, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (20_000, 20_000))
ends = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(int(sys.argv[2]))]
for end in ends:
    end.sendall(b"x")
print(sum(end.recv(1) == b"x" for end in ends), flush=True)
sys.stdin.readline()
"""
ECHO = """
import resource, selectors, socket
resource.setrlimit(resource.RLIMIT_NOFILE, (20_000, 20_000))
listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
print(listener.getsockname()[1], flush=True)
ready = selectors.DefaultSelector()
ready.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in ready.select():
        if key.fileobj is listener:
            ready.register(listener.accept()[0], selectors.EVENT_READ)
        elif data := key.fileobj.recv(100):
            key.fileobj.sendall(data)
        else:
            ready.unregister(key.fileobj)
            key.fileobj.close()
"""


@pytest.mark.parametrize(
    ("count", "rest_s"), [(400, 0.1), pytest.param(9_500, 2.0, marks=[soak, pytest.mark.timeout(600)])]
)
def test_p13_very_many_connections(count: int, rest_s: float) -> None:
    async def main() -> None:
        async with beside_a_healthy_pair() as taps:
            with program(ECHO) as server:
                assert server.stdout is not None
                port = (await asyncio.to_thread(server.stdout.readline)).strip()
                address = await taps.relay("tap", f"tcp://127.0.0.1:{port}")
                start = open_files(taps.worker)
                with program(CROWD, port_of(address), count) as crowd:
                    assert crowd.stdout is not None
                    assert await asyncio.to_thread(crowd.stdout.readline) == f"{count}\n"
                    await wait_until(lambda: taps.session.states()["tap"].peers == count)
                    used = cpu_s(taps.worker)
                    await asyncio.sleep(rest_s)
                    idle = (cpu_s(taps.worker) - used) / rest_s
                    print(
                        f"{count} connections: {open_files(taps.worker)} descriptors, "
                        f"{resident_kib(taps.worker) / 1024:.0f} MiB, {idle:.1%} of a core with the healthy pair"
                    )
                await wait_until(lambda: not taps.session.states()["tap"].peers)
                await wait_until(lambda: abs(open_files(taps.worker) - start) <= 5)

    run(main())


async def connected(address: str) -> socket.socket:
    client = socket.socket()
    client.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port_of(address)))
    except OSError:  # reset before it was told that it is connected
        client.close()
        raise
    return client


async def accepted(listener: socket.socket) -> list[socket.socket]:
    """Everything that waits at a listener."""
    found = []
    while True:
        try:
            found.append(listener.accept()[0])
        except BlockingIOError:
            return found
