"""Staying awake: between requests and replies, never in a flood, and only as long as it helps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.helpers.relayed import on_uvloop
from tests.helpers.waiting import wait_until
from zinspector.runtime import wakefulness
from zinspector.runtime.wakefulness import SMALL, Wakefulness


def tried(work: Callable[[Wakefulness], Awaitable[None]]) -> None:
    async def main() -> None:
        await work(Wakefulness())

    on_uvloop(main())


def test_it_is_awake_while_both_sides_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakefulness, "AWAKE_NS", 60_000_000_000)

    async def work(state: Wakefulness) -> None:
        for side in ("connect", "bind", "connect"):
            state.passed(side, 16)
            await asyncio.sleep(0.001)
            assert state.awake
        state.passed("connect", 16)
        await wait_until(lambda: not state.awake)

    tried(work)


@pytest.mark.parametrize("size", [16, SMALL + 1])
def test_it_sleeps_in_a_stream_and_in_a_flood(size: int) -> None:
    async def work(state: Wakefulness) -> None:
        state.passed("bind", 16)
        await wait_until(lambda: not state.awake)
        for _ in range(100):
            state.passed("bind", size)
            assert not state.awake
        state.passed("connect", SMALL + 1)
        assert not state.awake

    tried(work)


def test_where_nothing_comes_in_time_more_and_more_chances_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakefulness, "AWAKE_NS", 0)

    async def work(state: Wakefulness) -> None:
        turns, left_out = 0, []
        for _ in range(4):
            before = turns
            while not state.awake:
                state.passed("connect" if turns % 2 else "bind", 16)
                turns += 1
            left_out.append(turns - before - 1)
            await wait_until(lambda: not state.awake)
        assert left_out == [0, 1, 3, 7]
        while not state.awake:
            state.passed("connect" if turns % 2 else "bind", 16)
            turns += 1
        state.passed("connect" if turns % 2 else "bind", 16)  # it came in time
        await wait_until(lambda: not state.awake)
        state.passed("bind" if turns % 2 else "connect", 16)
        state.passed("connect" if turns % 2 else "bind", 16)
        assert state.awake

    tried(work)
