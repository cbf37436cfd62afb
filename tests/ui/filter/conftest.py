"""The Messages panel with its filter bar in a window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from tests.helpers.hosted import hosted
from zinspector.ui.filter.bar import FilterBar
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

LONDON = (b"weather.london", b'{"temperature": 11}')
PARIS = (b"weather.paris", b'{"temperature": 25}')


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> Iterator[MessagesPanel]:
    made = hosted(qtbot, MessagesPanel(workspace), 1400, 400)
    yield made
    qtbot.waitUntil(lambda: not made.filter_bar.sieve.busy)


@pytest.fixture
def bar(panel: MessagesPanel) -> FilterBar:
    return panel.filter_bar


def mixed(feed: Feed, workspace: Workspace, times: int = 50) -> None:
    feed.messages([LONDON, PARIS] * times)
    workspace.ticked.emit()


def ten_batches(feed: Feed, workspace: Workspace) -> None:
    """Of ten rows each; London's are odd."""
    for _ in range(10):
        feed.messages([LONDON, PARIS] * 5)
    workspace.ticked.emit()


def settled(qtbot: QtBot, bar: FilterBar, text: str) -> None:
    """Wait until this filter is in force and answered, and nothing is under way."""
    qtbot.waitUntil(lambda: bar.text == text and not bar.sieve.answering and not bar.sieve.busy)


def shown(panel: MessagesPanel) -> list[int]:
    rows = panel.table.rows
    return [rows.n(place) for place in range(len(rows))]
