"""Objects between a process and its fork: all of them, in order, however large, until one end is closed."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.waiting import wait_until
from zinspector.runtime.line import Line

PLAIN = st.none() | st.booleans() | st.integers() | st.text() | st.binary(max_size=300_000)
THINGS = st.recursive(PLAIN, lambda each: st.lists(each, max_size=4) | st.tuples(each, each), max_leaves=8)


def never() -> None:
    raise AssertionError("nobody closed it")


@settings(deadline=None)
@given(st.lists(THINGS, max_size=20))
def test_what_was_sent_comes_in_its_order(things: list[Any]) -> None:
    async def main() -> None:
        heard: list[Any] = []
        one, other = socket.socketpair()
        sending, reading = Line(one, never, never), Line(other, heard.append, never)
        for thing in things:
            sending.send(thing)
        await wait_until(lambda: len(heard) == len(things))
        assert heard == things
        assert sending.pending == 0
        sending.close()
        reading.close()

    asyncio.run(main())


def test_what_the_other_end_does_not_take_waits_here() -> None:
    async def main() -> None:
        one, other = socket.socketpair()
        sending = Line(one, never, never)
        sending.send(bytes(10 << 20))
        assert sending.pending > 5 << 20
        heard: list[Any] = []
        reading = Line(other, heard.append, never)
        await wait_until(lambda: heard)
        assert heard == [bytes(10 << 20)]
        assert sending.pending == 0
        sending.close()
        reading.close()

    asyncio.run(main())


def test_the_end_of_one_is_told_to_the_other_and_what_it_sends_then_is_lost() -> None:
    async def main() -> None:
        broken: list[str] = []
        one, other = socket.socketpair()
        first, second = Line(one, never, never), Line(other, never, lambda: broken.append("second"))
        second.send(bytes(10 << 20))
        first.close()
        await wait_until(lambda: broken)
        assert second.closed
        second.send("nobody")
        assert broken == ["second"]

    asyncio.run(main())


def test_an_end_that_was_closed_hears_nothing_more() -> None:
    async def main() -> None:
        heard: list[Any] = []
        one, other = socket.socketpair()
        sending = Line(one, never, lambda: None)

        def hear(thing: Any) -> None:
            heard.append(thing)
            reading.close()

        reading = Line(other, hear, never)
        sending.send(1)
        sending.send(2)
        await wait_until(lambda: reading.closed and sending.closed)
        assert heard == [1]

    asyncio.run(main())
