"""The small charts of the side panel: what is written over the lines can be read."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import hosted
from zinspector.ui.properties.mini_chart import TOP, Curve, MiniChart


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("values", [np.full(60, 84.0), np.linspace(1.0, 1e6, 60)], ids=["flat", "steep"])
def test_lines_stay_below_the_largest_value_in_words(qtbot: QtBot, values: np.ndarray, log: bool) -> None:
    curve = Curve(np.linspace(-60, 0, 60), values, "tap", filled=True)
    chart = hosted(qtbot, MiniChart("Throughput", lambda: [curve], lambda most: f"{most:.0f} /s", "", log=log), 270, 64)
    image = chart.grab().toImage()
    ground = image.pixel(chart.width() - 3, chart.height() // 2)
    right = range(chart.width() // 2, chart.width() - 6)  # of the words
    assert all(image.pixel(x, y) == ground for x in right for y in range(4, int(TOP) - 1))
    assert any(image.pixel(x, y) != ground for x in right for y in range(int(TOP) - 1, int(TOP) + 15)), (
        "and use the rest"
    )
