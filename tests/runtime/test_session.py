"""Drawings that run: every pattern over every transport, edits while running, and an end that leaves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.drawn import ECHO, drawing, generate, link, proxy, rows, running, sock
from tests.helpers.leaks import threads
from tests.helpers.places import free_port
from tests.helpers.waiting import PATIENCE_S, wait_until
from zinspector.capture.store import Store
from zinspector.errors import SocketError
from zinspector.runtime import session as session_module
from zinspector.runtime.session import NodeCount, Session
from zinspector.topology.document import ExternalNode, SocketType, SpyNode

TRANSPORTS = ["tcp", "ipc", "inproc"]


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def count(session: Session, node: str) -> NodeCount:
    return session.counters().nodes[node]


def has_received(session: Session, node: str, messages: int) -> bool:
    return count(session, node).received >= messages


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("sender", "receiver"), [("PUSH", "PULL"), ("DEALER", "ROUTER"), ("PAIR", "PAIR"), ("DEALER", "DEALER")]
)
def test_a_lossless_pattern_loses_nothing(transport: str, sender: SocketType, receiver: SocketType) -> None:
    async def main() -> None:
        a, b = sock("a", sender, generate(count=5000)), sock("b", receiver)
        async with running(a, b, link("a", "b", transport)) as session:
            await wait_until(lambda: count(session, "b").received == 5000)
            assert count(session, "a").sent == 5000
            assert session.counters().links["a-b"].messages == 5000
            (first, *_, last) = rows(session, "b", direction="in")
            assert (first.frames[-1], last.frames[-1]) == (b"message 1", b"message 5000")
            assert (first.link, first.from_type, first.to_type) == ("a-b", sender, receiver)
            assert len(rows(session, "a", direction="out")) == 5000
            assert session.findings() == []

    run(main())


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(("client", "server"), [("REQ", "REP"), ("REQ", "ROUTER"), ("DEALER", "REP")])
def test_requests_are_answered_on_the_link_they_came_by(transport: str, client: SocketType, server: SocketType) -> None:
    async def main() -> None:
        items = (
            sock("one", client, generate(count=60)),
            sock("two", client, generate(count=30)),
            sock("server", server, ECHO),
        )
        async with running(*items, link("one", "server", transport), link("two", "server", transport)) as session:
            await wait_until(lambda: (count(session, "one").received, count(session, "two").received) == (60, 30))
            links = session.counters().links
            assert (links["one-server"].messages, links["two-server"].messages) == (120, 60)
            assert all(row.frames[-1].startswith(b"message") for row in rows(session, "one", direction="in"))

    run(main())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_sink_tells_its_links_apart(transport: str) -> None:
    async def main() -> None:
        pushers = [sock(f"p{i}", "PUSH", generate(count=100 * i)) for i in (1, 2, 3)]
        links = [link(f"p{i}", "sink", transport) for i in (1, 2, 3)]
        async with running(sock("sink", "PULL"), *pushers, *links) as session:
            await wait_until(lambda: count(session, "sink").received == 600)
            found = session.counters().links
            assert [found[f"p{i}-sink"].messages for i in (1, 2, 3)] == [100, 200, 300]

    run(main())


def test_a_shared_ipc_path_of_the_user_is_counted_at_the_senders(tmp_path: Path) -> None:
    async def main() -> None:
        sink = sock("sink", "PULL", bind=(f"ipc://{tmp_path}/sink",))
        pushers = [sock(f"p{i}", "PUSH", generate(count=10 * i)) for i in (1, 2)]
        async with running(sink, *pushers, *(link(f"p{i}", "sink", "ipc") for i in (1, 2))) as session:
            await wait_until(lambda: count(session, "sink").received == 30)
            assert [session.counters().links[f"p{i}-sink"].messages for i in (1, 2)] == [10, 20]

    run(main())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("publisher", ["PUB", "XPUB"])
@pytest.mark.parametrize("subscriber", ["SUB", "XSUB"])
def test_a_subscriber_gets_its_topics(transport: str, publisher: SocketType, subscriber: SocketType) -> None:
    async def main() -> None:
        feed = sock("feed", publisher, generate("{{choice('a','b')}}", rate=500))
        readers = [
            sock("reads-a", subscriber, subscriptions=("a",)),
            sock("reads-all", subscriber, subscriptions=("",)),
        ]
        links = [link("feed", "reads-a", transport), link("feed", "reads-all", transport)]
        async with running(feed, *readers, *links) as session:
            await wait_until(lambda: count(session, "reads-a").received > 5)
            await wait_until(lambda: count(session, "reads-all").received > 20)
            assert {row.frames[0] for row in rows(session, "reads-a", direction="in")} == {b"a"}
            if publisher == "XPUB":
                commands = rows(session, "feed", "command")
                assert {(row.name, row.frames[0]) for row in commands} == {
                    ("SUBSCRIBE", b"\x01a"),
                    ("SUBSCRIBE", b"\x01"),
                }
                assert count(session, "feed").received == 0

    run(main())


def test_subscriptions_change_while_it_runs() -> None:
    async def main() -> None:
        feed = sock("feed", "PUB", generate("{{choice('a','b')}}", rate=1000))
        reader = sock("reader", "SUB", subscriptions=("a",))
        document = drawing(feed, reader, link("feed", "reader"))
        session = Session(Store())
        await session.apply(document)
        await wait_until(lambda: count(session, "reader").received > 5)
        before = session.states()["feed"].addresses
        await session.apply(document.with_node(replace(reader, subscriptions=("b",))))
        await wait_until(lambda: rows(session, "reader")[-1].frames == (b"b",))
        assert session.states()["feed"].addresses == before
        await session.apply(document.with_node(replace(reader, subscriptions=())))
        await wait_until(lambda: session.document is not None)
        await session.close()
        assert session.findings() == []

    run(main())


def test_a_rebuilt_binder_is_found_again_and_a_removed_node_is_gone() -> None:
    async def main() -> None:
        feed, reader = sock("feed", "PUSH", generate(rate=500)), sock("reader", "PULL")
        document = drawing(feed, reader, link("feed", "reader"))
        session = Session(Store())
        await session.apply(document)
        await wait_until(lambda: count(session, "reader").received > 5)
        for options in ({"BACKLOG": 7}, {"BACKLOG": 8}):
            document = document.with_node(replace(feed, options=options)).with_node(replace(reader, options=options))
            await session.apply(document)
            more = count(session, "reader").received + 5
            await wait_until(partial(has_received, session, "reader", more))
        await session.apply(document.without({"feed"}))
        assert set(session.states()) == {"reader"}
        await session.close()

    run(main())


def test_a_fixed_port_moves_from_one_node_to_another() -> None:
    async def main() -> None:
        address = f"tcp://127.0.0.1:{free_port()}"
        async with running(sock("a", "PULL", bind=(address,))) as session:
            assert session.states()["a"].addresses == (address,)
            await session.apply(drawing(sock("b", "PULL", bind=(address,))))
            assert session.findings() == []
            assert session.states()["b"].addresses == (address,)

    run(main())


def test_req_and_rep_explain_whose_turn_it_is() -> None:
    async def main() -> None:
        async with running(sock("client", "REQ"), sock("server", "REP"), link("client", "server")) as session:
            with pytest.raises(SocketError, match="has no request to answer"):
                await session.send("server", [b"too soon"])
            assert session.states()["client"].req_state == "send"
            await wait_until(lambda: session.states()["client"].peers == 1)
            await session.send("client", [b"question"])
            assert session.states()["client"].req_state == "receive"
            with pytest.raises(SocketError, match="REQ 'client' is waiting for a reply to its last request; it can't"):
                await session.send("client", [b"again"])
            await wait_until(lambda: session.states()["server"].req_state == "send")
            await session.send("server", [b"answer", b"in two frames"])
            await wait_until(lambda: count(session, "client").received == 1)
            assert rows(session, "client", direction="in")[0].frames == (b"answer", b"in two frames")
            assert (count(session, "client").errors, count(session, "server").errors) == (1, 1)

    run(main())


def test_sending_that_can_not_be_is_explained() -> None:
    async def main() -> None:
        async with running(sock("pull", "PULL"), sock("push", "PUSH"), sock("router", "ROUTER")) as session:
            for node, words in (("pull", "only receives"), ("push", "no peer"), ("gone", "does not run")):
                with pytest.raises(SocketError, match=words):
                    await session.send(node, [b"x"])
            with pytest.raises(SocketError, match="no peer with the routing id b'nobody'"):
                await session.send("router", [b"nobody", b"x"])
            assert count(session, "push").full == 1
            assert count(session, "router").unroutable == 1

    run(main())


def test_a_full_queue_is_counted_and_nothing_is_lost_when_it_has_room_again() -> None:
    async def main() -> None:
        fast = sock("fast", "PUSH", generate(count=3000), options={"SNDHWM": 10})
        document = drawing(fast)
        session = Session(Store())
        await session.apply(document)
        await wait_until(lambda: count(session, "fast").full > 0)
        await session.apply(document.with_node(sock("late", "PULL")).with_link(link("fast", "late")))
        await wait_until(lambda: count(session, "late").received == 3000)
        assert [row.frames[0] for row in rows(session, "late")] == [b"message %d" % n for n in range(1, 3001)]
        await session.close()

    run(main())


def test_a_stream_talks_to_plain_tcp() -> None:
    async def main() -> None:
        async with running(sock("raw", "STREAM", ECHO, bind=("tcp://127.0.0.1:*",))) as session:
            port = int(session.states()["raw"].addresses[0].rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            assert await asyncio.wait_for(reader.readexactly(18), 60) == b"GET / HTTP/1.0\r\n\r\n"
            writer.close()
            await writer.wait_closed()

    run(main())


@pytest.mark.parametrize(("front", "back", "client", "worker"), [("ROUTER", "DEALER", "REQ", "REP")])
def test_a_queue(front: SocketType, back: SocketType, client: SocketType, worker: SocketType) -> None:
    async def main() -> None:
        clients = [sock(f"c{i}", client, generate(count=50)) for i in (1, 2)]
        workers = [sock(f"w{i}", worker, ECHO) for i in (1, 2)]
        links = [link(f"c{i}", "queue") for i in (1, 2)] + [link("queue", f"w{i}") for i in (1, 2)]
        async with running(*clients, proxy("queue", front, back), *workers, *links) as session:
            await wait_until(lambda: all(count(session, f"c{i}").received == 50 for i in (1, 2)))
            through = rows(session, "queue")
            assert len([row for row in through if row.direction == "in"]) == 200
            assert len([row for row in through if row.direction == "out"]) == 200
            links_seen = session.counters().links
            assert links_seen["c1-queue"].messages == 100
            assert links_seen["queue-w1"].messages + links_seen["queue-w2"].messages == 200

    run(main())


def test_a_forwarder_passes_subscriptions_back() -> None:
    async def main() -> None:
        items = (
            sock("feed", "XPUB", generate("{{choice('a','b')}}", rate=500)),
            proxy("forwarder", "XSUB", "XPUB"),
            sock("reader", "SUB", subscriptions=("a",)),
        )
        async with running(*items, link("feed", "forwarder"), link("forwarder", "reader")) as session:
            await wait_until(lambda: count(session, "reader").received > 5)
            assert [(row.name, row.frames[0]) for row in rows(session, "feed", "command")] == [("SUBSCRIBE", b"\x01a")]
            assert {row.frames[0] for row in rows(session, "forwarder")} == {b"a"}

    run(main())


def test_a_proxy_holds_back_what_the_other_side_can_not_take() -> None:
    async def main() -> None:
        limits = {"SNDHWM": 5, "RCVHWM": 5}
        streamer = replace(
            proxy("streamer", "PULL", "PUSH"),
            frontend=replace(proxy("", "PULL", "PUSH").frontend, options=limits),
            backend=replace(proxy("", "PULL", "PUSH").backend, options=limits),
        )
        document = drawing(sock("p", "PUSH", generate(count=2000), options=limits), streamer, link("p", "streamer"))
        session = Session(Store())
        await session.apply(document)
        await wait_until(lambda: count(session, "streamer").full > 0)
        held = count(session, "streamer").received
        assert held < 1000
        await session.apply(document.with_node(sock("c", "PULL")).with_link(link("streamer", "c")))
        await wait_until(lambda: count(session, "c").received == 2000)
        await session.close()

    run(main())


def test_what_finds_nobody_says_so_and_disturbs_nobody() -> None:
    async def main() -> None:
        items = (
            SpyNode(id="spy"),
            ExternalNode(id="there", type="SUB"),
            sock("a", "PUSH", generate(count=5)),
            sock("b", "PULL"),
        )
        async with running(*items, link("a", "b")) as session:
            await wait_until(lambda: count(session, "b").received == 5)
            texts = {node: state.text for node, state in session.states().items()}
            assert (texts["spy"], texts["there"]) == ("no peer yet", "another program")
            assert session.findings() == []

    run(main())


def test_it_closes_fast_with_full_queues_and_unreachable_peers_and_leaves_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        items = (
            sock("full", "PUSH", generate("x" * 10_000), connect=("tcp://127.0.0.1:1",), options={"LINGER": -1}),
            sock("far", "DEALER", generate(), connect=("tcp://10.255.255.1:9",), options={"LINGER": -1}),
            sock("here", "PULL", bind=(f"ipc://{tmp_path}/here", "tcp://127.0.0.1:*")),
            sock("ask", "REQ", generate(), connect=(f"ipc://{tmp_path}/nobody",)),
        )
        session = Session(Store())
        await session.apply(drawing(*items, sock("pub", "PUB", generate()), sock("sub", "SUB"), link("pub", "sub")))
        await wait_until(lambda: count(session, "full").full > 0)
        await asyncio.wait_for(session.close(), PATIENCE_S)  # those who linger wait for ever
        assert len(asyncio.all_tasks()) == 1
        assert count(session, "full").sent > 0

    before = open_files(), len(threads())
    run(main())
    assert (open_files(), len(threads())) == before
    assert list(tmp_path.iterdir()) == []


def test_what_was_sent_before_the_stop_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "GRACE_S", PATIENCE_S)  # a busy machine holds messages up for longer
    monkeypatch.setattr(session_module, "QUIET_S", 1.0)

    async def main() -> None:
        items = (sock("a", "PUSH", generate(rate=20_000)), sock("b", "PULL"), link("a", "b"))
        async with running(*items) as session:
            await wait_until(lambda: count(session, "b").received > 100)
            await session.stop()
            assert not session.running
            assert count(session, "a").sent == count(session, "b").received
            assert session.store.captured >= 2 * count(session, "a").sent

    run(main())


def test_stop_and_run_again() -> None:
    async def main() -> None:
        document = drawing(sock("a", "PUSH", generate(count=10)), sock("b", "PULL"), link("a", "b"))
        session = Session(Store())
        for round_number in (1, 2, 3):
            await session.apply(document)
            await wait_until(partial(has_received, session, "b", 10 * round_number))
            await session.stop()
        await session.close()
        await session.close()

    run(main())
