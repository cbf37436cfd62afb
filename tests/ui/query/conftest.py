"""The Query panel in a window."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import hosted
from zinspector.ui.query.panel import QueryPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> Iterator[QueryPanel]:
    made = hosted(qtbot, QueryPanel(workspace), 1400, 500)
    yield made
    made.cancel()
    gc.collect()  # pyqtgraph's items are cycles that own widgets


def answered(qtbot: QtBot, panel: QueryPanel, sql: str) -> str:
    """Ask, wait, and return what the bar says."""
    panel.ask(sql)
    qtbot.waitUntil(lambda: not panel.asking.going)
    return panel.bar.outcome.text()
