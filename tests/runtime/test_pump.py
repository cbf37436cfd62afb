"""Turns: everybody gets one, the loop gets its own in between, and a closed pump is silent."""

from __future__ import annotations

import asyncio

import pytest

from tests.helpers.waiting import wait_until
from zinspector.runtime import pump
from zinspector.runtime.pump import BOX_NS, SLICE_NS, Pump

LOOK_NS = 10_000


class Clock:
    """Goes on by itself, each time somebody looks at it: nobody is ever held up between two looks."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        self.ns += LOOK_NS
        return self.ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pump, "monotonic_ns", made)
    return made


class Busy:
    """Always has more to do."""

    def __init__(self, clock: Clock) -> None:
        self.turns = 0
        self.longest = 0
        self._clock = clock

    def work(self, deadline: int) -> bool:
        begin = self._clock.ns
        while self._clock() < deadline:
            pass
        self.longest = max(self.longest, self._clock.ns - begin)
        self.turns += 1
        return True


def test_busy_workers_share_and_timers_get_their_turn(clock: Clock) -> None:
    async def main() -> None:
        pump = Pump()
        workers = [Busy(clock) for _ in range(3)]
        for worker in workers:
            pump.later(worker)
        await wait_until(lambda: all(worker.turns >= 10 for worker in workers))
        pump.close()
        turns = [worker.turns for worker in workers]
        assert max(turns) - min(turns) <= 2
        assert max(worker.longest for worker in workers) <= SLICE_NS + LOOK_NS
        await asyncio.sleep(0.01)
        assert [worker.turns for worker in workers] == turns

    asyncio.run(main())


def test_a_worker_alone_has_the_whole_box_and_no_more(clock: Clock) -> None:
    async def main() -> None:
        pump, worker = Pump(), Busy(clock)
        pump.wake(worker)
        assert worker.turns == 1
        assert BOX_NS - LOOK_NS <= worker.longest <= BOX_NS
        pump.forget(worker)
        await asyncio.sleep(0.01)
        assert worker.turns == 1
        pump.close()

    asyncio.run(main())
