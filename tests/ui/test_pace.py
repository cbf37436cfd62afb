"""How often something is done that takes time."""

from __future__ import annotations

import pytest

from zinspector.ui import pace
from zinspector.ui.pace import CREDIT_S, LONGEST_S, Pace


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def work(self, each: Pace, seconds: float) -> None:
        """Spend time."""
        with each.spend():
            self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pace, "perf_counter", made)
    return made


def test_no_more_than_its_share_is_taken(clock: Clock) -> None:
    paced = Pace(0.25)
    began, spent = clock.now, 0.0
    while clock.now < began + 60:
        clock.work(paced, 0.010)
        spent += 0.010
        clock.now += paced.wait_ms / 1000
    assert spent / (clock.now - began) == pytest.approx(0.25, rel=0.1)


def test_after_a_rest_a_few_times_are_free(clock: Clock) -> None:
    paced = Pace(0.1)
    for _ in range(round(CREDIT_S * 0.1 / 0.010)):
        assert paced.wait_ms == 0
        clock.work(paced, 0.010)
        clock.now += 0.0001
    clock.work(paced, 0.010)
    assert paced.wait_ms > 0
    clock.now += 10 * CREDIT_S
    assert paced.wait_ms == 0


def test_what_takes_longer_comes_less_often(clock: Clock) -> None:
    waits = []
    for seconds in (0.06, 0.08):
        paced = Pace(0.1)
        clock.work(paced, seconds)
        waits.append(paced.wait_ms)
    assert waits[1] - waits[0] == pytest.approx(200 - 20, abs=2)  # the longer work itself is over already


def test_nobody_waits_for_long(clock: Clock) -> None:
    paced = Pace(0.1)
    clock.work(paced, 60.0)
    assert 0 < paced.wait_ms <= LONGEST_S * 1000
