"""The Topics panel in a window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import hosted
from zinspector.capture.topics import Topics
from zinspector.ui.topics.panel import TopicsPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> Iterator[TopicsPanel]:
    """It lists at most 40 topics."""
    workspace.preparing.topics = Topics(40)
    made = hosted(qtbot, TopicsPanel(workspace), 1400, 600)
    yield made
    qtbot.waitUntil(lambda: not workspace.preparing.busy)
