"""Sockets on the loop: no edge of libzmq's descriptor is lost, whoever ate it."""

from __future__ import annotations

import asyncio
import select
from typing import Any

import pytest
import zmq

from tests.helpers.drawn import running, sock
from tests.helpers.waiting import wait_until
from zinspector.runtime.sockets import LiveSocket

LARGE = [bytes(1 << 18)]


def test_room_in_the_queue_that_comes_while_it_reads_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.ROUTER) as peer:
            peer.setsockopt(zmq.RCVHWM, 1)
            port = peer.bind_to_random_port("tcp://127.0.0.1")
            node = sock("a", "DEALER", connect=(f"tcp://127.0.0.1:{port}",), options={"SNDHWM": 1})
            async with running(node) as session:
                (live,) = session._network.sockets.values()
                await wait_until(lambda: session.states()["a"].peers)
                await wait_until(lambda: blocked(live))
                read = live._reader.read

                def late(*arguments: Any) -> Any:
                    while not readable(live):
                        if peer.poll(1):
                            peer.recv_multipart()
                    return read(*arguments)

                monkeypatch.setattr(live._reader, "read", late)
                live.work(1 << 62)
                assert live.blocked_since is None

    asyncio.run(main())


def blocked(live: LiveSocket) -> bool:
    """Send until nothing more is taken, for good: what libzmq had on its way has gone."""
    while live.transmit(LARGE):
        pass
    live._look()
    return live.blocked_since is not None and not select.select([live._fd], [], [], 0.2)[0]


def readable(live: LiveSocket) -> bool:
    return bool(select.select([live._fd], [], [], 0)[0])
