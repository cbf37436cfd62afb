"""The bar of tools in wide and narrow windows: every tool and the search stay in view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from zinspector.ui.toolbar import SEARCH, SEARCH_SHORT, TOOLS
from zinspector.ui.window import MainWindow

Play = Callable[[Callable[[MainWindow], Awaitable[None]]], None]


@pytest.mark.parametrize(("width", "height", "search"), [(1440, 900, SEARCH), (1024, 700, SEARCH_SHORT)])
def test_nothing_goes_out_of_view(play: Play, width: int, height: int, search: str) -> None:
    async def scene(window: MainWindow) -> None:
        window.resize(width, height)
        QApplication.processEvents()
        bar, corner = window.toolbar, window.toolbar.corner
        for name in TOOLS:
            button = bar.widgetForAction(window.actions_[name])
            assert button.isVisible()
            assert bar.rect().contains(button.geometry()), name
        assert corner.search.text() == search
        assert corner.search.width() >= corner.search.sizeHint().width()
        assert bar.rect().contains(corner.geometry())

    play(scene)


def test_a_long_name_is_elided_before_the_search(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        window.resize(1440, 900)
        window.toolbar.corner.show_name("a-very-long-name-of-a-drawing-" * 6)
        QApplication.processEvents()
        label = window.toolbar.corner.findChild(QLabel)
        assert label is not None
        assert "…" in label.text()
        assert window.toolbar.corner.search.text() == SEARCH
        assert label.toolTip() == "a-very-long-name-of-a-drawing-" * 6

    play(scene)
