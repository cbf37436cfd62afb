"""The filter line: marks, the place of a fault, and suggestions with the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.capture.filter.errors import FilterError
from zinspector.capture.filter.seen import Seen
from zinspector.ui import theme
from zinspector.ui.filter.line import FilterLine
from zinspector.ui.workspace import Workspace


@pytest.fixture
def line(qtbot: QtBot) -> Iterator[FilterLine]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 60)
    made = FilterLine(window)
    made.setGeometry(10, 10, 800, 30)
    window.show()
    made.setFocus()
    yield made
    made.popup.hide()


def popup_texts(line: FilterLine) -> list[str]:
    model = line.popup.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def error_pixels(line: FilterLine) -> list[int]:
    """The x of all pixels in the error colour in the lower part of the text."""
    image, wanted = line.grab().toImage(), theme.theme().colour("error")
    rows = range(line.height() // 2 + 3, line.height() - 3)
    return sorted({x for y in rows for x in range(30, image.width() - 30) if near(image.pixelColor(x, y), wanted)})


def near(one: QColor, other: QColor) -> bool:
    return abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue()) < 90


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_fault_is_underlined_where_it_is(qapp: QApplication, line: FilterLine, name: str) -> None:
    theme.apply(qapp, name)
    line.setText("size > tall")
    line.say("ok")
    assert error_pixels(line) == []
    line.say("error", FilterError("no number", 8, length=4))
    found = error_pixels(line)
    step = line.fontMetrics().horizontalAdvance("m")
    assert found
    assert abs((found[-1] - found[0]) - 4 * step) < step
    line.say("error", FilterError("more is expected", 12))  # after the end
    assert error_pixels(line)[0] > found[0]


def test_suggestions_open_while_typing_and_are_taken(line: FilterLine, qtbot: QtBot) -> None:
    qtbot.keyClicks(line, "to")
    qtbot.waitUntil(line.popup.isVisible)
    assert "topic" in popup_texts(line)
    qtbot.keyClick(line.popup, Qt.Key.Key_Down)
    qtbot.keyClick(line.popup, Qt.Key.Key_Return)
    assert line.text() == "topic "
    qtbot.keyClicks(line, "sta")
    qtbot.waitUntil(line.popup.isVisible)
    qtbot.keyClick(line.popup, Qt.Key.Key_Tab)
    assert line.text() == "topic startswith "


def test_esc_shuts_the_list_then_clears_then_leaves(line: FilterLine, qtbot: QtBot) -> None:
    left: list[bool] = []
    line.left.connect(lambda: left.append(True))
    qtbot.keyClicks(line, "si")
    qtbot.waitUntil(line.popup.isVisible)
    qtbot.keyClick(line.popup, Qt.Key.Key_Escape)
    assert not line.popup.isVisible()
    assert line.text() == "si"
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert (line.text(), left) == ("", [])
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert left == [True]


def test_ctrl_space_opens_all_there_is(line: FilterLine, qtbot: QtBot) -> None:
    qtbot.keyClick(line, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(line.popup.isVisible)
    assert {"topic", "size", "json"} <= {text.rstrip(".") for text in popup_texts(line)}
    assert line.popup.mapToGlobal(QPoint(0, 0)).y() >= line.mapToGlobal(QPoint(0, 0)).y()


def test_values_that_were_seen_are_suggested(line: FilterLine, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    feed.messages([(b"weather.london", b'{"temperature": 11}')] * 5)
    line.seen = Seen.sample(workspace.store.batches())
    qtbot.keyClicks(line, "topic == ")
    qtbot.keyClick(line, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(line.popup.isVisible)
    assert popup_texts(line) == ['"weather.london"']
    qtbot.keyClick(line.popup, Qt.Key.Key_Tab)
    qtbot.keyClicks(line, "and temp")
    qtbot.waitUntil(line.popup.isVisible)
    qtbot.keyClick(line.popup, Qt.Key.Key_Tab)
    assert line.text() == 'topic == "weather.london" and json.temperature '
