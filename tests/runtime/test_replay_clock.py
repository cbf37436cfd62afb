"""The clock of a replay: it stands while paused, also when that was before it began."""

from __future__ import annotations

import asyncio

import pytest

from zinspector.runtime import replay_clock
from zinspector.runtime.replay_clock import AT_MOST_S, PRECISE_NS, STEP_NS, ReplayClock


class World:
    """The machine's clock, which the test moves, and what was slept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ns = 1000
        self.slept: list[float] = []
        monkeypatch.setattr(replay_clock, "monotonic_ns", lambda: self.ns)
        monkeypatch.setattr(replay_clock.time, "sleep", self.slept.append)
        monkeypatch.setattr(replay_clock.asyncio, "sleep", self._sleep)

    async def _sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_it_stands_while_it_is_paused(world: World) -> None:
    clock = ReplayClock()
    clock.begin()
    world.ns += 10
    clock.pause()
    world.ns += 100
    clock.pause()
    assert (clock.paused, clock.now_ns) == (True, 10)
    clock.resume()
    clock.resume()
    world.ns += 5
    assert (clock.paused, clock.now_ns) == (False, 15)


def test_who_paused_before_it_began_waits_no_longer_for_that(world: World) -> None:
    clock = ReplayClock()
    clock.pause()
    world.ns += 1000
    clock.begin()
    world.ns += 100
    assert clock.now_ns == 0
    clock.resume()
    world.ns += 7
    assert clock.now_ns == 7


@pytest.mark.parametrize(
    ("left", "slept"),
    [
        (10 * PRECISE_NS, [9 * PRECISE_NS / 1e9]),
        (1000 * PRECISE_NS, [AT_MOST_S]),
        (PRECISE_NS, [STEP_NS / 1e9]),
        (STEP_NS // 2, [STEP_NS / 2e9]),
        (-5, []),
    ],
)
def test_it_sleeps_precisely_in_the_end(world: World, left: int, slept: list[float]) -> None:
    clock = ReplayClock()
    clock.begin()
    asyncio.run(clock.sleep_until(left))
    assert world.slept == slept
