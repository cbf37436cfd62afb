"""The figures on a node are what they were told, and are painted anew only when that changed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from zinspector.ui import theme
from zinspector.ui.canvas.figures import Figures, sparkline
from zinspector.ui.canvas.metrics import metrics

RISING = tuple(float(i) for i in range(60))


def image(figures: Figures, mark: str = "PUB", scale: float = 1.0, ratio: float = 1.0) -> QImage:
    return figures.picture(mark, scale, ratio).toImage()


def inked(picture: QImage, part: QRectF) -> int:
    """Pixels that are painted in a part of the card."""
    area = part.translated(-metrics().figures.topLeft()).toAlignedRect().intersected(picture.rect())
    columns, rows = range(area.left(), area.right()), range(area.top(), area.bottom())
    return sum(picture.pixelColor(x, y).alpha() > 0 for x in columns for y in rows)


def test_a_steady_rate_is_a_line_below_the_upper_edge() -> None:
    line = sparkline((5.0, 5.0, 5.0), QRectF(10, 20, 80, 16))
    assert [point.x() for point in line] == [10, 50, 90]
    assert len({point.y() for point in line}) == 1
    assert 20 < line[0].y() < 36


def test_figures_show_course_and_rate() -> None:
    figures = Figures()
    assert figures.show("1.0 k/s", RISING)
    picture = image(figures)
    assert inked(picture, metrics().spark) > 100
    assert inked(picture, metrics().rate) > 50
    figures.show("1.0 k/s", ())
    assert inked(image(figures), metrics().spark) == 0


def test_a_course_that_rises_is_painted_higher_at_its_end() -> None:
    figures = Figures()
    figures.show("1.0 k/s", RISING)
    spark = metrics().spark
    half = spark.width() / 2
    left, right = spark.adjusted(0, 0, -half, 0), spark.adjusted(half, 0, 0, 0)
    assert inked(image(figures), right) > 2 * inked(image(figures), left)


def test_what_did_not_change_is_not_painted_again() -> None:
    figures = Figures()
    figures.show("1.0 k/s", RISING)
    first = figures.picture("PUB", 1.0, 1.0).cacheKey()
    assert not figures.show("1.0 k/s", RISING)
    assert figures.picture("PUB", 1.0, 1.0).cacheKey() == first
    assert figures.show("2.0 k/s", RISING)
    assert figures.picture("PUB", 1.0, 1.0).cacheKey() != first


@pytest.mark.parametrize(("mark", "scale", "ratio"), [("PUSH", 1.0, 1.0), ("PUB", 1.5, 1.0), ("PUB", 1.0, 2.0)])
def test_another_colour_scale_or_screen_is_painted_for(mark: str, scale: float, ratio: float) -> None:
    figures = Figures()
    figures.show("1.0 k/s", RISING)
    plain, other = image(figures), image(figures, mark, scale, ratio)
    assert other != plain
    assert other.width() == pytest.approx(plain.width() * scale * ratio, abs=1)


def test_another_theme_is_painted_for(qapp: QApplication) -> None:
    figures = Figures()
    figures.show("1.0 k/s", RISING)
    before, name = image(figures), theme.theme().name
    theme.apply(qapp, "light" if name == "dark" else "dark")
    try:
        assert image(figures) != before
    finally:
        theme.apply(qapp, name)
