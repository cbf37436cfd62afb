"""Which captured messages are in no file, and which of them a user would miss."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from tests.helpers.captured import Feed
from zinspector.shipped import shipped
from zinspector.ui.unsaved import Unsaved
from zinspector.ui.workspace import Workspace


@pytest.fixture
def workspace(qapp: QApplication) -> Workspace:
    return Workspace()


@pytest.fixture
def feed(workspace: Workspace) -> Feed:
    return Feed(workspace.store)


def test_what_is_saved_or_opened_is_safe_and_what_comes_later_is_not(workspace: Workspace, feed: Feed) -> None:
    unsaved = Unsaved(workspace)
    feed.many(10, b"t", b"x")
    assert (unsaved.messages, unsaved.worth_keeping) == (10, 10)
    unsaved.saved(7)
    assert unsaved.messages == 3
    unsaved.opened()
    assert unsaved.messages == 0
    feed.many(2, b"t", b"x")
    assert unsaved.messages == 2
    workspace.live.clear()
    assert unsaved.messages == 0


def test_what_a_recording_has_is_safe(workspace: Workspace, feed: Feed) -> None:
    unsaved = Unsaved(workspace)
    feed.many(10, b"t", b"x")
    unsaved.recorded = lambda: range(1, 8)
    assert unsaved.messages == 3
    unsaved.recorded = lambda: range(4, 11)  # it began later: the rows before are in no file
    assert unsaved.messages == 10


def test_nobody_misses_the_messages_of_a_sample_until_it_is_edited(workspace: Workspace, feed: Feed) -> None:
    unsaved = Unsaved(workspace)
    workspace.open(shipped("resources/samples/weather.zin.json"), template=True)
    unsaved.opened_sample()
    feed.many(10, b"t", b"x")
    assert (unsaved.messages, unsaved.worth_keeping) == (10, 0)
    workspace.edit("Clear", workspace.document.without({workspace.document.nodes[0].id}))
    assert unsaved.worth_keeping == 10
