"""The Query panel in a window."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from zinspector.ui.query.panel import QueryPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> Iterator[QueryPanel]:
    """In a bare window: the offscreen platform warns about one with size hints."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1400, 500)
    made = QueryPanel(workspace, parent=window)
    made.resize(1400, 500)
    window.show()
    yield made
    made.cancel()
    gc.collect()  # pyqtgraph's items are cycles that own widgets
