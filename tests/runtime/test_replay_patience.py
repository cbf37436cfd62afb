"""How long a replay waits: many missing replies cost little, and who is slow is not missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zinspector.runtime.replay_patience import LEAST_NS, MARGIN, Patience

MS, S = 1_000_000, 1_000_000_000


def test_each_missing_reply_halves_the_time_for_the_next() -> None:
    patience = Patience(5.0)
    waits = []
    for _ in range(1000):
        waits.append(patience.for_reply_ns(0))
        patience.missed()
    assert waits[:4] == [5 * S, 2500 * MS, 1250 * MS, 625 * MS]
    assert waits[-1] == LEAST_NS
    assert sum(waits) < 2 * 5 * S + 1000 * LEAST_NS


def test_a_reply_that_took_long_in_the_recording_gets_its_time() -> None:
    patience = Patience(5.0)
    patience.missed()
    patience.missed()
    assert patience.for_reply_ns(300 * MS) == MARGIN * 300 * MS
    assert patience.for_reply_ns(2 * S) == 5 * S


def test_a_service_that_is_slow_now_gets_its_time() -> None:
    patience = Patience(5.0)
    for _ in range(10):
        patience.missed()
    patience.came(200 * MS)
    patience.came(20 * MS)
    assert patience.for_reply_ns(0) == MARGIN * 200 * MS


@given(most=st.floats(0.001, 100), missed=st.integers(0, 200), recorded=st.integers(0, 10**12))
def test_it_is_never_longer_than_the_time_out(most: float, missed: int, recorded: int) -> None:
    patience = Patience(most)
    for _ in range(missed):
        patience.missed()
    assert 0 < patience.for_reply_ns(recorded) <= most * S
