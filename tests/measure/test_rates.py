"""Rates from snapshots of counters."""

from __future__ import annotations

import pytest

from zinspector.measure.rates import Rate, RateBook

MS = 1_000_000


def book(counts: list[int], step_ms: int = 100, samples: int = 6000) -> RateBook:
    """A book of one key `l` whose messages grow as given; a message has 10 bytes."""
    made = RateBook(samples)
    for index, count in enumerate(counts):
        made.update(1_000 * MS + index * step_ms * MS, {"l": (count, 10 * count)})
    return made


def test_a_steady_rate() -> None:
    rate = book([i * 50 for i in range(40)]).rate("l")
    assert (rate.msg_s, rate.bytes_s) == (pytest.approx(500), pytest.approx(5000))


def test_only_the_last_second_counts() -> None:
    made = book([i * 1000 for i in range(20)] + [19_000] * 12)
    assert made.rate("l") == Rate(0.0, 0.0)


def test_history_and_rate_agree_and_the_ring_forgets() -> None:
    made = book([i * 7 for i in range(500)], samples=100)
    ago, messages, volume = made.history("l")
    assert len(ago) == len(messages) == len(volume) == 99
    assert ago[-1] == 0.0
    assert messages[-1] == pytest.approx(made.rate("l").msg_s) == pytest.approx(70)
    recent, _, _ = made.history("l", 2.0)
    assert recent[0] >= -2.0
    assert len(recent) <= 21


def test_a_snapshot_right_after_a_pause_is_no_peak() -> None:
    made = RateBook()
    for ms, count in ((0, 0), (3000, 150), (3001, 170)):  # the window was busy, then a run ended and the rest came in
        made.update(1_000 * MS + ms * MS, {"l": (count, 0)})
    _, messages, _ = made.history("l")
    assert messages.tolist() == [pytest.approx(50), pytest.approx(170 / 3.001)]
    assert messages[-1] == pytest.approx(made.rate("l").msg_s)


@pytest.mark.parametrize("counts", [[], [5]])
def test_too_little_to_say(counts: list[int]) -> None:
    made = book(counts)
    assert made.rate("l") == made.rate("unknown") == Rate()
    assert all(len(array) == 0 for array in made.history("l"))


def test_a_snapshot_out_of_order_is_ignored() -> None:
    made = book([0, 10])
    made.update(0, {"l": (999, 999)})
    assert made.rate("l").msg_s == pytest.approx(100)
