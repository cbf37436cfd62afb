"""Going to a row, marks, the time reference, and which two messages are compared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.inspect.number_list import NumberList
from zinspector.ui.workspace import Workspace

Show = Callable[[type[MessagesPanel]], MessagesPanel]


def test_go_to_and_mark(panel: MessagesPanel, workspace: Workspace, qtbot: QtBot) -> None:
    panel.row_actions.go_to_place("1,234")
    assert panel.table.current == 1234
    assert 1234 in panel.table.visible_numbers()
    with qtbot.waitSignal(workspace.message) as told:
        panel.row_actions.go_to_place("99,999")
    assert "there are 1 to 2,000" in told.args[0]
    with qtbot.waitSignal(workspace.message) as told:
        panel.row_actions.go_to_place("twelve")
    assert panel.table.current == 1234
    before = panel.table.grab().toImage()
    panel.row_actions.toggle_mark()
    assert panel.table.marks == {1234}
    assert panel.table.grab().toImage() != before
    panel.row_actions.toggle_mark()
    assert not panel.table.marks


def test_marks_are_walked_around_the_end(panel: MessagesPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.workspace.message) as told:
        panel.row_actions.next_mark(1)
    assert "Ctrl+M" in told.args[0]
    for n in (300, 100, 1900):
        panel.select(n)
        panel.row_actions.toggle_mark()
    found = []
    for step in (1, 1, 1, -1, -1):
        panel.row_actions.next_mark(step)
        found.append(panel.table.current)
    assert found == [100, 300, 1900, 300, 100]
    assert len(panel.table.ticks.ticks(NumberList(np.array(sorted(panel.table.marks))))) == 3
    panel.show_rows(np.arange(250, 350))
    panel.row_actions.next_mark(-1)
    assert panel.table.current == 300
    panel.show_rows(np.arange(1, 50))
    with qtbot.waitSignal(panel.workspace.message) as told:
        panel.row_actions.next_mark(1)
    assert "3 marked are hidden" in told.args[0]
    with qtbot.waitSignal(panel.workspace.message) as told:
        panel.row_actions.forget_marks()
    assert not panel.table.marks
    assert told.args[0].startswith("3 marks removed")
    panel.row_actions.forget_marks()
    assert panel.table.marks == {100, 300, 1900}


def test_marks_do_not_come_back_in_another_capture(panel: MessagesPanel) -> None:
    panel.select(100)
    panel.row_actions.toggle_mark()
    panel.row_actions.forget_marks()
    panel.row_actions.forget()
    panel.row_actions.forget_marks()
    assert not panel.table.marks


def test_the_reference_is_set_and_unset(panel: MessagesPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.workspace.message):
        panel.row_actions.toggle_reference()
    panel.select(100)
    panel.row_actions.toggle_reference()
    assert panel.table.cell_texts(101)[1] == "+0.000 001"
    panel.row_actions.go_to_place("+0.0001")
    assert panel.table.current == 200
    panel.row_actions.toggle_reference()
    assert panel.table.cell_texts(100)[1] == "-0.000 100"
    panel.row_actions.toggle_reference()
    assert "+" not in panel.table.cell_texts(201)[1]


def click(panel: MessagesPanel, qtbot: QtBot, line: int, modifier: Qt.KeyboardModifier) -> None:
    where = QPoint(60, panel.table.row_height() * line + 5)
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, modifier, where)


def test_choosing_two(shown: Show, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    feed.many(10, b"t", b"x")
    panel = shown(MessagesPanel)
    workspace.ticked.emit()
    plain, control = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
    with qtbot.waitSignal(panel.workspace.message) as told:
        panel.row_actions.compare()
    assert "Ctrl+click" in told.args[0]
    click(panel, qtbot, 4, plain)
    assert panel.row_actions.pair() == [4, 5]  # beside it
    panel.table.set_marks({2, 9})
    assert panel.row_actions.pair() == [2, 5]  # the mark before it
    click(panel, qtbot, 7, control)
    assert (panel.table.current, panel.table.second, panel.row_actions.pair()) == (5, 8, [5, 8])
    click(panel, qtbot, 7, control)
    assert panel.table.second is None
    click(panel, qtbot, 7, control)
    click(panel, qtbot, 1, plain)
    assert (panel.table.current, panel.table.second) == (2, None)
