"""An answer that comes in parts is in the end the same as one that comes at once, wherever the user looks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.capture.filter import display, evaluate
from zinspector.capture.filter.display import Filter
from zinspector.ui.filter.sieve import Sieve
from zinspector.ui.inspect.number_list import Numbers
from zinspector.ui.inspect.rows import Rows
from zinspector.ui.workspace import Workspace

FILTERS = ('topic == "a" and json.n > 3', 'text contains "7"', "not json", "size > 1000", "json.n in {0, 9} or n > 570")


@pytest.fixture
def sieve(feed: Feed, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sieve]:
    """Over sixty batches of ten rows, some of them no JSON; asked about in groups of 10, 20, 20 ... rows."""
    monkeypatch.setattr(evaluate, "FIRST_ROWS", 10)
    monkeypatch.setattr(display, "GROUP_ROWS", 20)
    for batch in range(60):
        feed.messages([(b"ab"[n % 2 : n % 2 + 1], b'{"n": %d' % n + b"}" * (batch % 7 > 0)) for n in range(10)])
    made = Sieve(workspace)
    yield made
    made.cancel()


@pytest.mark.parametrize("near", [None, 0, 1, 300, 305, 595, 600, 601, 10**9])
@pytest.mark.parametrize("text", FILTERS)
def test_parts_make_the_whole(sieve: Sieve, workspace: Workspace, qtbot: QtBot, text: str, near: int | None) -> None:
    rows, told = Rows(workspace.store), list[Numbers]()
    sieve.answered.connect(lambda numbers: rows.show_rows(numbers, near or 0))
    sieve.added.connect(rows.add_rows)
    for signal in (sieve.answered, sieve.added):
        signal.connect(told.append)
    sieve.ask(Filter(text), near)
    qtbot.waitUntil(lambda: not sieve.answering)
    while rows.behind:
        rows.update(0)
    wanted = Filter(text).rows(workspace.store.batches())
    assert [rows.n(place) for place in range(len(rows))] == wanted.tolist()
    assert sieve.matched == len(wanted)
    assert sorted(np.concatenate(told).tolist()) == wanted.tolist()
    assert near is not None or len(told) == 1


def test_the_first_part_is_where_the_user_looks(sieve: Sieve, qtbot: QtBot) -> None:
    told = list[Numbers]()
    sieve.answered.connect(told.append)
    sieve.ask(Filter("size > 0"), 305)
    qtbot.waitUntil(lambda: bool(told))
    assert told[0][0] == 301
    qtbot.waitUntil(lambda: not sieve.answering)
