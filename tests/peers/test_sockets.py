"""Spies and drawn sockets of ours with other implementations, without any tap between them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.helpers.drawn import ECHO, generate, rows, running, sock
from tests.helpers.foreign import KINDS, Foreign, ForeignSocket, Frames, foreign
from tests.helpers.waiting import wait_until
from zinspector.runtime.session import Session
from zinspector.tasks import in_thread
from zinspector.topology.document import SpyNode

OTHERS = [kind for kind in KINDS if kind != "pyzmq"]
CALL = b"is anybody there?"
MESSAGES: list[Frames] = [(b"news.%d" % i, b"x" * (37 * i)) for i in range(60)]


def heard(session: Session, node: str) -> list[Frames]:
    return [row.frames for row in rows(session, node, direction="in") if row.frames != (CALL,)]


def address(session: Session, node: str) -> str:
    return session.states()[node].addresses[0]


async def spied_on(peer: Foreign) -> None:
    with peer.open("PUB", "bind", "tcp://127.0.0.1:*") as pub:
        async with running(SpyNode(id="spy", connect=(pub.address,))) as session:
            while not rows(session, "spy", direction="in"):
                await in_thread(pub.send, (CALL,))
                await asyncio.sleep(0)
            await in_thread(pub.send, *MESSAGES)
            await wait_until(lambda: len(heard(session, "spy")) == len(MESSAGES))
            assert heard(session, "spy") == MESSAGES
            assert session.findings() == []


async def pulled_from(peer: Foreign) -> None:
    with peer.open("PUSH", "bind", "tcp://127.0.0.1:*") as push:
        async with running(sock("pull", "PULL", connect=(push.address,))) as session:
            await in_thread(push.send, *MESSAGES)
            await wait_until(lambda: len(heard(session, "pull")) == len(MESSAGES))
            assert heard(session, "pull") == MESSAGES


async def pushed_to(peer: Foreign) -> None:
    async with running(sock("push", "PUSH", generate(count=50), bind=("tcp://127.0.0.1:*",))) as session:
        with peer.open("PULL", "connect", address(session, "push")) as pull:
            got = await in_thread(lambda: [pull.receive() for _ in range(50)])
            assert got == [(b"message %d" % i,) for i in range(1, 51)]


async def answered(peer: Foreign) -> None:
    def ask(req: ForeignSocket) -> list[Frames]:
        answers = []
        for frames in MESSAGES:
            req.send(frames)
            answers.append(req.receive())
        return answers

    async with running(sock("rep", "REP", ECHO, bind=("tcp://127.0.0.1:*",))) as session:
        with peer.open("REQ", "connect", address(session, "rep")) as req:
            assert await in_thread(ask, req) == MESSAGES
            assert len(rows(session, "rep")) == 2 * len(MESSAGES)


@pytest.mark.parametrize("converse", [spied_on, pulled_from, pushed_to, answered])
@pytest.mark.parametrize("kind", OTHERS)
def test_we_talk_with(kind: str, converse: Callable[[Foreign], Awaitable[None]]) -> None:
    async def main() -> None:
        with foreign(kind) as peer:
            await converse(peer)

    asyncio.run(main())
