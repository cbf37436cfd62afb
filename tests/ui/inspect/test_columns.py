"""Columns of the user's choice, times and their reference, and that both are remembered."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics, QTextLayout, QTextOption
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.settings import Settings, load
from zinspector.ui.inspect.looks import ORIGINAL, SAMPLE_RULES, ColourRule, Looks
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.inspect.times import FORMATS, relative
from zinspector.ui.theme import mono_font
from zinspector.ui.workspace import Workspace

Show = Callable[[type[MessagesPanel]], MessagesPanel]


@pytest.fixture
def panel(shown: Show, feed: Feed, workspace: Workspace) -> MessagesPanel:
    feed.messages([(b"t", b'{"price": 1.5, "a": {"b": [true]}}'), (b"t", b'{"price": "x"}'), (b"t", b"\xff{")])
    feed.command("station", "SUBSCRIBE", b"\x01w")
    made = shown(MessagesPanel)
    workspace.ticked.emit()
    return made


def column(panel: MessagesPanel, key: str) -> list[str]:
    index = next(index for index, one in enumerate(panel.table.header.columns) if one.key == key)
    return [panel.table.cell_texts(n)[index] for n in panel.table.visible_numbers()]


def test_any_field_can_be_a_column(panel: MessagesPanel) -> None:
    for text in ("price", "json.a.b", "json.a.b[0]", "frames[1].hex", "frames[-1].size", "connection", "text"):
        panel.columns.add_field(text)
    assert panel.looks.columns[-1] == "payload"  # what takes the room that is left stays at the end
    assert column(panel, "json.price") == ["1.5", "x", "", ""]
    assert column(panel, "json.a.b") == ["[true]", "", "", ""]
    assert column(panel, "json.a.b[0]") == ["true", "", "", ""]
    assert column(panel, "frames[1].hex")[2:] == ["ff 7b", ""]
    assert column(panel, "frames[-1].size") == ["34", "14", "2", "2"]
    assert column(panel, "connection") == [""] * 4
    assert column(panel, "text") == ["t", "t", "t", "\\x01w"]
    panel.columns.add_field("size")
    assert panel.looks.columns.count("size") == 1


def test_what_is_no_field_is_refused(panel: MessagesPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.workspace.message) as said:
        panel.columns.add_field("size > 3")
    assert "can't be a column" in said.args[0]
    assert panel.looks.columns == ORIGINAL


def choose(panel: MessagesPanel, title: str) -> None:
    menu = panel.columns.menu(0)
    next(action for action in menu.actions() if action.text() == title).trigger()
    menu.deleteLater()


def test_columns_are_ticked_hidden_and_put_back(panel: MessagesPanel) -> None:
    choose(panel, "Kind")
    assert column(panel, "kind") == ["message", "message", "message", "command"]
    choose(panel, "Hide #")
    choose(panel, "Dir")
    assert "n" not in panel.table.header.shown_keys()
    assert "direction" not in panel.table.header.shown_keys()
    choose(panel, "Original columns")
    assert panel.table.header.shown_keys() == list(ORIGINAL)


def test_drag_order_and_width_are_remembered(panel: MessagesPanel, shown: Show, qtbot: QtBot) -> None:
    settings = Settings()
    panel.looks.remember_in(settings)
    header = panel.table.header
    header.moveSection(0, 2)
    header.resizeSection(3, 321)
    panel.looks.choose(time="epoch")
    again = shown(MessagesPanel)
    again.looks.remember_in(load())
    assert again.table.header.shown_keys()[:4] == ["time", "direction", "n", "link"]
    assert again.table.header.sectionSize(3) == 321
    assert again.looks.time == "epoch"


@pytest.mark.parametrize(
    "junk", [{}, {"columns": 3, "widths": [], "time": "x", "rules": {}}, {"columns": [None, "nonsense"]}]
)
def test_settings_that_make_no_sense(panel: MessagesPanel, junk: dict[str, object]) -> None:
    panel.looks.remember_in(Settings(table=junk))
    assert [column.key for column in panel.table.header.columns] == list(ORIGINAL)
    assert panel.looks.time == "clock"


def test_rules_that_make_no_sense_are_left_out() -> None:
    looks = Looks()
    looks.remember_in(
        Settings(table={"rules": [{"name": "a"}, 4, {"name": "a", "filter": "x", "colour": "red", "enabled": True}]})
    )
    assert looks.rules == (ColourRule("a", "x", "red"),)
    looks.remember_in(Settings())
    assert looks.rules == (ColourRule("a", "x", "red"),)
    assert Looks().rules == SAMPLE_RULES


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("clock", r"\d\d:\d\d:\d\d\.\d{3} \d{3}"),
        ("date", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d{3}"),
        ("utc", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \d{3} Z"),
        ("epoch", r"[\d,]+\.\d{3} \d{3}"),
        ("first", r"\+0\.000 00\d|\+\d\.\d{3} \d{3}"),
        ("previous", r"(\+\d\.\d{3} \d{3})?"),
    ],
)
def test_times(panel: MessagesPanel, name: str, pattern: str) -> None:
    assert name in FORMATS
    panel.looks.choose(time=name)
    assert all(re.fullmatch(pattern, text) for text in column(panel, "time")), column(panel, "time")


def test_a_reference_makes_times_relative(panel: MessagesPanel) -> None:
    assert panel.columns.refer_to(2)
    before, reference, after, _ = column(panel, "time")
    assert (before, after) == ("-0.000 001", "+0.000 001")
    assert reference.startswith("⟲ ")
    assert not panel.columns.refer_to(99)
    panel.columns.refer_to(None)
    assert column(panel, "time")[0].count(":") == 2


def test_long_spans() -> None:
    assert relative(3_723_000_004_000) == "+1:02:03.000 004"
    assert relative(-1_500) == "-0.000 001"


def test_the_menu_opens_under_the_mouse(panel: MessagesPanel, qtbot: QtBot) -> None:
    header = panel.table.header
    with qtbot.waitSignal(header.menuRequested) as asked:
        header.customContextMenuRequested.emit(QPoint(5, 5))
    assert asked.args[0] == 0
    popup = panel.table.findChildren(type(panel.columns.menu(0)))
    qtbot.keyClick(popup[0], Qt.Key.Key_Escape)


def test_in_a_narrow_table_all_columns_are_in_view(panel: MessagesPanel) -> None:
    header = panel.table.header

    def widths() -> dict[str, int]:
        return {column.key: header.sectionSize(index) for index, column in enumerate(header.columns)}

    panel.resize(1400, 400)
    roomy = widths()
    panel.resize(1020, 400)
    tight = widths()
    assert sum(tight.values()) == panel.table.viewport().width()
    assert tight["payload"] >= 70
    assert tight["time"] == roomy["time"], "what would be of no use when cut is not cut"
    assert tight["link"] < roomy["link"]


def test_a_width_that_the_user_chose_does_not_give_way(panel: MessagesPanel) -> None:
    header = panel.table.header
    link = next(index for index, column in enumerate(header.columns) if column.key == "link")
    panel.resize(1400, 400)
    header.resizeSection(link, 260)
    panel.resize(1020, 400)
    assert header.sectionSize(link) == 260


def test_a_label_is_followed_by_what_it_labels(panel: MessagesPanel, feed: Feed) -> None:
    jupyter = (b"<IDS|MSG>", b"6afa09f4286f0df18a08", b'{"msg_type":"status"}', b"{}")
    numbers = feed.messages(
        [jupyter, (b"GET", b"key"), (b"a frame that is long enough", b'{"n":1}')], types=("REQ", "REP")
    )
    index = next(place for place, one in enumerate(panel.table.header.columns) if one.key == "payload")
    panel.refresh()
    assert [panel.table.cell_texts(n)[index] for n in numbers] == [
        '<IDS|MSG>  {"msg_type":"status"}  +2 more',
        "GET  +1 more",
        "a frame that is long enough  +1 more",
    ]


def test_what_is_left_out_is_counted_behind_hebrew_and_not_among_its_words(panel: MessagesPanel, feed: Feed) -> None:
    (n,) = feed.messages([("שלום".encode(), b"key")], types=("REQ", "REP"))
    index = next(place for place, one in enumerate(panel.table.header.columns) if one.key == "payload")
    panel.refresh()
    text = panel.table.cell_texts(n)[index]
    assert text.endswith("  +1 more")
    layout = QTextLayout(text, panel.font())
    option = QTextOption()
    option.setTextDirection(panel.layoutDirection())  # as it is painted
    layout.setTextOption(option)
    layout.beginLayout()
    layout.createLine().setLineWidth(1000)
    layout.endLayout()
    shapes = {sign: layout.glyphRuns(text.index(sign), 1)[0].boundingRect().left() for sign in "ש+1m"}
    assert shapes["ש"] < shapes["+"] < shapes["1"] < shapes["m"]


def test_the_bytes_of_large_messages_are_seen_whole(panel: MessagesPanel) -> None:
    panel.resize(1400, 400)
    header = panel.table.header
    column = next(index for index, one in enumerate(header.columns) if one.key == "size")
    assert header.sectionSize(column) >= QFontMetrics(mono_font()).horizontalAdvance("9,999,999")
