"""Where dragged nodes come to rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from zinspector.ui.canvas.metrics import GRID
from zinspector.ui.canvas.snapping import snap


def card(x: float, y: float) -> QRectF:
    return QRectF(x, y, 180, 96)


@given(st.floats(-5000, 5000), st.floats(-5000, 5000))
def test_alone_it_is_the_grid(x: float, y: float) -> None:
    rest = card(x, y).translated(snap(card(x, y), []).shift)
    assert abs(rest.left() / GRID - round(rest.left() / GRID)) < 1e-6
    assert abs(rest.top() / GRID - round(rest.top() / GRID)) < 1e-6
    assert abs(rest.left() - x) <= GRID / 2 + 1e-6


def test_a_near_neighbour_draws_stronger_than_the_grid() -> None:
    found = snap(card(103, 205), [card(101, 5)])
    assert found.shift.x() == -2
    assert len(found.guides) == 1
    assert found.guides[0].x1() == found.guides[0].x2() == 101


def test_a_row_shows_a_level_guide() -> None:
    found = snap(card(300, 7), [card(5, 5)])
    assert found.shift.y() == -2
    assert found.guides[0].y1() == found.guides[0].y2() == 53
