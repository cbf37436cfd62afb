"""The filter bar with a real keyboard over a real store: applied while typing, live, told, combined, remembered."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from tests.ui.filter.conftest import LONDON, PARIS, mixed, settled, shown, ten_batches
from zinspector.settings import Settings
from zinspector.shipped import shipped
from zinspector.ui.filter.bar import FilterBar
from zinspector.ui.inspect.emptiness import EMPTY_FILTER, EMPTY_HIDDEN
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace


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
