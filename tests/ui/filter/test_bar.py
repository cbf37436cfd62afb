"""The filter bar with a real keyboard over a real store: applied while typing, live, told, combined, given up."""

from __future__ import annotations

import struct
import threading
from collections.abc import Generator, Iterable
from dataclasses import replace

import pyarrow as pa
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from tests.helpers.waiting import PATIENCE_S
from zinspector.capture.filter.display import Filter
from zinspector.capture.masks import Mask
from zinspector.settings import Settings
from zinspector.shipped import shipped
from zinspector.ui.filter.bar import FilterBar
from zinspector.ui.inspect.emptiness import EMPTY_FILTER, EMPTY_HIDDEN
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

LONDON = (b"weather.london", b'{"temperature": 11}')
PARIS = (b"weather.paris", b'{"temperature": 25}')


@pytest.fixture
def bar(panel: MessagesPanel) -> FilterBar:
    return panel.filter_bar


def mixed(feed: Feed, workspace: Workspace, times: int = 50) -> None:
    feed.messages([LONDON, PARIS] * times)
    workspace.ticked.emit()


def settled(qtbot: QtBot, bar: FilterBar, text: str) -> None:
    """Wait until this filter is in force and answered, and nothing is under way."""
    qtbot.waitUntil(lambda: bar.text == text and not bar.sieve.answering and not bar.sieve.busy)


def shown(panel: MessagesPanel) -> list[int]:
    rows = panel.table.rows
    return [rows.n(place) for place in range(len(rows))]


def test_what_is_typed_is_applied(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    mixed(feed, workspace)
    assert panel.displayed == 100
    bar.begin()
    qtbot.keyClicks(bar.line, 'topic == "weather.paris" and json.temperature > 20')
    assert bar.line.state == "ok"
    settled(qtbot, bar, 'topic == "weather.paris" and json.temperature > 20')
    assert shown(panel) == list(range(2, 101, 2))
    assert bar.outcome.text() == "50 of 100 shown"
    feed.messages([LONDON, PARIS, PARIS])  # live rows are filtered as they come
    workspace.ticked.emit()
    qtbot.waitUntil(lambda: panel.displayed == 52)
    assert shown(panel)[-2:] == [102, 103]
    assert bar.outcome.text() == "52 of 103 shown"
    bar.line.setFocus()
    bar.line.popup.hide()
    qtbot.keyClick(bar.line, Qt.Key.Key_Escape)
    settled(qtbot, bar, "")
    qtbot.waitUntil(lambda: panel.displayed == 103)
    assert bar.outcome.text() == ""
    qtbot.keyClick(bar.line, Qt.Key.Key_Escape)
    assert panel.window().focusWidget() is panel.table


def test_no_filter_leaves_the_last_one_in_force(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    mixed(feed, workspace)
    bar.apply("size > 33")
    settled(qtbot, bar, "size > 33")
    before = panel.displayed
    bar.begin()
    bar.line.end(False)
    qtbot.keyClicks(bar.line, " and size > tall")
    assert bar.line.state == "error"
    assert bar.fault is not None
    assert (bar.fault.column, bar.fault.length) == (22, 4)
    assert "column 22" in bar.outcome.accessibleDescription()
    assert "a number" in bar.outcome.accessibleDescription()
    assert "Still in force: size > 33" in bar.outcome.toolTip()
    told = []
    workspace.message.connect(lambda text, severity: told.append((severity, text)))
    bar.line.popup.hide()
    qtbot.keyClick(bar.line, Qt.Key.Key_Return)
    assert told[0][0] == "warning"
    assert "column 22" in told[0][1]
    assert (bar.text, panel.displayed) == ("size > 33", before)


def test_filter_chips_and_following_all_have_to_let_a_row_through(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    mixed(feed, workspace, 5)
    feed.event("station", "LISTENING")
    workspace.ticked.emit()
    bar.apply("size > 0")
    settled(qtbot, bar, "size > 0")
    assert panel.displayed == 10
    assert bar.sieve.matched == 11
    assert bar.outcome.accessibleDescription() == "10 of 11 shown · 1 more match, hidden by the chips below"
    panel.scope_bar.kinds["Events"].click()
    bar.tell()
    assert bar.outcome.text() == "11 of 11 shown"
    panel.follow_topic("weather.london")
    bar.tell()
    assert panel.displayed == 5
    bar.apply('topic == "weather.paris"')
    settled(qtbot, bar, 'topic == "weather.paris"')
    assert panel.displayed == 0
    assert panel.table.empty_text == EMPTY_HIDDEN
    panel.follow_nothing()
    assert panel.displayed == 5
    bar.apply('topic == "nowhere"')
    settled(qtbot, bar, 'topic == "nowhere"')
    assert panel.table.empty_text == EMPTY_FILTER
    bar.line.setText('topc = "x')
    assert bar.outcome.accessibleDescription().startswith("✖ column 6: = is no comparison; write ==")
    assert 'still applied: topic == "nowhere"\n' in panel.table.empty_text
    bar.line.setText('topic == "nowhere"')
    assert panel.table.empty_text == EMPTY_FILTER


def test_apply_adds_to_what_is_there(bar: FilterBar, qtbot: QtBot) -> None:
    bar.apply("size > 1 or n == 1")
    bar.apply("json.a == 1", "and")
    assert bar.line.text() == "(size > 1 or n == 1) and json.a == 1"
    bar.apply("topic", "and not")
    assert bar.line.text() == "(size > 1 or n == 1) and json.a == 1 and not topic"
    settled(qtbot, bar, bar.line.text())
    bar.line.setText("size >")
    bar.apply("n < 5", "and")  # what is no filter is replaced
    assert bar.line.text() == "n < 5"
    bar.apply("n == 3", "and not")
    assert bar.line.text() == "n < 5 and not (n == 3)"
    bar.clear()
    bar.apply("n == 3", "and not")
    assert bar.line.text() == "not (n == 3)"
    settled(qtbot, bar, "not (n == 3)")


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


def ten_batches(feed: Feed, workspace: Workspace) -> None:
    """Of ten rows each; London's are odd."""
    for _ in range(10):
        feed.messages([LONDON, PARIS] * 5)
    workspace.ticked.emit()


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


def test_what_falls_off_is_counted_off(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    mixed(feed, workspace)
    bar.apply('topic == "weather.paris"')
    settled(qtbot, bar, 'topic == "weather.paris"')
    mixed(feed, workspace)
    qtbot.waitUntil(lambda: bar.sieve.matched == 100)
    workspace.store.clear()
    workspace.ticked.emit()
    assert (bar.sieve.matched, panel.displayed) == (0, 0)
    mixed(feed, workspace, 3)
    qtbot.waitUntil(lambda: panel.displayed == 3)
    assert bar.outcome.text() == "3 of 6 shown"


def test_a_row_that_is_asked_for_is_shown_whatever_the_filter(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    mixed(feed, workspace)
    bar.apply("n == 7")
    settled(qtbot, bar, "n == 7")
    panel.show_row(7)
    assert bar.text == "n == 7"
    panel.show_row(8)
    assert (bar.text, panel.table.current) == ("", 8)
    assert 8 in panel.table.rows


def test_saved_and_recent_filters_are_remembered(bar: FilterBar, qtbot: QtBot) -> None:
    settings = Settings()
    bar.remember_in(settings)
    bar.apply("size > 10")
    bar.apply("size > 20")
    bar.apply("size > 10")
    assert settings.recent_filters == ["size > 10", "size > 20"]
    bar.saved.save("  large  ones ", "size > 10")
    bar.saved.save("& odd", "anomalies")
    bar.saved.fill()
    names = [action.text() for action in bar.saved.menu_.actions()]
    assert "large ones" in names
    assert "&& odd" in names
    bar.saved.rename("large ones", "big")
    assert list(settings.filters) == ["big", "& odd"]
    bar.saved.delete("& odd")
    assert bar.saved.settings.recent_filters[0] == "anomalies"
    assert settings.filters == {"big": "size > 10"}
    bar.clear()
    bar.saved.fill()
    next(action for action in bar.saved.menu_.actions() if action.text() == "big").trigger()
    settled(qtbot, bar, "size > 10")


def test_decoded_fields_follow_the_rules(
    panel: MessagesPanel, bar: FilterBar, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    quotes = [(b"quotes.ACME", quote(101.25)), (b"quotes.ACME", quote(99.5)), LONDON]
    feed.messages(quotes)
    workspace.ticked.emit()
    bar.apply("proto.Quote.bid > 100")
    settled(qtbot, bar, "proto.Quote.bid > 100")
    assert shown(panel) == []  # nobody has said what these frames are
    schema = shipped("resources/schemas/quotes.proto")
    rule = f"topic:quotes.* frame:1=protobuf({schema}, market.Quote)"
    workspace.edit("Decode as", replace(workspace.document, decode=(rule,)))
    qtbot.waitUntil(lambda: shown(panel) == [1])
    feed.messages(quotes)
    workspace.ticked.emit()
    qtbot.waitUntil(lambda: shown(panel) == [1, 4])
    bar.apply('topic startswith "quotes." and proto.Quote.bid > 100')  # only some rows have to be decoded
    settled(qtbot, bar, 'topic startswith "quotes." and proto.Quote.bid > 100')
    assert shown(panel) == [1, 4]
    bar._next_look = 0.0
    bar._look_around()
    qtbot.waitUntil(lambda: bar.line.seen is not None and "proto" in bar.line.seen.paths)


def quote(bid: float) -> bytes:
    """A market.Quote: symbol is field 1, bid field 2, a double."""
    return b"\x0a\x04ACME" + b"\x11" + struct.pack("<d", bid)


@pytest.mark.parametrize(
    ("text", "told", "wrong"),
    [
        ("siz", "column 1: a field comes next", "siz >"),
        ("size >", "column 7: a number comes next", "size > x"),
        ("size > 1 an", "column 10: 'or', 'and' or the end comes next", "size > 1 ant"),
        ('topic == "tick', 'column 10: a closing " comes next', 'topic = "tick'),
        ("(size > 1", "column 10: ')' comes next", "(size > 1}"),
    ],
)
def test_what_is_still_being_typed_is_not_shouted_at(
    panel: MessagesPanel,
    bar: FilterBar,
    feed: Feed,
    workspace: Workspace,
    qtbot: QtBot,
    text: str,
    told: str,
    wrong: str,
) -> None:
    ten_batches(feed, workspace)
    bar.apply("n == 7")
    settled(qtbot, bar, "n == 7")
    bar.line.setText(text)
    assert bar.line.state == "error"
    assert (bar.outcome.property("role"), bar.outcome.accessibleDescription()) == ("muted", told)
    assert shown(panel) == [7]
    bar.line.setText(wrong)
    assert bar.outcome.property("role") == "error"
    assert shown(panel) == [7]
