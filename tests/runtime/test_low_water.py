"""A flood wakes its relay for large pieces only, and what comes last is never left lying."""

from __future__ import annotations

import asyncio
import select
import socket
import sys

import pytest

from tests.helpers.relayed import Told, joined, listening, on_uvloop, read_to_end, relay_to
from tests.helpers.waiting import wait_until
from zinspector.runtime.low_water import LEAST, STREAK, TICK_S, LowWater

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is changed")


def mark_of(end: socket.socket) -> int:
    return end.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)


def wakes(end: socket.socket) -> bool:
    poll = select.poll()
    poll.register(end, select.POLLIN)
    return bool(poll.poll(0))


async def pair() -> tuple[socket.socket, socket.socket]:
    listener, address = listening()
    with listener:
        return await joined(address, listener)


def flooded(end: socket.socket) -> LowWater:
    """As if as much had been read from `end` as makes a flood."""
    low_water = LowWater(end)
    for _ in range(STREAK // LEAST):
        assert mark_of(end) == 1
        low_water.passed(LEAST, answers=0)
    assert mark_of(end) == LEAST
    return low_water


def test_in_a_flood_few_bytes_wake_nobody_until_nothing_more_comes() -> None:
    async def main() -> None:
        sender, receiver = await pair()
        with sender, receiver:
            flooded(receiver)
            sender.send(b"the last")
            assert not wakes(receiver)
            await wait_until(lambda: wakes(receiver))
            assert mark_of(receiver) == 1
            assert receiver.recv(100) == b"the last"

    on_uvloop(main())


def test_it_goes_on_while_large_pieces_come() -> None:
    async def main() -> None:
        sender, receiver = await pair()
        with sender, receiver:
            low_water = flooded(receiver)
            loop = asyncio.get_running_loop()
            until = loop.time() + 5 * TICK_S
            while loop.time() < until:
                low_water.passed(LEAST, answers=0)
                await asyncio.sleep(0)  # timers go before it
                assert mark_of(receiver) == LEAST
            await wait_until(lambda: mark_of(receiver) == 1)

    on_uvloop(main())


def test_the_end_wakes_at_once() -> None:
    async def main() -> None:
        sender, receiver = await pair()
        with receiver:
            low_water = flooded(receiver)
            sender.send(b"the last")
            sender.close()
            assert wakes(receiver)
            assert receiver.recv(100) == b"the last"
            assert receiver.recv(100) == b""
            low_water.lower()

    on_uvloop(main())


def test_where_there_are_answers_any_byte_wakes() -> None:
    async def main() -> None:
        sender, receiver = await pair()
        with sender, receiver:
            flooded(receiver).passed(LEAST, answers=1)
            assert mark_of(receiver) == 1
            low_water = LowWater(receiver)
            for number in range(2 * STREAK // LEAST):
                low_water.passed(LEAST, answers=number)
            assert mark_of(receiver) == 1

    on_uvloop(main())


def test_a_path_has_no_mark() -> None:
    one, other = socket.socketpair()
    with one, other:
        low_water = LowWater(one)
        for _ in range(2 * STREAK // LEAST):
            low_water.passed(LEAST, answers=0)
        assert mark_of(one) == 1


def test_a_relay_raises_it_in_a_flood_and_passes_everything_on() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        listener, target = listening()
        async with relay_to(target, Told()) as (relay, address):
            client, served = await joined(address, listener)
            await wait_until(lambda: relay.circuits)
            (circuit,) = relay.circuits
            reading = loop.create_task(read_to_end(served))
            sent = 0
            while mark_of(circuit.client) == 1:
                await loop.sock_sendall(client, bytes(1 << 20))
                sent += 1 << 20
                assert sent < 1 << 30, "no flood was noticed"
            await wait_until(lambda: mark_of(circuit.client) == 1)
            client.close()
            assert len(await reading) == sent
            served.close()
        listener.close()

    on_uvloop(main())
