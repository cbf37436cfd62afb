"""Colour rules: the first that fits, only for what is in view, seen without colours too, edited, remembered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.settings import Settings, load
from zinspector.ui import theme
from zinspector.ui.inspect.colouring import PAINTS, Colouring, filter_of, find
from zinspector.ui.inspect.looks import SAMPLE_RULES, ColourRule
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.inspect.rule_dialog import RuleDialog
from zinspector.ui.workspace import Workspace

Show = Callable[[type[MessagesPanel]], MessagesPanel]
LARGE, LONDON = ColourRule("Large", "size > 20", "orange"), ColourRule("London", 'topic == "london"', "green")


@pytest.fixture
def panel(shown: Show, feed: Feed, workspace: Workspace) -> MessagesPanel:
    feed.messages([(b"london", b"x"), (b"paris", b"x" * 30), (b"london", b"x" * 30), (b"paris", b"y")])
    made = shown(MessagesPanel)
    made.looks.choose(rules=(LARGE, LONDON))
    workspace.ticked.emit()
    return made


def rules(panel: MessagesPanel, qtbot: QtBot) -> list[str]:
    colouring = panel.table.colouring
    colouring.ask(panel.table.visible_numbers())
    qtbot.waitUntil(lambda: not colouring.busy)
    found = [colouring.rule(n) for n in panel.table.visible_numbers()]
    return [rule.name if rule is not None else "" for rule in found]


def test_the_first_rule_that_fits(panel: MessagesPanel, qtbot: QtBot) -> None:
    assert rules(panel, qtbot) == ["London", "Large", "Large", ""]
    panel.looks.choose(rules=(LONDON, LARGE))
    assert rules(panel, qtbot) == ["London", "Large", "London", ""]
    panel.looks.choose(rules=(ColourRule("London", LONDON.filter, "green", enabled=False), LARGE))
    assert rules(panel, qtbot) == ["", "Large", "Large", ""]
    panel.looks.choose(rules=(ColourRule("Wrong", "size >", "green"), ColourRule("No colour", "size", "mauve"), LARGE))
    assert rules(panel, qtbot) == ["", "Large", "Large", ""]
    panel.looks.choose(rules=())
    assert not panel.table.colouring.active


def pixel(panel: MessagesPanel, line: int, left: int) -> QColor:
    height = panel.table.row_height()
    return panel.table.viewport().grab().toImage().pixelColor(left, line * height + 2)


def test_rows_are_painted_and_told(panel: MessagesPanel, qtbot: QtBot) -> None:
    rules(panel, qtbot)
    orange, green = PAINTS["orange"], PAINTS["green"]
    assert [pixel(panel, line, 0) for line in range(3)] == [green.strong(), orange.strong(), orange.strong()]
    assert pixel(panel, 1, 1000) == orange.tint()
    assert pixel(panel, 3, 1000) == theme.theme().colour("panel")
    tip = panel.table.tip_at(QPoint(300, panel.table.row_height() + 3))
    assert tip.endswith("Coloured by the rule “Large”: size > 20")
    panel.columns.toggle("rule")
    index = panel.table.header.shown_keys().index("rule")
    assert panel.table.cell_texts(2)[index] == "■ Large"


def test_rows_that_come_are_painted_with_their_colours(
    panel: MessagesPanel, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    rules(panel, qtbot)
    (n,) = feed.messages([(b"paris", b"z" * 99)])
    workspace.ticked.emit()
    qtbot.waitUntil(lambda: panel.table.colouring.rule(n) == LARGE)
    assert pixel(panel, 4, 0) == PAINTS["orange"].strong()


def test_rows_of_many_batches_and_such_that_are_gone(workspace: Workspace, feed: Feed) -> None:
    for size in range(1, 40):
        feed.messages([(b"t", b"x" * size)] * 2)
    made = filter_of("size > 30")
    assert not isinstance(made, Exception)
    found = find(workspace.store, [1, 2, 3, 61, 62, 78, 500], [(4, made)], lambda _: True)
    assert found == {1: -1, 2: -1, 3: -1, 61: 4, 62: 4, 78: 4, 500: -1}
    workspace.store.retention_bytes = 1
    feed.messages([(b"t", b"x" * 50)])
    assert find(workspace.store, [1, 79], [(0, made)], lambda _: True) == {1: -1, 79: 0}


def test_the_dialog_edits_rules(panel: MessagesPanel, qtbot: QtBot) -> None:
    settings = Settings()
    panel.looks.remember_in(settings)
    panel.looks.choose(rules=(LARGE, LONDON))
    panel.edit_rules('topic == "paris"')
    dialog = panel.findChild(RuleDialog)
    assert dialog is not None
    new = dialog.rows[0]
    assert new.rule() == ColourRule('topic == "paris"', 'topic == "paris"', "blue")
    qtbot.keyClicks(new.name, "Paris")
    new.colour.setCurrentIndex(new.colour.findData("violet"))
    assert rules(panel, qtbot) == ["London", "Paris", "Large", "Paris"]
    new.moveRequested.emit(1)
    assert rules(panel, qtbot) == ["London", "Large", "Large", "Paris"]
    dialog.rows[0].filter.end(False)
    qtbot.keyClicks(dialog.rows[0].filter, " and")
    assert dialog.rows[0].fault.text().startswith("✖ column 14: expected")
    assert rules(panel, qtbot) == ["London", "Paris", "London", "Paris"]
    assert dialog.edit('topic == "paris"') is dialog.rows[1]
    assert len(dialog.rows) == 3
    dialog.rows[0].removeRequested.emit()
    dialog.add_samples()
    assert [row.rule().name for row in dialog.rows] == ["Paris", "London", *(rule.name for rule in SAMPLE_RULES)]
    dialog.accept()
    assert [ColourRule(**rule) for rule in load().table["rules"]] == list(panel.looks.rules)
    assert panel.looks.rules[0] == ColourRule("Paris", 'topic == "paris"', "violet")


def test_a_rule_that_is_none_leaves_no_painter_behind(panel: MessagesPanel) -> None:
    panel.looks.choose(rules=(ColourRule("Wrong", 'topic = "london"', "blue"),))
    panel.table.viewport().repaint()
    assert not panel.table.viewport().paintingActive()


def test_cancel_puts_the_rules_back(panel: MessagesPanel, qtbot: QtBot) -> None:
    panel.edit_rules()
    dialog = panel.findChild(RuleDialog)
    assert dialog is not None
    dialog.rows[0].removeRequested.emit()
    assert panel.looks.rules == (LONDON,)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert panel.looks.rules == (LARGE, LONDON)


def luminance(colour: QColor) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: QColor, second: QColor) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_both_themes_can_be_read(qapp: QApplication, name: str) -> None:
    theme.apply(qapp, name)
    text = theme.theme().colour("text")
    for paint in PAINTS.values():
        assert contrast(text, paint.tint()) >= 4.5
        assert contrast(paint.strong(), paint.tint()) >= 3  # a sign
    assert len({paint.sign for paint in PAINTS.values()}) == len(PAINTS)


def test_sample_rules_are_filters(workspace: Workspace) -> None:
    for rule in SAMPLE_RULES:
        assert not isinstance(filter_of(rule.filter), Exception)
        assert rule.colour in PAINTS
    assert not Colouring(workspace.store).active
