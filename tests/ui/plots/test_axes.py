"""What stands along the axes."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from zinspector.ui.plots.axes import CHAR_PIXELS, MOMENT_STEPS, MomentAxis

NOW = 1_763_880_131.0
SIZE = 670.0


@pytest.mark.parametrize(
    ("span", "first"),
    [
        (0.01, "06:42:11.000"),
        (1.0, "06:42:11.000"),
        (10.4, "06:42:12"),
        (60.0, "06:42:20"),
        (3600.0, "06:50"),
        (86_400.0, "12:00"),
        (1e7, "2025-11-28"),
    ],
)
def test_moments_are_said_at_round_times_with_room_between(qapp: QApplication, span: float, first: str) -> None:
    axis = MomentAxis("bottom")
    [(every, places)] = axis.tickValues(NOW, NOW + span, SIZE)
    said = axis.tickStrings(places, 1.0, every)
    assert said[0] == first
    assert 2 <= len(said) == len(set(said))
    assert every / span * SIZE >= len(first) * CHAR_PIXELS


def test_ten_thousand_years_have_few_ticks(qapp: QApplication) -> None:
    [(every, places)] = MomentAxis("bottom").tickValues(-62e9, 253e9, SIZE)
    assert every in MOMENT_STEPS
    assert 2 <= len(places) <= SIZE / 90
