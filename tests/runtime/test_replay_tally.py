"""How a replay went."""

from __future__ import annotations

import pytest

from zinspector.runtime.replay_tally import Tally


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0.0 ms"),
        (0.000_31, "0.3 ms"),
        (0.009_96, "10 ms"),
        (0.0124, "12 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (3.42, "3.4 s"),
        (4000.0, "4000.0 s"),
    ],
)
def test_what_is_short_is_said_in_milliseconds(seconds: float, said: str) -> None:
    assert Tally(duration_s=seconds).took == said
