"""Answers of filters that take a while: first rows, stale ones, given up, broken."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable

import pyarrow as pa
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from tests.helpers.waiting import PATIENCE_S
from tests.ui.filter.conftest import mixed, settled, shown, ten_batches
from zinspector.capture.filter.display import Filter
from zinspector.capture.masks import Mask
from zinspector.ui.filter.bar import FilterBar
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace


class Slow(Filter):
    """A filter that answers about one batch for each `go()`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.stopped = threading.Event()
        self._turns = threading.Semaphore(0)

    def go(self) -> None:
        """One batch more."""
        self._turns.release()

    def masks(self, batches: Iterable[pa.RecordBatch]) -> Generator[Mask, None, None]:
        """Waits before each."""
        try:
            for batch in batches:
                assert self._turns.acquire(timeout=PATIENCE_S)
                yield self.mask(batch)
        finally:
            self.stopped.set()


def test_stale_answers_are_dropped(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    mixed(feed, workspace)
    slow = Slow("n == 1")
    bar.sieve.ask(slow)
    assert bar.sieve.answering
    assert panel.displayed == 100  # what was shown stays until the answer is there
    bar.apply("n == 2")
    settled(qtbot, bar, "n == 2")
    slow.go()
    assert slow.stopped.wait(PATIENCE_S)
    assert shown(panel) == [2]


def test_the_first_rows_that_match_are_shown_before_all_are_known(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    ten_batches(feed, workspace)
    slow = Slow('topic == "weather.london" and not (n >= 91)')
    bar._text = slow.text
    bar.sieve.ask(slow, panel.table.near)  # the newest is in view: from there on
    slow.go()
    qtbot.waitUntil(lambda: bar.sieve.share == 0.1)
    assert panel.displayed == 100  # none of the newest matches: what was there stays
    slow.go()
    qtbot.waitUntil(lambda: shown(panel) == [81, 83, 85, 87, 89])
    assert bar.sieve.answering
    assert bar.outcome.accessibleDescription() == "5 so far, filtering… 20%"
    slow.go()
    qtbot.waitUntil(lambda: shown(panel) == [*range(71, 91, 2)])
    panel.table.select(73)
    bar.cancel()
    assert bar.outcome.accessibleDescription() == "cancelled: 10 so far"
    slow.go()
    assert slow.stopped.wait(PATIENCE_S)
    slow = Slow("size > 0")
    bar.sieve.ask(slow, panel.table.near)  # the selected is in view
    top = panel.table.top()
    for share in range(10):
        slow.go()
        qtbot.waitUntil(lambda share=share: panel.displayed == 10 * (share + 1))
        assert (panel.table.current, 73 in panel.table.visible_numbers()) == (73, True)
        assert shown(panel)[0] == (71 if share < 3 else 71 - 10 * (share - 2))
    settled(qtbot, bar, bar.text)
    assert shown(panel) == [*range(1, 101)]
    assert top is not None


def test_sorted_rows_are_answered_all_at_once(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    ten_batches(feed, workspace)
    panel.table.sort("size")
    slow = Slow('topic == "weather.london"')
    bar._text = slow.text
    bar.sieve.ask(slow, bar._near())
    for _ in range(9):
        slow.go()
    qtbot.waitUntil(lambda: bar.sieve.share == 0.9)
    assert panel.displayed == 100
    slow.go()
    settled(qtbot, bar, slow.text)
    qtbot.waitUntil(lambda: panel.displayed == 50)


def test_a_table_that_is_held_still_shows_all_of_an_answer(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    ten_batches(feed, workspace)
    panel.pause.click()
    slow = Slow("size > 0")
    bar._text = slow.text
    bar.sieve.ask(slow, panel.table.near)
    for count in range(10):
        slow.go()
        qtbot.waitUntil(lambda count=count: panel.displayed == 10 * (count + 1))


class Broken(Filter):
    """A filter with a bug."""

    def masks(self, batches: Iterable[pa.RecordBatch]) -> Generator[Mask, None, None]:
        """Fails."""
        yield from ()
        raise ZeroDivisionError


def test_a_bug_is_told_and_the_next_filter_works(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    mixed(feed, workspace)
    with qtbot.captureExceptions() as told:
        bar.sieve.ask(Broken("n == 1"))
        qtbot.waitUntil(lambda: bool(told))
    assert told[0][0] is ZeroDivisionError
    assert not bar.sieve.busy
    assert panel.displayed == 100
    bar.apply("n == 2")
    settled(qtbot, bar, "n == 2")
    assert shown(panel) == [2]


def test_an_answer_can_be_given_up(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    ten_batches(feed, workspace)
    slow = Slow("n == 1")
    bar.line.setText("n == 1")
    bar._pause.stop()
    bar._text = "n == 1"
    bar.sieve.ask(slow, 100)
    for _ in range(5):
        slow.go()
    qtbot.waitUntil(lambda: bar.sieve.share == 0.5)
    qtbot.waitUntil(lambda: (bar.tell(), bar.stop.isVisible())[1])  # only after a moment: most answers come at once
    assert bar.progress.isVisible()
    qtbot.mouseClick(bar.stop, Qt.MouseButton.LeftButton)
    slow.go()
    assert slow.stopped.wait(PATIENCE_S)
    assert panel.displayed == 100
    assert bar.outcome.text().startswith("cancelled")
    qtbot.keyClick(bar.line, Qt.Key.Key_Return)  # asks again
    settled(qtbot, bar, "n == 1")
    assert shown(panel) == [1]
