"""The Messages panel with its filter bar in a window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> Iterator[MessagesPanel]:
    """In a bare window: the offscreen platform warns about one with size hints."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1400, 400)
    made = MessagesPanel(workspace, window)
    made.resize(1400, 400)
    window.show()
    yield made
    qtbot.waitUntil(lambda: not made.filter_bar.sieve.busy)
