"""A statement under way: its answer comes once, and not after it was given up."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.capture.query import QueryError, Result
from zinspector.ui.query.asking import Asking
from zinspector.ui.workspace import Workspace

Told = list[tuple[str, Result, float]]


@pytest.fixture
def asking(workspace: Workspace, feed: Feed) -> Asking:
    feed.messages([(b"t", b"x")] * 3000)
    return Asking(workspace)


@pytest.fixture
def told(asking: Asking) -> Told:
    answers: Told = []
    asking.answered.connect(lambda *answer: answers.append(answer))
    return answers


def test_an_answer_comes_with_its_statement(asking: Asking, told: Told, qtbot: QtBot) -> None:
    asking.ask("SELECT count(*) AS many FROM messages")
    assert asking.going
    qtbot.waitUntil(lambda: not asking.going)
    ((sql, result, seconds),) = told
    assert sql == "SELECT count(*) AS many FROM messages"
    assert result.table["many"].to_pylist() == [3000]
    assert seconds > 0


def test_only_the_last_statement_is_answered(asking: Asking, told: Told, qtbot: QtBot) -> None:
    asking.ask("SELECT count(*) FROM messages a, messages b, messages c")
    asking.ask("SELECT 1 AS one")
    qtbot.waitUntil(lambda: not asking.going)
    assert [sql for sql, *_ in told] == ["SELECT 1 AS one"]


def test_of_what_is_given_up_nothing_is_told(asking: Asking, told: Told, qtbot: QtBot) -> None:
    failures: list[object] = []
    asking.failed.connect(failures.append)
    asking.ask("SELECT count(*) FROM messages a, messages b, messages c")
    asking.cancel()
    assert not asking.going
    asking.ask("SELECT nothing FROM messages")
    qtbot.waitUntil(lambda: not asking.going)
    assert told == []
    assert [type(error) for error in failures] == [QueryError]
