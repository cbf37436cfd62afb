"""spawn(): tasks are named and referenced, and their failure is reported."""

from __future__ import annotations

import asyncio
import logging

import pytest

from zinspector.tasks import running, spawn


def test_a_task_is_known_until_it_ends() -> None:
    async def main() -> None:
        gate = asyncio.Event()
        task = spawn(gate.wait(), "wait at the gate")
        assert task in running()
        assert task.get_name() == "wait at the gate"
        gate.set()
        await task
        await asyncio.sleep(0)
        assert task not in running()

    asyncio.run(main())


@pytest.mark.expect_log("zinspector.tasks")
def test_a_failure_is_logged_with_the_name(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("oops")

    async def main() -> None:
        task = spawn(fail(), "failing task")
        await asyncio.wait([task])
        await asyncio.sleep(0)

    with caplog.at_level(logging.ERROR, "zinspector.tasks"):
        asyncio.run(main())
    assert "failing task failed" in caplog.text


def test_cancelling_is_not_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        task = spawn(asyncio.Event().wait(), "cancelled")
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0)

    asyncio.run(main())
    assert not caplog.records
