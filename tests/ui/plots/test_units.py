"""Engineering units on axes and in the table."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.ui.plots.units import ago, engineering


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "", "0"),
        (0, "B", "0 B"),
        (7, "", "7"),
        (999.7, "", "1 k"),
        (1500, "", "1.5 k"),
        (22_700_000, "B", "22.7 MB"),
        (38e-6, "s", "38 µs"),
        (1.25e-3, "s", "1.25 ms"),
        (0.1, "s", "100 ms"),
        (1e-3, "s", "1 ms"),
        (2.0, "s", "2 s"),
        (0.25, "", "0.25"),
        (99.9, "%", "99.9 %"),
        (math.nan, "s", "–"),
    ],
)
def test_values(value: float, unit: str, text: str) -> None:
    assert engineering(value, unit) == text


@given(st.floats(1e-9, 1e14))
def test_a_value_can_be_read_back(value: float) -> None:
    number, _, unit = engineering(value, "s").partition(" ")
    factor = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "ks": 1e3, "Ms": 1e6, "Gs": 1e9, "Ts": 1e12}[unit]
    assert float(number.replace(",", "")) * factor == pytest.approx(value, rel=0.006)
    assert len(number) <= 5


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "now"), (-10, "−10 s"), (-60, "−60 s"), (-120, "−2 min"), (-300, "−5 min")],
)
def test_times_ago(seconds: float, text: str) -> None:
    assert ago(seconds) == text
