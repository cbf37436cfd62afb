"""Which columns a plot proposes for a result, why there is nothing to draw, and its legend."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pytestqt.qtbot import QtBot

from zinspector.ui.query.plot import NO_NUMBERS, NO_POINTS, NO_ROWS, NOTHING, ResultPlot

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


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"topic": pa.array([], pa.string()), "n": pa.array([], pa.int64())}, NO_ROWS),
        ({"topic": TOPICS}, NO_NUMBERS),
        ({"topic": TOPICS, "n": pa.nulls(4, pa.int64())}, NO_POINTS),
        ({"topic": TOPICS, "n": COUNTS}, ""),
    ],
)
def test_why_there_is_nothing_to_draw_is_told(qtbot: QtBot, columns: dict[str, object], why: str) -> None:
    plot = ResultPlot()
    qtbot.addWidget(plot)
    plot.show_table(pa.table(columns))
    plot.show()
    assert plot.emptiness() == why
    assert plot.chart is not None
    assert plot.chart._empty.toPlainText() == why


def test_long_names_of_series_are_cut_in_their_middle_to_fit_the_legend(qtbot: QtBot) -> None:
    plot = ResultPlot()
    qtbot.addWidget(plot)
    plot.show_table(pa.table({"second": MOMENTS, "topic": [name * 40 for name in TOPICS], "n": COUNTS}))
    plot.show()
    assert plot.legend.count() == 2
    assert not plot.legend.horizontalScrollBar().maximum()
    item = plot.legend.item(0)
    assert plot.legend.visualItemRect(item).height() >= plot.fontMetrics().height()
