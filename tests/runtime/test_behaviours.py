"""Behaviours: rates, envelopes, replies, lost replies, forwarding."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from tests.helpers.drawn import ECHO, drawing, generate, link, rows, running, sock, texts
from tests.helpers.waiting import wait_until
from zinspector.capture.envelope import STAMP_MAGIC
from zinspector.capture.message import Message
from zinspector.runtime import generator
from zinspector.runtime.behaviours import split_envelope
from zinspector.runtime.generator import Generator
from zinspector.runtime.session import NodeCount, Session
from zinspector.topology.document import Behaviour, FrameTemplate, SocketType


def count(session: Session, node: str) -> NodeCount:
    return session.counters().nodes[node]


@pytest.mark.parametrize(
    ("kind", "frames", "envelope"),
    [
        ("ROUTER", [b"id", b"", b"x"], 2),
        ("ROUTER", [b"id", b"x", b"y"], 1),
        ("ROUTER", [b"id", b"id2", b"", b"x"], 3),
        ("DEALER", [b"", b"x"], 1),
        ("DEALER", [b"id", b"", b"x"], 2),
        ("DEALER", [b"x"], 0),
        ("REP", [b"", b"x"], 0),
        ("STREAM", [b"id", b"x"], 1),
    ],
)
def test_the_envelope(kind: str, frames: list[bytes], envelope: int) -> None:
    assert split_envelope(kind, frames) == (frames[:envelope], frames[envelope:])


@pytest.mark.parametrize(
    ("client", "server"), [("REQ", "REP"), ("REQ", "ROUTER"), ("DEALER", "ROUTER"), ("DEALER", "REP"), ("PAIR", "PAIR")]
)
def test_a_reply_keeps_the_envelope(client: SocketType, server: SocketType) -> None:
    async def main() -> None:
        server_node = sock("server", server, Behaviour("reply", frames=texts("answer {{n}}", "and more")))
        async with running(sock("client", client, generate(count=3)), server_node, link("client", "server")) as session:
            await wait_until(lambda: count(session, "client").received == 3)
            replies = [row.frames[-2:] for row in rows(session, "client", direction="in")]
            assert replies == [(b"answer %d" % n, b"and more") for n in (1, 2, 3)]

    asyncio.run(main())


@pytest.mark.parametrize("rate", [100.0, 2000.0, 50_000.0])
def test_the_rate_is_kept(rate: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0
    monkeypatch.setattr(generator, "monotonic_ns", lambda: now)

    async def main() -> None:
        nonlocal now
        async with running(sock("feed", "PUB", generate(rate=rate))) as session:
            for _ in range(20):
                now += 25_000_000
                due = int(now * rate / 1e9) + 1
                await wait_until(lambda wanted=due: count(session, "feed").sent >= wanted)
                assert count(session, "feed").sent == due

    asyncio.run(main())


def test_a_stamp_is_a_frame_of_its_own() -> None:
    async def main() -> None:
        items = (sock("a", "PUSH", generate("x", count=1, stamp=True)), sock("b", "PULL"), link("a", "b"))
        async with running(*items) as session:
            await wait_until(lambda: count(session, "b").received == 1)
            (row,) = rows(session, "b")
            assert row.frames[0] == b"x"
            assert row.frames[1].startswith(STAMP_MAGIC)

    asyncio.run(main())


def test_a_router_sends_to_the_peers_it_has_heard_of_in_turn() -> None:
    async def main() -> None:
        peers = [sock(f"d{i}", "DEALER", generate("hello", count=1)) for i in (1, 2)]
        router = sock("router", "ROUTER", generate("news {{n}}", rate=200))
        async with running(router, *peers, *(link(f"d{i}", "router") for i in (1, 2))) as session:
            await wait_until(lambda: all(count(session, f"d{i}").received > 3 for i in (1, 2)))
            before = len(rows(session, "router", direction="out"))
            await wait_until(lambda: len(rows(session, "router", direction="out")) >= before + 20)
            turns = [row.frames[0] for row in rows(session, "router", direction="out")[before:]]
            assert all(one != other for one, other in pairwise(turns))
            assert session.findings() == []

    asyncio.run(main())


def test_a_router_forgets_a_peer_that_left() -> None:
    async def main() -> None:
        router = sock("router", "ROUTER", generate(rate=500))
        document = drawing(router, sock("d", "DEALER", generate(count=1)), link("d", "router"))
        async with running(*document.nodes, *document.links) as session:
            await wait_until(lambda: count(session, "d").received > 3)
            await session.apply(drawing(router))
            await wait_until(lambda: count(session, "router").unroutable == 1)
            assert session.findings() == []

    asyncio.run(main())


def test_a_lost_reply_is_counted_and_a_plain_req_stays_stuck() -> None:
    async def main() -> None:
        items = (
            sock("stuck", "REQ", generate(), options={"RCVTIMEO": 50}),
            sock("relaxed", "REQ", generate(), options={"RCVTIMEO": 50, "REQ_RELAXED": 1, "REQ_CORRELATE": 1}),
            sock("silent", "ROUTER"),
        )
        async with running(*items, link("stuck", "silent"), link("relaxed", "silent")) as session:
            await wait_until(lambda: count(session, "relaxed").lost_replies >= 3)
            await wait_until(lambda: count(session, "stuck").lost_replies)
            assert (count(session, "stuck").sent, count(session, "stuck").lost_replies) == (1, 1)
            assert count(session, "relaxed").sent >= 3
            assert {finding.code for finding in session.findings()} == {"Z205"}

            def asked() -> list[Message]:
                return [row for row in rows(session, "silent") if row.link == "stuck-silent"]

            await wait_until(asked)  # who waited in vain may not have been heard yet
            (row,) = asked()
            await session.send("silent", [*row.frames[:2], b"at last"])
            await wait_until(lambda: count(session, "stuck").sent == 2)

    asyncio.run(main())


def test_forward_to_another_node_and_to_none() -> None:
    async def main() -> None:
        nodes = (
            sock("feed", "PUSH", generate("a", "b", count=500)),
            sock("worker", "PULL", Behaviour("forward", to="out")),
            sock("out", "PUSH", options={"SNDHWM": 5}),
            sock("end", "PULL", options={"RCVHWM": 5}),
            sock("lost", "PULL", Behaviour("forward", to="nowhere")),
            sock("feed2", "PUSH", generate(count=1)),
        )
        links = (link("feed", "worker"), link("out", "end"), link("feed2", "lost"))
        async with running(*nodes, *links) as session:
            await wait_until(lambda: count(session, "end").received == 500)
            assert rows(session, "end")[-1].frames == (b"a", b"b")
            await wait_until(lambda: "forwards to 'nowhere'" in " ".join(f.text for f in session.findings()))

    asyncio.run(main())


def test_a_behaviour_that_can_not_be_is_a_finding(tmp_path: Path) -> None:
    async def main() -> None:
        bad = Behaviour("generate", rate=1, frames=(FrameTemplate("text", "{{nonsense(}}"),))
        async with running(sock("sub", "SUB", ECHO), sock("pub", "PUB", bad), base=tmp_path) as session:
            found = {finding.node: finding for finding in session.findings()}
            assert "only receives" in found["sub"].text
            assert "frame 0" in str(found["pub"].text)

    asyncio.run(main())


@pytest.mark.parametrize("behaviour", [ECHO, Behaviour("reply", frames=texts("late"))], ids=["echo", "reply"])
def test_a_rep_that_begins_to_answer_answers_the_request_that_waits(behaviour: Behaviour) -> None:
    async def main() -> None:
        client, wire = sock("client", "REQ", generate(count=3)), link("client", "server")
        async with running(client, sock("server", "REP"), wire) as session:
            await wait_until(lambda: count(session, "server").received == 1)
            await session.apply(drawing(client, sock("server", "REP", behaviour), wire))
            await wait_until(lambda: count(session, "client").received == 3)

    asyncio.run(main())


def test_a_req_whose_turn_is_over_before_it_could_send_comes_again() -> None:
    async def main() -> None:
        async with running(sock("a", "REQ"), sock("b", "REP", ECHO), link("a", "b")) as session:
            assert session._pump is not None
            live = session._network.sockets["a"]
            generator = Generator(live, session._scene(session._pump), generate(), lambda n: [b"%d" % n])
            assert generator.work(0)  # its deadline has passed
            generator.stop()

    asyncio.run(main())
