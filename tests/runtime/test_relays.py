"""Relay nodes of a session: drawn sockets through the worker, counters, states, findings, pauses."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.helpers.drawn import ECHO, generate, link, rows, running, sock
from tests.helpers.places import free_port
from tests.helpers.waiting import wait_until
from zinspector.runtime.session import Session
from zinspector.topology.document import ExternalNode, Link, RelayNode


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def relay(target: str, listen: str = "tcp://127.0.0.1:*", name: str = "tap") -> RelayNode:
    return RelayNode(id=name, listen=listen, target=target)


def seen(session: Session, kind: str = "message") -> list[Any]:
    return rows(session, "tap", kind)


def test_requests_and_replies_go_through_a_relay_and_every_one_is_captured() -> None:
    async def main() -> None:
        target = f"tcp://127.0.0.1:{free_port()}"
        items = (
            sock("client", "REQ", generate("question {{n}}", count=100)),
            relay(target),
            sock("server", "REP", ECHO),
            link("client", "tap"),
            link("tap", "server"),
        )
        async with running(*items) as session:
            counts = session.counters().nodes
            await wait_until(lambda: session.counters().nodes["client"].received == 100)
            await wait_until(lambda: len(seen(session)) == 200)
            await wait_until(lambda: session.counters().nodes["tap"].received == 200)
            assert counts
            messages = seen(session)
            assert [m.frames[1] for m in messages if m.direction == "connect->bind"] == [
                f"question {n}".encode() for n in range(1, 101)
            ]
            assert {(m.from_type, m.to_type) for m in messages} == {("REQ", "REP"), ("REP", "REQ")}
            assert {m.connection for m in messages} == {1}
            assert {m.link for m in messages} == {"client-tap"}
            assert [row.name for row in seen(session, "event")][:1] == ["OPENED"]
            assert {row.name for row in seen(session, "handshake")} >= {"GREETING", "READY"}
            state = session.states()["tap"]
            assert (state.health, state.peers) == ("ok", 1)
            assert state.addresses[0].startswith("tcp://127.0.0.1:")
            assert session.findings() == []

    run(main())
