"""Turns: everybody gets one, the loop gets its own in between, and a closed pump is silent."""

from __future__ import annotations

import asyncio
from time import monotonic_ns

from zinspector.runtime.pump import BOX_NS, Pump


class Busy:
    """Always has more to do."""

    def __init__(self) -> None:
        self.turns = 0
        self.longest = 0

    def work(self, deadline: int) -> bool:
        begin = monotonic_ns()
        while monotonic_ns() < deadline:
            pass
        self.longest = max(self.longest, monotonic_ns() - begin)
        self.turns += 1
        return True


def test_busy_workers_share_and_timers_get_their_turn() -> None:
    async def main() -> None:
        pump = Pump()
        workers = [Busy() for _ in range(3)]
        for worker in workers:
            pump.later(worker)
        for _ in range(5):
            await asyncio.sleep(0.005)
        pump.close()
        turns = [worker.turns for worker in workers]
        assert min(turns) >= 2
        assert max(turns) - min(turns) <= 2
        await asyncio.sleep(0.01)
        assert [worker.turns for worker in workers] == turns

    asyncio.run(main())


def test_a_worker_alone_has_the_whole_box_and_no_more() -> None:
    async def main() -> None:
        pump, worker = Pump(), Busy()
        pump.wake(worker)
        assert worker.turns == 1
        assert worker.longest > 0.8 * BOX_NS
        pump.forget(worker)
        await asyncio.sleep(0.01)
        assert worker.turns == 1
        pump.close()

    asyncio.run(main())
