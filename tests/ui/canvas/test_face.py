"""The picture of a node: what it shows must not cover each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication

from zinspector.ui import theme
from zinspector.ui.canvas.face import Face, picture

FACE = Face("SUB", "display", address="connect 127.0.0.1:5556 and others", health="waiting", badge="warning")


def difference(one: Face, other: Face, scale: float) -> QRect:
    """Where the pictures of two faces differ."""
    a, b = (picture(face, scale, 2).toImage() for face in (one, other))
    differs = [(x, y) for x in range(a.width()) for y in range(a.height()) if a.pixel(x, y) != b.pixel(x, y)]
    assert differs
    across, down = zip(*differs, strict=True)
    return QRect(QPoint(min(across), min(down)), QPoint(max(across), max(down)))


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("scale", [0.3, 0.5, 0.62, 1.0])
def test_a_badge_covers_nothing(qapp: QApplication, name: str, scale: float) -> None:
    theme.apply(qapp, name)
    badge = difference(FACE, replace(FACE, badge="error"), scale)
    health = difference(FACE, replace(FACE, health="error"), scale)
    assert not badge.intersects(health)
    if scale > 0.6:
        address = difference(FACE, replace(FACE, address=""), scale)
        assert address.right() < badge.left()


@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_a_badge_is_in_the_picture_as_a_whole(qapp: QApplication, scale: float) -> None:
    theme.apply(qapp, "dark")
    badge = difference(FACE, replace(FACE, badge="error"), scale)
    image = picture(FACE, scale, 2).toImage()
    assert badge.top() > 0
    assert badge.right() < image.width() - 1
