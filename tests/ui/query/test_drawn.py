"""Columns as lines: numbers, moments and words along x; series; what can't be drawn is left out and told."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from PySide6.QtWidgets import QApplication

from zinspector.ui.plots.axes import MomentAxis, WordAxis
from zinspector.ui.query.cells import cell_text, moment_text
from zinspector.ui.query.drawn import MOST_SERIES, draw, drawable

NS = 1_763_880_131_000_000_000


def test_series_are_told_apart_and_sorted_by_x() -> None:
    table = pa.table({"x": [3, 1, 2, None], "y": [30.0, 10.0, 20.0, 1.0], "who": ["a", "a", None, "b"]})
    drawn = draw(table, "x", "y", "who")
    assert [line.series.name for line in drawn.lines] == ["a", "(none)"]
    assert drawn.lines[0].series.x.tolist() == [1, 3]
    assert drawn.lines[0].series.y.tolist() == [10, 30]
    assert drawable(table) == ["x", "y"]


def test_moments_are_seconds_and_come_out_as_moments() -> None:
    table = pa.table({"t": pa.array([NS, NS + 1_500_000_000], pa.timestamp("ns")), "y": [1, 2]})
    drawn = draw(table, "t", "y")
    assert drawn.kind == "time"
    assert np.diff(drawn.lines[0].series.x).tolist() == pytest.approx([1.5])
    assert drawn.csv("t", "y").decode().splitlines()[2].startswith("y,2025-11-23 06:42:12.500000")
    dates = pa.table({"d": pa.array([datetime(2025, 11, 23, tzinfo=UTC).date()]), "y": [1]})
    assert draw(dates, "d", "y").lines[0].series.x[0] % 86_400 == 0


def test_words_are_bars_side_by_side() -> None:
    table = pa.table({"w": ["a", "b", "a"], "y": [1, 2, 3], "s": ["p", "p", "q"]})
    drawn = draw(table, "w", "y", "s")
    assert (drawn.kind, drawn.words) == ("word", ("a", "b"))
    left, right = drawn.lines[0].series.x, drawn.lines[1].series.x
    assert left[:4].max() <= right[:4].min()  # p before q at word a
    assert [ys.tolist() for _, ys in drawn.points] == [[1, 2], [3]]


def test_of_many_series_those_with_most_points_are_drawn() -> None:
    table = pa.table({"x": [0, *range(40)], "y": [1] * 41, "s": ["s7", *(f"s{n}" for n in range(40))]})
    drawn = draw(table, "x", "y", "s")
    assert len(drawn.lines) == MOST_SERIES
    assert "s7" in [line.series.name for line in drawn.lines]
    assert drawn.left_out == f"{40 - MOST_SERIES} more series are not drawn"


def test_axes_say_moments_and_words(qapp: QApplication) -> None:
    axis = MomentAxis("bottom")
    assert axis.tickStrings([NS / 1e9], 1.0, 1.0) == ["06:42:11"]
    assert axis.tickStrings([NS / 1e9], 1.0, 0.1) == ["06:42:11.000"]
    assert axis.tickStrings([NS / 1e9], 1.0, 90_000.0) == ["2025-11-23"]
    words = WordAxis("bottom", ("a", "b" * 90, "c"))
    assert words.tickStrings([0.0, 1.0, 9.0], 1.0, 1.0) == ["a", "b" * 23 + "…", ""]


def test_cells_are_short_and_harmless() -> None:
    assert cell_text(None) == ""
    assert cell_text(b"\x00\xff") == "0x00ff"
    assert cell_text(1 / 3) == "0.3333333333"
    assert cell_text({"a": [1, None]}) == '{"a": [1, null]}'
    assert all(letter.isprintable() for letter in cell_text("\u202e\n\x1b[31m"))
    assert moment_text(NS + 1) == "2025-11-23 06:42:11.000000001"
    assert moment_text(2**62 * 1000) == str(2**62 * 1000)
