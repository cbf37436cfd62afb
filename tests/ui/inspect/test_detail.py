"""One message: roles, decoders, values and bytes that point at each other; huge ones open at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.ui.inspect.detail import MessageDetail
from zinspector.ui.inspect.frame_tree import CHUNK, Item, More
from zinspector.ui.inspect.hex_view import HexView
from zinspector.ui.workspace import Workspace


@pytest.fixture
def detail(shown: Callable[[type[MessageDetail]], MessageDetail]) -> MessageDetail:
    return shown(MessageDetail)


def show(detail: MessageDetail, workspace: Workspace, n: int) -> None:
    detail.show_message(workspace.store.row(n))


def child(item: QTreeWidgetItem, name: str) -> Item:
    found = next(item.child(i) for i in range(item.childCount()) if item.child(i).text(0) == name)
    assert isinstance(found, Item)
    return found


def click_byte(qtbot: QtBot, view: HexView, offset: int) -> None:
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.byte_place(offset))


def test_an_envelope_is_named(detail: MessageDetail, feed: Feed, workspace: Workspace) -> None:
    (n,) = feed.messages([(b"client-7", b"", b'{"ask": 1}')], "broker", ("REQ", "ROUTER"), "l2")
    show(detail, workspace, n)
    assert detail.header.text() == f"Message {n} · 3 frames · 18 bytes · decoded as JSON"
    rows = [detail.tree.topLevelItem(i).text(0) for i in range(3)]
    assert rows == [
        "frame 0 routing id · 8 B client-7",
        "frame 1 delimiter · 0 B",
        "frame 2 payload · 10 B · JSON",
    ]
    assert detail.tree.currentItem() is detail.tree.topLevelItem(2)
    assert detail.hex.data == b'{"ask": 1}'
    (n,) = feed.messages([(b"\x00\x6b\x8b", b"", b"hi")], "broker", ("REQ", "ROUTER"), "l2")
    show(detail, workspace, n)
    assert detail.tree.topLevelItem(0).text(0) == "frame 0 routing id · 3 B 00 6b 8b"


def test_values_and_bytes_point_at_each_other(
    detail: MessageDetail, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    data = json.dumps({"city": "London", "wind": {"speed": [1, 22, 333]}}).encode()
    (n,) = feed.messages([(b"weather.london", data)])
    show(detail, workspace, n)
    payload = detail.tree.topLevelItem(1)
    detail.tree.setCurrentItem(child(payload, "city"))
    start, end = detail.hex.highlight
    assert data[start:end] == b'"London"'
    assert detail.hex.selected_bytes() == b'"London"'

    place = data.index(b"22") + 1
    click_byte(qtbot, detail.hex, place)
    item = detail.tree.currentItem()
    assert isinstance(item, Item)
    assert item.text(1) == "22"
    assert detail.hex.highlight == (place - 1, place + 1)
    click_byte(qtbot, detail.hex, 0)
    assert detail.tree.currentItem() is payload

    topic = detail.tree.topLevelItem(0)
    detail.tree.setCurrentItem(topic)
    assert detail.hex.data == b"weather.london"
    click_byte(qtbot, detail.hex, 3)
    assert detail.tree.currentItem() is topic


def test_bytes_beyond_the_first_children(detail: MessageDetail, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    data = json.dumps(list(range(5000))).encode()
    (n,) = feed.messages([(b"t", data)])
    show(detail, workspace, n)
    payload = detail.tree.topLevelItem(1)
    detail.tree.expandItem(payload)
    assert payload.childCount() == CHUNK + 1
    assert payload.child(CHUNK).text(0) == "… 4,750 more"
    place = data.index(b" 2500,") + 1
    detail.hex.verticalScrollBar().setValue(place // detail.hex.per_line)
    scrolled = detail.hex.verticalScrollBar().value()
    click_byte(qtbot, detail.hex, place)
    assert detail.tree.currentItem().text(1) == "2500"
    assert detail.hex.verticalScrollBar().value() == scrolled  # the byte stays under the mouse
    assert payload.child(payload.childCount() - 1).text(0) == "… 2,250 more"


def test_a_million_frames_open_at_once(detail: MessageDetail, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    (n,) = feed.messages([[b"x"] * 1_000_000], types=("PUSH", "PULL"))
    message = workspace.store.row(n)
    detail.show_message(message)
    tree = detail.tree
    assert "1,000,000 frames" in detail.header.text()
    assert tree.topLevelItemCount() == CHUNK + 1
    more = tree.topLevelItem(CHUNK)
    assert isinstance(more, More)
    assert more.text(0) == "… 999,750 more"
    tree.itemActivated.emit(more, 0)
    assert tree.topLevelItemCount() == 2 * CHUNK + 1
    assert tree.topLevelItem(CHUNK).text(0).startswith("frame 250 payload")


def test_frames_are_decoded_when_they_are_opened(detail: MessageDetail, feed: Feed, workspace: Workspace) -> None:
    (n,) = feed.messages([[b'{"n": %d}' % i for i in range(20)]], types=("PUSH", "PULL"))
    show(detail, workspace, n)
    last = detail.tree.topLevelItem(19)
    assert last.childCount() == 0
    detail.tree.expandItem(last)
    assert child(last, "n").text(1) == "19"


def test_truncated_frames_say_so(detail: MessageDetail, workspace: Workspace) -> None:
    (n,) = Feed(workspace.store, max_frame=100).messages([(b"t", b"y" * 5000)])
    show(detail, workspace, n)
    payload = detail.tree.topLevelItem(1)
    assert payload.text(0).startswith("frame 1 payload · 5,000 B · first 100 B kept")
    assert child(payload, "note").text(1) == "only the first 100 of 5,000 bytes were kept"
    assert "5,001 bytes" in detail.header.text()
    assert len(detail.hex.data) == 100


def test_a_wrong_decoder_says_why(detail: MessageDetail, feed: Feed, workspace: Workspace) -> None:
    (n,) = feed.messages([(b"t", b"plain <b>text</b>")])
    show(detail, workspace, n)
    workspace.edit("Decode as", replace(workspace.document, decode=("*=json",)))
    payload = detail.tree.topLevelItem(1)
    assert "json" in child(payload, "note").text(1)
    assert "plain <b>text</b>" in payload.child(payload.childCount() - 1).text(1)


def test_ctrl_c_copies_a_value(detail: MessageDetail, feed: Feed, workspace: Workspace, qtbot: QtBot) -> None:
    (n,) = feed.messages([(b"t", b'{"city": "London"}')])
    show(detail, workspace, n)
    detail.tree.setCurrentItem(child(detail.tree.topLevelItem(1), "city"))
    qtbot.keyClick(detail.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == '"London"'


def test_a_long_value_is_shown_short_and_copied_whole(
    detail: MessageDetail, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    (n,) = feed.messages([(b"t", json.dumps({"long": "x" * 5000}).encode())])
    show(detail, workspace, n)
    item = child(detail.tree.topLevelItem(1), "long")
    assert len(item.text(1)) < 700
    detail.tree.setCurrentItem(item)
    qtbot.keyClick(detail.tree, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().count("x") == 5000


# The hex view by itself


@pytest.fixture
def view(qtbot: QtBot) -> HexView:
    view = HexView()
    qtbot.addWidget(view)
    view.resize(700, 300)
    view.show()
    return view


class Scribe(QPainter):
    """A painter that remembers what it writes, from left to right."""

    def __init__(self, device: QPixmap) -> None:
        super().__init__(device)
        self.texts: list[tuple[int, str]] = []

    def drawText(self, place: QPoint, text: str) -> None:
        self.texts.append((place.x(), text))

    def words(self) -> str:
        return " ".join(text for _, text in sorted(self.texts))


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (0, "0000 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f" + " ·" * 16),
        (32, "0020 20 21 22 23 24 25 26 27 41 42 43   ! \" # $ % & ' A B C"),
    ],
)
def test_a_line_is_its_offset_its_bytes_and_their_characters(view: HexView, start: int, shown: str) -> None:
    view.show_bytes(bytes(range(40)) + b"ABC")
    assert view.per_line == 16
    page = QPixmap(view.size())
    with Scribe(page) as painter:
        view._paint_line(painter, start, 0)
    assert painter.words() == shown


@pytest.mark.parametrize(("width", "per_line"), [(700, 16), (450, 12), (330, 8), (100, 8)])
def test_it_takes_as_many_bytes_a_line_as_fit(view: HexView, width: int, per_line: int, qtbot: QtBot) -> None:
    view.show_bytes(bytes(1000))
    view.resize(width, 300)
    qtbot.waitUntil(lambda: view.per_line == per_line)
    assert (view.horizontalScrollBar().maximum() > 0) == (width == 100)


def test_every_byte_can_be_clicked(view: HexView, qtbot: QtBot) -> None:
    view.show_bytes(bytes(64))
    clicked: list[int] = []
    view.byteClicked.connect(clicked.append)
    for offset in range(64):
        click_byte(qtbot, view, offset)
    assert clicked == list(range(64))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(690, 290))
    assert len(clicked) == 64


def test_drag_selects_and_copies(view: HexView, qtbot: QtBot) -> None:
    view.show_bytes(bytes(range(64)))
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=view.byte_place(18))
    qtbot.mouseMove(view.viewport(), view.byte_place(4))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=view.byte_place(4))
    assert view.selected_bytes() == bytes(range(4, 19))
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == bytes(range(4, 19)).hex(" ")
    view.select_all()
    assert view.selected_bytes() == bytes(range(64))


def test_100_mb_cost_what_is_in_view(view: HexView) -> None:
    data = bytes(100_000_000)
    view.show_bytes(data)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    view.grab()
    last = len(data) - 1
    assert 0 < view.byte_place(last).y() <= view.viewport().height()
