"""Rows leave the recorder regularly, and at once when there are many."""

from __future__ import annotations

import asyncio

import pyarrow as pa
import pytest

from tests.helpers.waiting import wait_until
from zinspector.capture.clock import Clock
from zinspector.capture.writer import Recorder
from zinspector.runtime.flushing import MANY_BYTES, MANY_MESSAGES, Flusher


class Kept:
    """A recorder with a flusher, and the batches that came out."""

    def __init__(self) -> None:
        self.recorder = Recorder(Clock())
        self.batches: list[pa.RecordBatch] = []
        self.flusher = Flusher(self.recorder, self.batches.append)

    def see(self) -> None:
        self.recorder.add_event("a", "CONNECTED", "", 1)


@pytest.mark.parametrize(("messages", "size"), [(MANY_MESSAGES, 1), (1, MANY_BYTES)])
def test_much_leaves_at_once(messages: int, size: int) -> None:
    kept = Kept()
    kept.see()
    kept.flusher.took(messages - 1, size - 1)
    assert kept.batches == []
    kept.flusher.took(1, 1)
    assert [batch.num_rows for batch in kept.batches] == [1]
    kept.see()
    kept.flusher.took(1, 1)
    assert len(kept.batches) == 1  # it counts from nothing again


def test_it_leaves_regularly_until_the_end() -> None:
    async def main() -> None:
        kept = Kept()
        kept.flusher.begin()
        for count in (1, 2):
            kept.see()
            await wait_until(lambda count=count: len(kept.batches) == count)
        kept.flusher.end()
        kept.see()
        kept.flusher.flush()
        kept.flusher.flush()
        assert len(kept.batches) == 3

    asyncio.run(main())
