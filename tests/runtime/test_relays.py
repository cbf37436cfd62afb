"""Relay nodes of a session: drawn sockets through the worker, counters, states, findings, pauses, crashes."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import zmq

from tests.helpers.drawn import ECHO, drawing, generate, link, rows, running, sock
from tests.helpers.places import free_port
from tests.helpers.relayed import port_of
from tests.helpers.tapped import flow, hold, tapped
from tests.helpers.waiting import wait_until
from zinspector.capture.store import Store
from zinspector.runtime import worker_link
from zinspector.runtime.session import Session
from zinspector.topology.document import Behaviour, ExternalNode, Link, RelayNode


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def relay(target: str, listen: str = "tcp://127.0.0.1:*", name: str = "tap") -> RelayNode:
    return RelayNode(id=name, listen=listen, target=target)


def free() -> str:
    return f"tcp://127.0.0.1:{free_port()}"


def one_byte(address: str) -> bytes:
    """What comes first from there."""
    with socket.create_connection(("127.0.0.1", port_of(address)), timeout=60) as client:
        return client.recv(1)


def texts(session: Session) -> list[str]:
    return [finding.text for finding in session.findings()]


def test_programs_in_the_working_folder_are_not_taken_for_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uvloop.py").write_text("raise SystemExit('a file of the user')")
    monkeypatch.chdir(tmp_path)

    async def main() -> None:
        async with running(relay(free())) as session:
            assert session.states()["tap"].health == "waiting"  # nobody came yet
            assert session.findings() == []

    run(main())


def test_what_a_relay_adds_is_told_after_one_message() -> None:
    async def main() -> None:
        items = (sock("out", "PUSH", generate("only", count=1)), relay(free()), sock("in", "PULL", Behaviour("sink")))
        async with running(*items, link("out", "tap"), link("tap", "in")) as session:
            await wait_until(lambda: session.counters().nodes["in"].received == 1)
            await wait_until(lambda: session.delays())
            assert 0 < session.delays()[1] < 1e6

    run(main())


def test_requests_and_replies_go_through_a_relay_and_every_one_is_captured() -> None:
    async def main() -> None:
        items = (
            sock("client", "REQ", generate("question {{n}}", count=100)),
            relay(free()),
            sock("server", "REP", ECHO),
            link("client", "tap"),
            link("tap", "server"),
        )
        async with running(*items) as session:
            await wait_until(lambda: session.counters().nodes["client"].received == 100)
            await wait_until(lambda: len(rows(session, "tap")) == 200)
            await wait_until(lambda: session.counters().nodes["tap"].received == 200)
            messages = rows(session, "tap")
            asked = [message.frames[1] for message in messages if message.direction == "connect->bind"]
            assert asked == [f"question {n}".encode() for n in range(1, 101)]
            assert {(m.from_type, m.to_type) for m in messages} == {("REQ", "REP"), ("REP", "REQ")}
            assert {m.connection for m in messages} == {1}
            assert {m.link for m in messages} == {"client-tap"}
            assert [row.name for row in rows(session, "tap", "event")][:1] == ["OPENED"]
            assert {row.name for row in rows(session, "tap", "handshake")} >= {"GREETING", "READY"}
            await wait_until(lambda: session.delays())
            assert set(session.delays()) == {1}
            state = session.states()["tap"]
            assert (state.health, state.peers) == ("ok", 1)
            assert state.addresses[0].startswith("tcp://127.0.0.1:")
            assert session.findings() == []
            assert session.counters().links["client-tap"].messages == 200  # counted by the client, once each

    run(main())


def test_a_publisher_that_binds_where_the_relay_calls_is_its_target() -> None:
    async def main() -> None:
        target = free()
        items = (
            sock("station", "PUB", generate("weather", rate=200), bind=(target,)),
            relay(target),
            sock("display", "SUB", subscriptions=("wea",)),
            link("station", "tap"),
            link("tap", "display"),
        )
        async with running(*items) as session:
            await wait_until(lambda: session.counters().nodes["display"].received > 3)
            await wait_until(lambda: rows(session, "tap"))
            assert rows(session, "tap")[0].direction == "bind->connect"
            assert [row.frames for row in rows(session, "tap", "command") if row.name == "SUBSCRIBE"] == [(b"wea",)]

    run(main())


def test_what_a_relay_still_hands_over_goes_where_the_session_keeps_it_now() -> None:
    async def main() -> None:
        target = free()
        items = (
            sock("station", "PUB", generate("weather", rate=5000), bind=(target,)),
            relay(target),
            sock("display", "SUB", subscriptions=("",)),
            link("station", "tap"),
            link("tap", "display"),
        )
        async with running(*items) as session:
            await wait_until(lambda: session.counters().nodes["display"].received > 100)
            forgotten, session.store = session.store, Store()
            before = forgotten.captured
            await session.close()
            assert forgotten.captured == before
            assert session.store.captured > 0

    run(main())


def test_links_between_other_programs_are_counted_by_the_relay() -> None:
    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
            target = f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}"
            items = (
                ExternalNode(id="a", type="PUSH"),
                relay(target),
                ExternalNode(id="b", type="PULL", bind=(target,)),
                link("a", "tap"),
                link("tap", "b"),
            )
            async with running(*items) as session:
                push.connect(session.states()["tap"].addresses[0])
                for _ in range(50):
                    push.send(b"12345")
                await wait_until(lambda: session.counters().nodes["tap"].received == 50)
                links = session.counters().links
                assert {name: (count.messages, count.bytes) for name, count in links.items()} == {
                    "a-tap": (50, 250),
                    "tap-b": (50, 250),
                }
                push.close(0)

    run(main())


def test_what_is_wrong_with_a_relay_is_a_finding() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", free_port())) as taken:
            used = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
            items = (
                relay(free(), used, "used"),
                relay("inproc://x", name="inproc"),
                relay(free(), "tcp://no..name:5", "nowhere"),
                relay(free(), "tcp://*:*", "open"),
                relay(free(), name="nobody"),
            )
            async with running(*items) as session:
                found = {(finding.node, finding.code, finding.severity) for finding in session.findings()}
                assert found == {
                    ("used", "Z104", "error"),
                    ("inproc", "Z000", "error"),
                    ("nowhere", "Z000", "error"),
                    ("open", "Z114", "warning"),
                }
                states = session.states()
                assert (states["used"].health, states["inproc"].health) == ("error", "error")
                with pytest.raises(ConnectionResetError):
                    await asyncio.to_thread(one_byte, states["nobody"].addresses[0])
                await wait_until(lambda: session.states()["nobody"].text.endswith(" refuses clients"))
                await wait_until(lambda: rows(session, "nobody", "event"))
                assert [row.name for row in rows(session, "nobody", "event")] == ["REFUSED"]
                taken.close()
                await session.apply(drawing(relay(items[0].target, used, "used")))
                assert session.findings() == []
                assert session.states()["used"].health == "waiting"

    run(main())


def test_relays_that_lead_in_a_circle_are_not_opened_until_one_leads_elsewhere() -> None:
    async def main() -> None:
        first, second = free(), free()
        circle = (relay(second, first, "one"), relay(first, second, "two"))
        async with running(*circle) as session:
            assert [(found.node, found.code) for found in session.findings()] == [("one", "Z117"), ("two", "Z117")]
            assert session.findings()[0].text == "relays lead in a circle: one -> two -> one"
            await session.apply(drawing(circle[0], relay(free(), second, "two")))
            assert session.findings() == []
            assert session.states()["one"].addresses == (first,)

    run(main())


def test_a_relay_that_is_led_elsewhere_goes_on_counting() -> None:
    async def main() -> None:
        with zmq.Context() as context, context.socket(zmq.PUSH) as push:
            push.setsockopt(zmq.LINGER, 0)
            here = free()
            push.connect(here)
            async with running(relay(free(), here)) as session:
                for count in (1, 2):
                    with context.socket(zmq.PULL) as pull:
                        target = f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}"
                        await session.apply(drawing(relay(target, here)))
                        push.send(b"x")
                        assert await asyncio.to_thread(pull.recv) == b"x"
                        await wait_until(lambda wanted=count: session.counters().nodes["tap"].received == wanted)

    run(main())


def test_an_address_that_a_socket_gives_back_in_the_same_edit_is_there_for_the_relay() -> None:
    async def main() -> None:
        place = free()
        async with running(sock("a", "REP", bind=(place,))) as session:
            await session.apply(drawing(relay(free(), place)))
            assert session.findings() == []
            assert session.states()["tap"].addresses == (place,)

    run(main())


def test_a_paused_capture_lets_traffic_go_on() -> None:
    async def main() -> None:
        async with tapped() as taps:
            with zmq.Context() as context:
                push, pull = await flow(taps, context)
                push.send(b"one")
                assert await asyncio.to_thread(pull.recv) == b"one"
                await wait_until(lambda: len(taps.rows("tap")) == 1)
                await taps.session.pause("tap", True)
                push.send(b"two")
                assert await asyncio.to_thread(pull.recv) == b"two"
                await wait_until(lambda: taps.session.counters().nodes["tap"].received == 2)
                assert taps.session.states()["tap"].text == "capture is paused"
                await taps.session.pause("tap", False)
                push.send(b"three")
                assert await asyncio.to_thread(pull.recv) == b"three"
                await wait_until(lambda: len(taps.rows("tap")) == 2)
                assert [row.frames for row in taps.rows("tap")] == [(b"one",), (b"three",)]
                push.close()
                pull.close()

    run(main())


@pytest.mark.parametrize(("number", "how"), [(signal.SIGKILL, "killed by signal 9"), (signal.SIGTERM, "SIGTERM")])
def test_a_worker_that_others_end_is_told_of_and_replaced_on_the_same_port(number: int, how: str) -> None:
    async def main() -> None:
        async with tapped() as taps:
            with zmq.Context() as context:
                push, pull = await flow(taps, context)
                push.send(b"before")
                assert await asyncio.to_thread(pull.recv) == b"before"
                await wait_until(lambda: taps.rows("tap"))
                first, address = taps.worker, taps.session.states()["tap"].addresses
                os.kill(first, number)
                await wait_until(lambda: any(how in text for text in texts(taps.session)))
                await wait_until(lambda: taps.session.states()["tap"].health != "waiting")
                assert taps.session.states()["tap"].addresses == address
                assert taps.worker != first
                push.send(b"after")
                assert await asyncio.to_thread(pull.recv) == b"after"
                await wait_until(lambda: len(taps.rows("tap")) == 2)
                assert [row.connection for row in taps.rows("tap")] == [1, 2]
                push.close()
                pull.close()

    run(main())


def test_connections_go_on_counting_in_the_next_run_of_the_same_capture() -> None:
    async def main() -> None:
        store = Store()
        for run_number in (1, 2):
            async with tapped(store) as taps:
                with socket.create_server(("127.0.0.1", 0)) as target:
                    address = await taps.relay("tap", f"tcp://127.0.0.1:{target.getsockname()[1]}")
                    with socket.create_connection(("127.0.0.1", port_of(address))):
                        await wait_until(lambda: taps.events("tap").count("OPENED") == run_number)  # noqa: B023
                        assert taps.rows("tap", "event")[-1].connection == run_number

    run(main())


def test_a_chain_of_relays_and_a_link_named_by_its_only_client() -> None:
    async def main() -> None:
        target, middle = free(), free()
        items = (
            sock("client", "REQ", generate(count=5)),
            relay(middle, name="outer"),
            relay(target, middle, name="inner"),
            sock("server", "REP", ECHO),
            link("client", "outer"),
            Link(id="between", source="outer", target="inner"),
            link("inner", "server"),
        )
        async with running(*items) as session:
            await wait_until(lambda: session.counters().nodes["client"].received == 5)
            await wait_until(lambda: session.counters().links["between"].messages == 10)
            await wait_until(lambda: session.counters().nodes["inner"].received == 10)

    run(main())


def test_an_order_is_answered_even_if_the_worker_has_no_descriptor_left() -> None:
    async def main() -> None:
        async with tapped() as taps:
            await taps.relay("one", "tcp://127.0.0.1:9")
            limits = resource.prlimit(taps.worker, resource.RLIMIT_NOFILE)
            resource.prlimit(taps.worker, resource.RLIMIT_NOFILE, (3, limits[1]))
            with pytest.raises(ValueError, match="not enough values"):
                await asyncio.wait_for(taps.relay("two", "tcp://127.0.0.1:9"), 60)
            assert "Too many open files" in taps.session.states()["two"].text
            resource.prlimit(taps.worker, resource.RLIMIT_NOFILE, limits)

    run(main())


def test_a_worker_that_does_not_answer_holds_up_neither_an_order_nor_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_link, "ANSWER_S", 0.2)
    monkeypatch.setattr(worker_link, "END_S", 0.2)

    async def main() -> None:
        async with asyncio.timeout(60), tapped() as taps:
            await taps.relay("tap", free())
            worker = taps.worker
            hold(worker)
            await taps.session.pause("tap", True)
            await taps.session.close()
            assert not Path(f"/proc/{worker}").exists()

    run(main())
