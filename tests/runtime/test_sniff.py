"""A sniffer really capturing on the loopback, with each program that can."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import zmq

from tests.helpers.drawn import drawing
from tests.helpers.waiting import wait_until
from zinspector.capture.packets import dissect
from zinspector.capture.store import Store
from zinspector.runtime import sniff_programs
from zinspector.runtime.session import Session
from zinspector.runtime.sniff import Sniffer, SniffError
from zinspector.topology.document import ImportNode


@pytest.fixture(params=["dumpcap", "tcpdump"])
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Only one program is there."""
    name: str = request.param
    path = shutil.which(name)
    if path is None or os.geteuid() != 0:
        pytest.skip(f"may not capture with {name}")
    (tmp_path / name).symlink_to(path)
    monkeypatch.setattr(sniff_programs, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    return name


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def messages(store: Store) -> list[tuple[bytes, ...]]:
    return [row.frames for row in store.rows(1, store.captured) if row.kind == "message"]


def test_messages_on_the_loopback(program: str) -> None:
    async def sniff() -> None:
        with zmq.Context() as context, context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
            port = push.bind_to_random_port("tcp://127.0.0.1")
            store = Store()
            sniffer = Sniffer(lambda: store, "lo", [port], "tap")
            await sniffer.start()
            assert sniffer.running
            pull.connect(f"tcp://127.0.0.1:{port}")
            for number in range(500):
                push.send_multipart([b"%d" % number, b"x" * number])
            await wait_until(lambda: len(messages(store)) == 500)
            await sniffer.stop()
        assert not sniffer.running
        assert messages(store) == [(b"%d" % number, b"x" * number) for number in range(500)]
        assert {(row.node, row.connection) for row in store.rows(1, store.captured)} == {("tap", 1)}
        assert sniffer.packets > 10
        assert (sniffer.dropped, sniffer.failure) == (0, None)

    run(sniff())


def test_other_protocols_are_told_while_it_goes_on(program: str) -> None:
    async def sniff() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            store = Store()
            sniffer = Sniffer(lambda: store, "lo", [port], "tap")
            await sniffer.start()
            with socket.create_connection(("127.0.0.1", port)) as client, server.accept()[0] as peer:
                client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                await wait_until(lambda: store.captured)
            row = store.row(1)
            assert row is not None
            assert row.frames[0].startswith(b"HTTP on port %d" % port)
            await sniffer.stop()
        assert store.captured == 1

    run(sniff())


def test_an_interface_that_is_not_there_is_told_with_those_that_are(program: str) -> None:
    async def sniff() -> None:
        with pytest.raises(SniffError, match=r"there is no such interface .*lo"):
            await Sniffer(Store, "nowhere0").start()

    run(sniff())


def test_a_program_that_ends_by_itself_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "dumpcap"
    header = "\\324\\303\\262\\241\\002\\000\\004\\000" + "\\000" * 8 + "\\000\\000\\004\\000\\001\\000\\000\\000"
    script.write_text(f"#!/bin/sh\nprintf '{header}'\n/bin/sleep 0.2\necho the network is down >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    async def sniff() -> None:
        sniffer = Sniffer(Store, "lo")
        await sniffer.start()
        await wait_until(lambda: not sniffer.running)
        assert sniffer.failure == "the network is down"
        await sniffer.stop()

    run(sniff())


@pytest.mark.expect_log("zinspector.runtime.sniff")
def test_a_bug_ends_the_sniffing_and_nothing_else(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(dissect.Dissector, "take", fail)

    async def sniff() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            sniffer = Sniffer(Store, "lo", [server.getsockname()[1]])
            await sniffer.start()
            with socket.create_connection(server.getsockname()):
                await wait_until(lambda: not sniffer.running)
            assert "boom" in (sniffer.failure or "")
            await sniffer.stop()

    run(sniff())


def test_an_import_node_listens_to_an_interface(program: str) -> None:
    async def sniff() -> None:
        with zmq.Context() as context, context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
            port = push.bind_to_random_port("tcp://127.0.0.1")
            session = Session(Store())
            await session.apply(drawing(ImportNode(id="tap", interface="lo", ports=(port,))))
            await wait_until(lambda: session.states()["tap"].health == "ok")
            pull.connect(f"tcp://127.0.0.1:{port}")
            push.send(b"hello")
            await wait_until(lambda: messages(session.store) == [(b"hello",)])
            assert "packets" in session.states()["tap"].text
            await session.apply(drawing(ImportNode(id="tap", interface="nowhere0")))
            await wait_until(session.findings)
            assert "no such interface" in session.findings()[0].text
            await session.close()

    run(sniff())


def test_what_is_still_sniffed_goes_where_the_session_keeps_it_now(program: str) -> None:
    async def sniff() -> None:
        with zmq.Context() as context, context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
            port = push.bind_to_random_port("tcp://127.0.0.1")
            forgotten = Store()
            session = Session(forgotten)
            await session.apply(drawing(ImportNode(id="tap", interface="lo", ports=(port,))))
            await wait_until(lambda: session.states()["tap"].health == "ok")
            pull.connect(f"tcp://127.0.0.1:{port}")
            push.send(b"before")
            await wait_until(lambda: messages(forgotten) == [(b"before",)])
            session.store = Store()
            push.send(b"after")
            await wait_until(lambda: messages(session.store) == [(b"after",)])
            assert messages(forgotten) == [(b"before",)]
            await session.close()

    run(sniff())
