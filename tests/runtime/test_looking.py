"""The process that looks at relayed bytes: what it says when it ends, and what goes on without it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import zmq

from tests.helpers.tapped import flow, tapped
from tests.helpers.waiting import wait_until


def looker_of(worker: int) -> int:
    """The only child of a worker."""
    (child,) = map(int, Path(f"/proc/{worker}/task/{worker}/children").read_text().split())
    return child


def test_traffic_goes_on_without_it_and_the_user_is_told() -> None:
    async def main() -> None:
        async with tapped() as taps:
            with zmq.Context() as context:
                push, pull = await flow(taps, context)
                push.send(b"seen")
                assert await asyncio.to_thread(pull.recv) == b"seen"
                await wait_until(lambda: taps.rows("tap"))
                os.kill(looker_of(taps.worker), signal.SIGKILL)
                await wait_until(lambda: any("nothing is recorded" in each.text for each in taps.session.findings()))
                push.send(b"unseen")
                assert await asyncio.to_thread(pull.recv) == b"unseen"
                assert taps.session.states()["tap"].health == "ok"
                assert [row.frames for row in taps.rows("tap")] == [(b"seen",)]
                push.close()
                pull.close()

    asyncio.run(main())


def test_it_ends_with_its_worker_however_that_ends() -> None:
    async def main() -> None:
        async with tapped() as taps:
            with zmq.Context() as context:
                push, pull = await flow(taps, context)
                push.send(b"last")
                assert await asyncio.to_thread(pull.recv) == b"last"
                await wait_until(lambda: taps.rows("tap"))
                worker = taps.worker
                looker = looker_of(worker)
                os.kill(worker, signal.SIGKILL)
                await wait_until(lambda: not Path(f"/proc/{looker}").exists())
                push.close()
                pull.close()

    asyncio.run(main())
