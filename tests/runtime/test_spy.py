"""Spies: one more subscriber at another program's publisher, or at one that is drawn; and taps that pause."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import zmq

from tests.helpers.drawn import drawing, generate, link, proxy, rows, running, sock
from tests.helpers.places import free_port
from tests.helpers.waiting import PATIENCE_S, wait_until
from zinspector.capture.envelope import envelope
from zinspector.runtime import spies
from zinspector.runtime.probe import probe
from zinspector.runtime.session import Session
from zinspector.topology.document import SpyNode


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


class Publisher:
    """Another program that publishes, and knows who subscribed."""

    def __init__(self, socket: zmq.Socket[bytes], address: str) -> None:
        self.socket = socket
        self.address = address

    async def subscribed(self, *topics: bytes) -> None:
        """Wait until these subscriptions came, and no other."""
        got: set[bytes] = set()

        def came() -> bool:
            while self.socket.poll(0):
                got.add(self.socket.recv())
            return len(got) >= len(topics)

        await wait_until(came)
        assert got == {b"\1" + topic for topic in topics}


@contextmanager
def publisher(address: str = "tcp://127.0.0.1:*") -> Iterator[Publisher]:
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.bind(address)
        yield Publisher(socket, socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())


def texts(session: Session, node: str = "spy") -> list[bytes]:
    return [row.frames[-1] for row in rows(session, node)]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:*", "ipc://*"])
def test_it_hears_what_it_asked_for_as_its_own_rows(address: str) -> None:
    async def main() -> None:
        with publisher(address) as other:
            spy = SpyNode(id="spy", connect=(other.address,), subscriptions=("weather.", "tide."))
            async with running(spy) as session:
                await other.subscribed(b"weather.", b"tide.")
                for topic in (b"weather.london", b"news.london", b"tide.dover"):
                    other.socket.send_multipart([topic, b"about " + topic])
                await wait_until(lambda: len(rows(session, "spy")) == 2)
                first, second = rows(session, "spy")
                assert (first.direction, first.to_type, first.topic) == ("in", "SUB", "weather.london")
                assert second.frames == (b"tide.dover", b"about tide.dover")
                assert session.counters().nodes["spy"].received == 2
                await wait_until(lambda: session.states()["spy"].peers == 1)

    run(main())


def test_subscriptions_change_while_it_runs() -> None:
    async def main() -> None:
        with publisher() as other:
            spy = SpyNode(id="spy", connect=(other.address,), subscriptions=("a",))
            async with running(spy) as session:
                assert session.document is not None
                await other.subscribed(b"a")
                await session.apply(session.document.with_node(replace(spy, subscriptions=("a", "b"))))
                await other.subscribed(b"b")
                other.socket.send(b"b1")
                await wait_until(lambda: texts(session) == [b"b1"])

    run(main())


def test_it_listens_in_on_a_publisher_that_is_drawn() -> None:
    async def main() -> None:
        items = (sock("pub", "PUB", generate(rate=200)), sock("sub", "SUB", subscriptions=("",)), SpyNode(id="spy"))
        async with running(*items, link("pub", "sub"), link("pub", "spy")) as session:
            await wait_until(lambda: len(texts(session)) > 20 and len(rows(session, "sub", direction="in")) > 20)
            assert {row.link for row in rows(session, "spy")} == {"pub-spy"}
            assert session.counters().links["pub-spy"].messages > 20
            assert session.findings() == []

    run(main())


def test_two_addresses_and_a_link_that_says_one_of_them_again() -> None:
    """What is connected twice still comes once."""

    async def main() -> None:
        with publisher() as one, publisher() as two:
            spy = SpyNode(id="spy", connect=(one.address, two.address, one.address))
            async with running(spy) as session:
                await one.subscribed(b"")
                await two.subscribed(b"")
                one.socket.send(b"1")
                two.socket.send(b"2")
                await wait_until(lambda: sorted(texts(session)) == [b"1", b"2"])

    run(main())


def test_messages_of_plotjuggler_name_their_time() -> None:
    """topic | payload | seconds since 1970 as text (its DataStreamZMQ); and what only looks like it."""

    async def main() -> None:
        with publisher() as other:
            async with running(SpyNode(id="spy", connect=(other.address,))) as session:
                await other.subscribed(b"")
                for last in (b"1763880131.418203", b"", b"soon", b"12", b"\xff"):
                    other.socket.send_multipart([b"imu", b'{"x": 1}', last])
                await wait_until(lambda: len(rows(session, "spy")) == 5)
                roles = [envelope(row).roles for row in rows(session, "spy")]
                assert roles[0] == ("topic", "payload", "time")
                assert set(roles[1:]) == {("topic", "payload", "payload")}

    run(main())


def test_who_is_no_publisher_is_told_until_the_spy_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spies, "probe", partial(probe, timeout_s=PATIENCE_S))

    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.REP) as rep:
            spy = SpyNode(id="spy", connect=(f"tcp://127.0.0.1:{rep.bind_to_random_port('tcp://127.0.0.1')}",))
            async with running(spy) as session:
                await wait_until(session.findings)
                (finding,) = session.findings()
                assert (finding.code, finding.severity, finding.node) == ("Z216", "warning", "spy")
                assert "a REP listens there" in finding.text
                await session.apply(drawing())
                assert session.findings() == []

    run(main())


def test_who_takes_the_connection_and_says_nothing_is_told_as_well() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            spy = SpyNode(id="spy", connect=(f"tcp://127.0.0.1:{server.getsockname()[1]}",))
            async with running(spy) as session:
                await wait_until(session.findings)
                assert [(finding.code, finding.severity) for finding in session.findings()] == [("Z210", "warning")]

    run(main())


def test_who_listens_nowhere_is_told_until_somebody_does() -> None:
    async def main() -> None:
        address = f"tcp://127.0.0.1:{free_port()}"
        async with running(SpyNode(id="spy", connect=(address,))) as session:
            await wait_until(session.findings)
            assert [(finding.code, finding.severity) for finding in session.findings()] == [("Z209", "info")]
            with publisher(address):
                await wait_until(lambda: not session.findings())

    run(main())


def test_a_paused_spy_counts_and_records_nothing() -> None:
    async def main() -> None:
        with publisher() as other:
            async with running(SpyNode(id="spy", connect=(other.address,))) as session:
                await other.subscribed(b"")
                await session.pause("spy", True)
                other.socket.send(b"unseen")
                await wait_until(lambda: session.counters().nodes["spy"].received == 1)
                await session.pause("spy", False)
                other.socket.send(b"seen")
                await wait_until(lambda: texts(session) == [b"seen"])

    run(main())


def test_a_paused_proxy_passes_on() -> None:
    async def main() -> None:
        items = (sock("a", "PUSH", generate(rate=500)), proxy("p", "PULL", "PUSH"), sock("b", "PULL"))
        async with running(*items, link("a", "p"), link("p", "b")) as session:
            await wait_until(lambda: len(rows(session, "p")) > 10)
            await session.pause("p", True)
            seen = len(rows(session, "p"))
            before = session.counters().nodes["b"].received
            await wait_until(lambda: session.counters().nodes["b"].received > before + 20)
            assert len(rows(session, "p")) == seen
            assert session.counters().nodes["p"].received > before
            await session.pause("p", False)
            await wait_until(lambda: len(rows(session, "p")) > seen + 10)

    run(main())
