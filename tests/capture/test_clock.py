"""F9: a step of the wall clock changes neither order nor distances of what is captured."""

from __future__ import annotations

import time

import pytest

from tests.helpers.captured import Feed
from zinspector.capture.clock import Clock
from zinspector.capture.store import Store

HOUR_NS = 3600 * 1_000_000_000


@pytest.mark.parametrize("step_ns", [HOUR_NS, -HOUR_NS])
def test_rows_stay_in_order_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch, step_ns: int) -> None:
    feed = Feed(Store())
    feed.many(3, b"before")
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + step_ns)
    feed.many(3, b"after")
    times = [row.time_ns for row in feed.store.rows(1, 6)]
    assert times == sorted(times)
    assert times[-1] - times[0] < HOUR_NS // 60


def test_times_are_those_of_the_wall_when_the_clock_is_made() -> None:
    before = time.time_ns()
    shown = Clock().wall_ns(time.monotonic_ns())
    assert before <= shown + 1_000_000
    assert shown <= time.time_ns() + 1_000_000
