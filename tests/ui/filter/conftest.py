"""The Messages panel with its filter bar in a window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import hosted
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> Iterator[MessagesPanel]:
    made = hosted(qtbot, MessagesPanel(workspace), 1400, 400)
    yield made
    qtbot.waitUntil(lambda: not made.filter_bar.sieve.busy)
