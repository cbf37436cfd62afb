"""What fails on the way is a finding; what ends takes its traces along."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zmq

from tests.helpers.drawn import ECHO, drawing, generate, link, running, sock
from tests.helpers.waiting import wait_until
from zinspector.runtime.monitor import Monitor
from zinspector.runtime.session import Session
from zinspector.topology.document import Behaviour, Link


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def told(session: Session) -> str:
    return " | ".join(finding.text for finding in session.findings())


@pytest.mark.parametrize("garbage", ["tcp", "tcp://", "tcp://[::1", "nope://x", "ipc://" + "x" * 200])
def test_a_link_with_a_garbage_address_is_a_finding_and_the_rest_runs(garbage: str) -> None:
    async def main() -> None:
        items = (sock("a", "PUSH", generate(count=3)), sock("b", "PULL"), sock("c", "PULL"))
        bad = Link(id="bad", source="a", target="c", transport="tcp", endpoint=garbage)
        async with running(*items, bad, link("a", "b")) as session:
            await wait_until(lambda: session.counters().nodes["b"].received > 0)
            assert session.findings()
            await session.apply(drawing(*items, link("a", "b")))
            assert session.findings() == []

    run(main())


def test_a_context_without_room_for_more_sockets_is_a_finding() -> None:
    async def main() -> None:
        document = replace(drawing(*(sock(name, "PULL", bind=("tcp://127.0.0.1:*",)) for name in "abc")))
        crowded = replace(document, context={"MAX_SOCKETS": 3})
        async with running() as session:
            await session.apply(crowded)
            assert "Too many open files" in told(session)
            await session.apply(document)
            assert session.findings() == []
            assert len(session.states()) == 3

    run(main())


def test_a_folder_that_may_not_be_written_is_a_finding(tmp_path: Path) -> None:
    async def main() -> None:
        place = tmp_path / "file"
        place.write_text("not a folder")
        async with running(sock("a", "PULL", bind=(f"ipc://{place}/x.ipc",))) as session:
            (finding,) = session.findings()
            assert finding.node == "a"

    run(main())


def test_messages_that_overtake_the_event_of_their_connection_at_its_other_end_are_counted_on_their_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work = Monitor.work

    def late(monitor: Monitor, deadline: int) -> bool:
        return monitor._socket.type != zmq.DEALER and work(monitor, deadline)

    def catch_up(monitor: Monitor) -> None:
        while work(monitor, 1 << 62):
            pass

    async def main() -> None:
        monkeypatch.setattr(Monitor, "work", late)
        monkeypatch.setattr(Monitor, "catch_up", catch_up)
        clients = sock("one", "DEALER", generate(count=3)), sock("two", "DEALER", generate(count=2))
        wires = link("one", "server"), link("two", "server")
        async with running(*clients, sock("server", "REP", ECHO), *wires) as session:
            await wait_until(lambda: [session.counters().nodes[name].received for name in ("one", "two")] == [3, 2])
            links = session.counters().links
            assert (links["one-server"].messages, links["two-server"].messages) == (6, 4)

    run(main())


def test_a_connection_that_its_own_side_ended_is_no_peer_any_more() -> None:
    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.PULL) as pull:
            port = pull.bind_to_random_port("tcp://127.0.0.1")
            node = sock("a", "PUSH", connect=(f"tcp://127.0.0.1:{port}",))
            async with running(node) as session:
                await wait_until(lambda: session.states()["a"].peers == 1)
                await session.apply(drawing(replace(node, connect=())))
                assert session.states()["a"].peers == 0

    run(main())


def test_a_full_queue_is_forgotten_when_it_has_room_again() -> None:
    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.PULL) as pull:
            pull.setsockopt(zmq.RCVHWM, 1)
            port = pull.bind_to_random_port("tcp://127.0.0.1")
            node = sock("a", "PUSH", connect=(f"tcp://127.0.0.1:{port}",), options={"SNDHWM": 1, "SNDBUF": 4096})
            async with running(node) as session:
                await wait_until(lambda: session.states()["a"].peers == 1)
                live = session._network.sockets["a"]
                while live.transmit([bytes(100_000)]):
                    pass
                assert live.blocked_since is not None
                while live.blocked_since is not None:
                    await asyncio.to_thread(pull.poll, 50)
                    while pull.poll(0):
                        pull.recv()

    run(main())


def test_a_delivery_that_failed_is_forgotten_with_the_behaviour_that_failed() -> None:
    async def main() -> None:
        items = (sock("a", "PUSH", generate()), sock("b", "PULL", Behaviour("forward", to="nobody")), link("a", "b"))
        async with running(*items) as session:
            await wait_until(lambda: "does not run" in told(session))
            await session.apply(drawing(items[0], replace(items[1], behaviour=ECHO), items[2]))
            assert "does not run" not in told(session)

    run(main())


def test_a_router_that_is_refused_counts_each_message_once() -> None:
    async def main() -> None:
        async with running(sock("a", "ROUTER", bind=("tcp://127.0.0.1:*",))) as session:
            live = session._network.sockets["a"]
            sent, refusal = live.transmit_many(lambda n: [b"nobody", b"%d" % n], 1, 5, 1 << 62)
            assert (sent, live.count.unroutable) == (0, 1)
            assert "nobody" in str(refusal)

    run(main())


def test_a_stray_connection_leaves_a_node_with_healthy_peers_green() -> None:
    async def main() -> None:
        items = sock("a", "PUSH", generate(rate=50), bind=("tcp://127.0.0.1:*",)), sock("b", "PULL"), link("a", "b")
        async with running(*items) as session:
            await wait_until(lambda: session.counters().nodes["b"].received > 1)
            port = int(session.states()["a"].addresses[0].rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)):
                pass
            await wait_until(lambda: session._network.monitors["a"].failure)
            assert (session.states()["a"].health, session.states()["a"].text) == ("ok", "")

    run(main())
