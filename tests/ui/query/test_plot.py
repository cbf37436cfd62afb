"""Which columns a plot proposes for a result."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pytestqt.qtbot import QtBot

from zinspector.ui.query.plot import NOTHING, ResultPlot

NS = 1_763_880_131_000_000_000
MOMENTS = pa.array([NS, NS, NS + 10**9, NS + 10**9], pa.timestamp("ns"))
TOPICS, COUNTS = ["a", "b", "a", "b"], [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("columns", "proposed"),
    [
        ({"second": MOMENTS, "topic": TOPICS, "n": COUNTS}, ("second", "n", "topic")),
        ({"topic": TOPICS, "second": [1, 1, 2, 2], "n": COUNTS}, ("second", "n", "topic")),
        ({"topic": ["a", "b", "c", "d"], "bytes": COUNTS, "n": COUNTS}, ("topic", "n", NOTHING)),
        ({"from": ["x", "x", "y", "y"], "to": TOPICS, "n": COUNTS}, ("from", "n", "to")),
        ({"connection": [1, 2, 1, 2], "second": MOMENTS, "n": COUNTS}, ("second", "n", "connection")),
        ({"second": MOMENTS, "load": [0.5, 0.5, 0.5, 1], "n": COUNTS}, ("second", "n", NOTHING)),
        ({"connection": [1, 1, 2, 2], "time": MOMENTS.take([0, 2, 2, 3]), "n": COUNTS}, ("time", "n", "connection")),
        ({"connection": [1, 1], "time": MOMENTS.take([0, 2]), "n": COUNTS[:2]}, ("time", "n", NOTHING)),
        ({"size": [10, 20, 30, 40], "n": COUNTS}, ("size", "n", NOTHING)),
        ({"frames": [["a"], ["a"], ["b"], []], "n": COUNTS}, ("frames", "n", NOTHING)),
    ],
)
def test_what_is_likely_meant_is_proposed(
    qtbot: QtBot, columns: dict[str, object], proposed: tuple[str, str, str]
) -> None:
    plot = ResultPlot()
    qtbot.addWidget(plot)
    plot.show_table(pa.table(columns))
    plot.show()
    assert (plot.x_box.currentText(), plot.y_box.currentText(), plot.series_box.currentText()) == proposed
    assert sum(len(ys) for _, ys in plot.drawn.points) == len(columns["n"])
