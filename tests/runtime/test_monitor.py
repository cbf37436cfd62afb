"""Monitors: events become rows, peers are counted, and unread events never freeze anything."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct

import pytest
import zmq

from tests.helpers.drawn import drawing, generate, link, rows, running, sock
from tests.helpers.waiting import wait_until
from zinspector.runtime.monitor import Monitor, describe
from zinspector.runtime.pump import Pump


def test_the_events_of_a_connection() -> None:
    async def main() -> None:
        async with running(sock("a", "PUSH"), sock("b", "PULL"), link("b", "a")) as session:
            await wait_until(lambda: session.states()["a"].peers == session.states()["b"].peers == 1)
            await wait_until(
                lambda: (
                    {"LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED", "CONNECTED"}
                    <= {row.name for node in ("a", "b") for row in rows(session, node, "event")}
                )
            )
            await session.apply(drawing(sock("a", "PUSH")))
            await wait_until(lambda: session.states()["a"].peers == 0)

    asyncio.run(main())


def test_inproc_peers_are_counted_from_the_drawing() -> None:
    async def main() -> None:
        async with running(sock("a", "PUSH"), sock("b", "PULL"), link("b", "a", "inproc")) as session:
            assert session.states()["a"].peers == 1

    asyncio.run(main())


def test_incompatible_types_are_seen_as_no_peer() -> None:
    async def main() -> None:
        async with running(sock("a", "PUSH"), sock("b", "SUB"), link("a", "b")) as session:
            await wait_until(lambda: "DISCONNECTED" in {row.name for row in rows(session, "a", "event")})
            assert session.states()["a"].peers == 0

    asyncio.run(main())


def test_why_a_handshake_failed_is_no_descriptor() -> None:
    """An errno may be the number of another connection's descriptor."""

    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
            monitor = Monitor(socket, Pump(), lambda *_: None)

            def told(event: zmq.Event, value: int) -> tuple[set[int], bool]:
                monitor._tell([struct.pack("=hi", event, value), b"tcp://127.0.0.1:5556"])
                return monitor.connections, monitor.handshaken

            healthy, stray = errno.EPIPE, 9
            told(zmq.Event.ACCEPTED, healthy)
            told(zmq.Event.HANDSHAKE_SUCCEEDED, 0)
            told(zmq.Event.ACCEPTED, stray)
            assert told(zmq.Event.HANDSHAKE_FAILED_NO_DETAIL, errno.EPIPE) == ({healthy, stray}, True)
            assert told(zmq.Event.DISCONNECTED, stray) == ({healthy}, True)
            assert told(zmq.Event.DISCONNECTED, healthy) == (set(), False)
            assert told(zmq.Event.ACCEPTED, stray) == ({stray}, False)
            monitor.close()

    asyncio.run(main())


def test_thousands_of_events_freeze_nothing() -> None:
    async def main() -> None:
        items = (sock("open", "PULL", bind=("tcp://127.0.0.1:*",)), sock("a", "PUSH", generate(rate=500)))
        async with running(*items, link("a", "open")) as session:
            port = int(session.states()["open"].addresses[0].rpartition(":")[2])
            for _ in range(1500):
                socket.create_connection(("127.0.0.1", port)).close()
            await wait_until(lambda: len(rows(session, "open", "event")) > 2500)
            seen = session.counters().nodes["open"].received
            await wait_until(lambda: session.counters().nodes["open"].received > seen + 10)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CONNECT_RETRIED", 100, "again in 100 ms"),
        ("BIND_FAILED", 98, "Address already in use"),
        ("HANDSHAKE_FAILED_PROTOCOL", 0x11000002, "mechanisms differ"),
        ("HANDSHAKE_FAILED_AUTH", 400, "400"),
        ("HANDSHAKE_FAILED_NO_DETAIL", 32, "Broken pipe"),
        ("CONNECTED", 12, "tcp://x"),
    ],
)
def test_an_event_in_words(name: str, value: int, words: str) -> None:
    assert words in describe(name, "tcp://x", value)
