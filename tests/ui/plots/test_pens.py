"""The pieces of lines in the legend can be told from their ground in both themes, and from each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from zinspector.ui import theme
from zinspector.ui.plots.pens import DISTINCT, SWATCH, Pen


@pytest.fixture(params=["dark", "light"], autouse=True)
def _themes(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    before = theme.theme().name
    theme.apply(qapp, request.param)
    yield
    theme.apply(qapp, before)


def luminance(colour: QColor) -> float:
    """Relative luminance, WCAG 2."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def on_the_table(number: int) -> QImage:
    """The swatch as a plain screen shows it."""
    image = QImage(SWATCH, QImage.Format.Format_RGB32)
    image.fill(theme.theme().colour("field"))
    painter = QPainter(image)
    Pen(number).swatch().paint(painter, image.rect())
    painter.end()
    return image


@pytest.mark.parametrize("number", range(DISTINCT))
def test_a_swatch_stands_out(number: int) -> None:
    image, ground = on_the_table(number), theme.theme().colour("field")
    middle = [image.pixelColor(x, y) for x in range(SWATCH.width()) for y in (5, 6)]
    clear = [colour for colour in middle if contrast(colour, ground) >= 3]
    assert len(clear) >= len(middle) * 0.4, "dashes leave gaps, but the strokes are clear"


def test_no_two_swatches_are_alike() -> None:
    images = [on_the_table(number) for number in range(DISTINCT)]
    assert not any(images[one] == images[other] for one in range(DISTINCT) for other in range(one))
