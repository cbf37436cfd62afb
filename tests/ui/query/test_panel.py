"""The Query tab with a real keyboard over real rows: asks, shows, sorts, copies, saves, draws, gives up."""

from __future__ import annotations

import threading

import pyarrow as pa
import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from tests.helpers.hosted import hosted
from tests.helpers.waiting import PATIENCE_S
from zinspector.settings import Settings
from zinspector.ui.query import copying, results
from zinspector.ui.query.examples import EXAMPLES, Example
from zinspector.ui.query.model import NOWHERE, ResultModel
from zinspector.ui.query.panel import NOTHING_YET, QueryPanel
from zinspector.ui.query.results import ResultTable

from .conftest import answered

PATIENCE_MS = int(PATIENCE_S * 1000)
LONDON = (b"weather.london", b'{"temperature": 11}')
PARIS = (b"weather.paris", b'{"temperature": 25.5}')
ENDLESS = "SELECT count(*) FROM messages a, messages b, messages c, messages d WHERE a.n + b.n + c.n + d.n < 0"


def texts(panel: QueryPanel) -> list[list[str]]:
    model = panel.table.found
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def test_a_statement_is_written_and_run(panel: QueryPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([LONDON, PARIS, PARIS])
    qtbot.keyClicks(panel.editor, "select topic, count(*) as many from messages group by topic order by many")
    qtbot.keyClick(panel.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert panel.asking.going
    assert panel.bar.stop.isVisible()
    qtbot.waitUntil(lambda: not panel.asking.going)
    assert texts(panel) == [["weather.london", "1"], ["weather.paris", "2"]]
    assert panel.bar.outcome.text().startswith("✓ 2 rows in ")
    assert panel.bar.run.isVisible()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_an_example_is_one_click_away(panel: QueryPanel, feed: Feed, qtbot: QtBot, example: object) -> None:
    feed.messages([LONDON, PARIS, PARIS])
    buttons = {button.text(): button for button in panel.answer.currentWidget().findChildren(QPushButton)}
    qtbot.mouseClick(buttons[example.title], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.asking.going)
    assert panel.bar.outcome.text().startswith("✓")
    assert panel.table.isVisible()
    assert texts(panel)
    qtbot.mouseClick(panel.bar.views["plot"], Qt.MouseButton.LeftButton)
    assert panel.plot.isVisible()
    assert panel.plot.drawn.lines


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.empty], ids=lambda example: example.title)
def test_an_example_without_an_answer_tells_why(panel: QueryPanel, feed: Feed, qtbot: QtBot, example: Example) -> None:
    said = answered(qtbot, panel, example.sql)
    assert said.startswith("▲ 0 rows in ")
    assert said.endswith(f" · {NOTHING_YET}")
    feed.messages([(b"no topic",)], types=("PUSH", "PULL"))
    said = answered(qtbot, panel, example.sql)
    assert said.startswith("▲ 0 rows in ")
    assert said.endswith(f" · {example.empty}")


@pytest.mark.parametrize("example", EXAMPLES[:2], ids=lambda example: example.title)
def test_examples_about_topics_count_a_message_once(
    panel: QueryPanel, feed: Feed, qtbot: QtBot, example: Example
) -> None:
    feed.messages([LONDON], direction="out")
    feed.messages([LONDON, LONDON])
    feed.messages([PARIS, PARIS])
    said = answered(qtbot, panel, example.sql)
    assert said.startswith("✓ 2 rows in ")
    found = panel.table.found.sorted_table()
    counts = dict(zip(found["topic"].to_pylist(), found["messages"].to_pylist(), strict=True))
    assert counts == {"weather.london": 1, "weather.paris": 2}


def test_the_largest_messages_are_no_events(panel: QueryPanel, feed: Feed, qtbot: QtBot) -> None:
    numbers = feed.messages([LONDON])
    feed.event("display", "CONNECTED", "tcp://a.very.long.name.of.a.host.that.listens.somewhere:5556")
    (example,) = (one for one in EXAMPLES if one.title == "Largest messages")
    answered(qtbot, panel, example.sql)
    assert panel.table.found.sorted_table()["n"].to_pylist() == numbers


def test_a_fault_is_told_with_its_place(panel: QueryPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([LONDON])
    said = answered(qtbot, panel, "SELECT n,\n  tpic FROM messages")
    assert said.startswith("✖")
    assert "tpic" in said
    assert "line 2, column 3" in said
    (mark,) = panel.editor.extraSelections()
    assert mark.cursor.selectedText() == "tpic"
    assert panel.editor.textCursor().blockNumber() == 1
    qtbot.keyClicks(panel.editor, "x")
    assert panel.editor.extraSelections() == []
    assert answered(qtbot, panel, "DROP TABLE messages").startswith("✖")
    assert answered(qtbot, panel, "SELECT * FROM read_csv('/etc/passwd')").startswith("✖")


def test_a_long_statement_is_given_up(panel: QueryPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([LONDON] * 3000)
    panel.ask(ENDLESS)
    qtbot.waitUntil(lambda: panel.bar.outcome.text() not in ("running… 0.0 s", ""))  # the time goes on
    qtbot.mouseClick(panel.bar.stop, Qt.MouseButton.LeftButton)
    assert not panel.asking.going
    assert panel.bar.outcome.text() == "▲ cancelled"
    assert answered(qtbot, panel, "SELECT 1 AS one").startswith("✓ 1 row in")


def test_more_rows_than_are_fetched_are_told(panel: QueryPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([LONDON] * 400)
    said = answered(qtbot, panel, "SELECT a.n AS a, b.n AS b FROM messages a, messages b")
    assert said.startswith("▲ 100,000 rows")
    assert "cut" in said
    assert panel.table.found.rowCount() == 100_000
    panel.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert int(texts_of_row(panel, 0)[1]) == max(panel.table.found.table.column(1).to_pylist())


def texts_of_row(panel: QueryPanel, row: int) -> list[str]:
    return [panel.table.found.index(row, column).data() for column in range(panel.table.found.columnCount())]


def test_a_header_sorts_and_what_is_missing_is_last(panel: QueryPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([LONDON, PARIS])
    answered(qtbot, panel, "FROM (VALUES (2, 'b', [3]), (10, NULL, [1]), (NULL, 'a', [2])) t(number, word, list)")
    header = panel.table.horizontalHeader()
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(header.sectionPosition(0) + 10, 5))
    assert [row[0] for row in texts(panel)] in (["2", "10", ""], ["10", "2", ""])
    for column, wanted in ((0, ["2", "10", ""]), (1, ["a", "b", ""]), (2, ["[1]", "[2]", "[3]"])):
        panel.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
        assert [row[column] for row in texts(panel)] == wanted
    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert [row[0] for row in texts(panel)] == ["10", "2", ""]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("'infinity'::timestamp", "9223372036854775807"),
        ("'infinity'::timestamptz", "9223372036854775807"),
        ("'290000-01-01'::date", "105200797"),
        ("['290000-01-01'::date]", "<value out of range: 105200797>"),
    ],
)
def test_a_moment_that_no_calendar_holds_is_shown(panel: QueryPanel, qtbot: QtBot, value: str, text: str) -> None:
    """An exception in `data` would end the process."""
    panel.ask(f"select {value} as moment, 1 as one")
    qtbot.waitUntil(lambda: not panel.asking.going)
    assert text in panel.table.found.index(0, 0).data()
    panel.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    panel.copy()
    assert text in QGuiApplication.clipboard().text()
    panel.answer.setCurrentWidget(panel.plot)
    panel.plot.redraw()


def test_cells_and_rows_are_copied(panel: QueryPanel, feed: Feed, qtbot: QtBot) -> None:
    answered(qtbot, panel, "FROM (VALUES (1, 'a\tb'), (2, '=c')) t(n, word)")
    table = panel.table
    table.setCurrentIndex(table.found.index(0, 1))
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "a b"
    assert panel.bar.outcome.text() == "✓ 1 cell copied"
    table.selectAll()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(table, Qt.Key.Key_C, both)
    assert QGuiApplication.clipboard().text() == "n\tword\n1\ta b\n2\t=c"


def test_without_rows_there_is_nothing_to_copy(panel: QueryPanel, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("as it was")
    qtbot.mouseClick(panel.bar.copy, Qt.MouseButton.LeftButton)
    assert panel.bar.outcome.text() == "▲ Run a statement first"
    answered(qtbot, panel, "SELECT 1 AS a WHERE false")
    qtbot.mouseClick(panel.bar.copy, Qt.MouseButton.LeftButton)
    assert panel.bar.outcome.text() == "▲ The answer has no rows to copy"
    assert QGuiApplication.clipboard().text() == "as it was"


def test_what_is_large_is_copied_beside_the_window(panel: QueryPanel, qtbot: QtBot) -> None:
    answered(qtbot, panel, "SELECT range AS a, -range AS b FROM range(20000)")
    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    panel.copy()
    assert panel.bar.stop.isVisible()
    assert panel.bar.outcome.text().startswith("copying… ")
    qtbot.waitUntil(lambda: panel.bar.run.isVisible(), timeout=PATIENCE_MS)
    assert panel.bar.outcome.text() == "✓ 40,000 cells copied"
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[:2] + lines[-1:] == ["a\tb", "19999\t-19999", "0\t0"]
    assert len(lines) == 20_001


def test_copying_is_cancelled(panel: QueryPanel, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("as it was")
    answered(qtbot, panel, "SELECT range AS a FROM range(100000)")
    panel.copy()
    qtbot.mouseClick(panel.bar.stop, Qt.MouseButton.LeftButton)
    assert panel.bar.outcome.text() == "▲ copying was cancelled"
    assert panel.bar.run.isVisible()
    answered(qtbot, panel, "SELECT range AS a FROM range(100000)")
    panel.copy()
    panel.run()  # another statement
    qtbot.waitUntil(lambda: not panel.asking.going, timeout=PATIENCE_MS)
    assert panel.bar.outcome.text().startswith("✓ 100,000 rows")
    assert QGuiApplication.clipboard().text() == "as it was"


def test_what_is_copied_while_a_statement_runs_leaves_it_to_be_cancelled(panel: QueryPanel, qtbot: QtBot) -> None:
    answered(qtbot, panel, "SELECT range AS a FROM range(20000)")
    panel.editor.setPlainText(ENDLESS)
    panel.run()
    panel.copy()
    qtbot.waitUntil(lambda: panel.bar.outcome.text() == "✓ 20,000 cells copied", timeout=PATIENCE_MS)
    assert panel.bar.stop.isVisible()
    panel.cancel()
    assert panel.bar.run.isVisible()


def test_a_statement_that_fails_while_an_answer_is_copied_is_told_still(
    panel: QueryPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed, as_tsv = threading.Event(), copying.as_tsv
    monkeypatch.setattr(copying, "as_tsv", lambda *asked: as_tsv(*asked) if failed.wait(PATIENCE_S) else "")
    answered(qtbot, panel, "SELECT range AS a FROM range(20000)")
    panel.editor.setPlainText("SELECT nothing FROM messages")
    panel.run()
    panel.copy()
    qtbot.waitUntil(lambda: not panel.asking.going, timeout=PATIENCE_MS)
    assert panel.bar.stop.isVisible(), "copying can be cancelled still"
    failed.set()
    qtbot.waitUntil(lambda: panel.bar.run.isVisible(), timeout=PATIENCE_MS)
    said = panel.bar.outcome.text()
    assert said.startswith("✖ SQL")
    assert said.endswith(" · 20,000 cells copied")
    assert answered(qtbot, panel, "SELECT 1").startswith("✓ 1 row")


def test_what_goes_wrong_unforeseen_ends_copying(
    panel: QueryPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(qtbot, panel, "SELECT range AS a FROM range(20000)")
    monkeypatch.setattr(copying, "as_tsv", lambda *_: 1 // 0)
    with qtbot.captureExceptions() as found:
        panel.copy()
        qtbot.waitUntil(lambda: panel.bar.run.isVisible(), timeout=PATIENCE_MS)
    assert panel.bar.outcome.text().startswith("✖ Unexpected error")
    assert [kind for kind, *_ in found] == [ZeroDivisionError]


def test_what_no_clipboard_should_hold_is_refused(
    panel: QueryPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "MOST_CHARS", 1 << 20)
    QGuiApplication.clipboard().setText("as it was")
    answered(qtbot, panel, "SELECT repeat('x', 100) AS a FROM range(20000)")
    panel.copy()
    qtbot.waitUntil(lambda: panel.bar.run.isVisible(), timeout=PATIENCE_MS)
    said = "too much to copy: more than 1 MB of text (choose fewer rows, or Save the answer as CSV)"
    assert panel.bar.outcome.text() == f"✖ {said}"
    assert QGuiApplication.clipboard().text() == "as it was"


def test_of_cells_here_and_there_the_rows_and_columns_are_copied(panel: QueryPanel, qtbot: QtBot) -> None:
    answered(qtbot, panel, "SELECT range AS a, range * 10 AS b, range * 100 AS c FROM range(5)")
    table, select = panel.table, QItemSelectionModel.SelectionFlag.Select
    for row, column in ((3, 0), (1, 2)):
        table.selectionModel().select(table.found.index(row, column), select)
    table.copy()
    assert QGuiApplication.clipboard().text() == "1\t100\n3\t300"


def test_titles_ask_no_row_whether_it_is_selected(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    class Asked(ResultModel):
        times = 0

        def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NOWHERE) -> int:
            Asked.times += 1
            return super().rowCount(parent)

    monkeypatch.setattr(results, "ResultModel", Asked)
    table = hosted(qtbot, ResultTable(), 400, 300)
    table.show_table(pa.table({name: range(5000) for name in "abc"}))
    table.grab()
    Asked.times = 0
    table.selectAll()
    table.grab()
    assert Asked.times < 5000


def test_a_number_of_a_message_leads_there(panel: QueryPanel, feed: Feed, qtbot: QtBot) -> None:
    feed.messages([LONDON, PARIS])
    answered(qtbot, panel, "SELECT size, n FROM messages ORDER BY n DESC")
    asked: list[int] = []
    panel.rowRequested.connect(asked.append)
    table = panel.table
    for column in (0, 1):  # only n names messages
        place = table.visualRect(table.found.index(0, column)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    table.setCurrentIndex(table.found.index(1, 1))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert asked == [2, 1]


def test_what_was_asked_comes_back(panel: QueryPanel, feed: Feed, qtbot: QtBot) -> None:
    settings = Settings()
    panel.remember_in(settings)
    for sql in ("SELECT 1", "SELECT 2", "SELECT 1"):
        answered(qtbot, panel, sql)
    assert settings.recent_queries == ["SELECT 1", "SELECT 2"]
    alt = Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(panel.editor, Qt.Key.Key_Up, alt)
    assert panel.editor.toPlainText() == "SELECT 2"
    qtbot.keyClick(panel.editor, Qt.Key.Key_Down, alt)
    assert panel.editor.toPlainText() == "SELECT 1"
    panel.bar.recent_menu.aboutToShow.emit()
    names = [action.text() for action in panel.bar.recent_menu.actions()]
    assert {"SELECT 2", EXAMPLES[0].title} <= set(names)
