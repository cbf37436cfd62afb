"""The Topics panel in a window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from zinspector.capture.topics import Topics
from zinspector.ui.topics.panel import TopicsPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> Iterator[TopicsPanel]:
    """In a bare window: the offscreen platform warns about one with size hints. It lists at most 40 topics."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1400, 600)
    workspace.preparing.topics = Topics(40)
    made = TopicsPanel(workspace, window)
    made.resize(1400, 600)
    window.show()
    yield made
    qtbot.waitUntil(lambda: not workspace.preparing.busy)
