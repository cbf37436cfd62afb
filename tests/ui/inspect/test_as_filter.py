"""What somebody points at becomes a filter that lets that message through, and not those that differ."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from tests.helpers.wired import Wire
from zinspector.capture.filter.display import Filter
from zinspector.capture.store import Store
from zinspector.shipped import shipped
from zinspector.ui.inspect.as_filter import of_column, of_field, of_frame, of_value
from zinspector.ui.inspect.frame_tree import Item
from zinspector.ui.inspect.looks import ColourRule
from zinspector.ui.inspect.message_menu import message_menu
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

Show = Callable[[type[MessagesPanel]], MessagesPanel]
BOOK = b'{"price": 1.5, "a b": {"c.d": [1, "x\\"\\n", null, true]}, "big": 12345678901234567890}'


@pytest.fixture
def panel(shown: Show, feed: Feed, workspace: Workspace) -> MessagesPanel:
    feed.messages([(b"weather.london", BOOK), (b"weather.paris", b"\xff\xfe"), (b"weather.london", b"{}")])
    made = shown(MessagesPanel)
    workspace.ticked.emit()
    return made


def matching(workspace: Workspace, text: str) -> list[int]:
    return [int(n) for n in Filter(text).rows(workspace.store.batches())]


@pytest.mark.parametrize(
    ("key", "text", "numbers"),
    [
        ("topic", 'topic == "weather.london"', [1, 3]),
        ("size", "size == 16", [3]),
        ("link", 'link == "l1"', [1, 2, 3]),
        ("sockets", 'from_type == "PUB" and to_type == "SUB"', [1, 2, 3]),
        ("frames", "frames.count == 2", [1, 2, 3]),
        ("n", "n == 3", [3]),
        ("direction", 'direction == "in"', [1, 2, 3]),
        ("payload", "", []),
        ("connection", "", []),
    ],
)
def test_cells(panel: MessagesPanel, workspace: Workspace, key: str, text: str, numbers: list[int]) -> None:
    message = workspace.store.row(3)
    assert message is not None
    assert of_column(panel.columns.known[key], message, workspace) == text
    if text:
        assert matching(workspace, text) == numbers


def test_the_cell_of_a_topic_tells_commands_by_their_names(
    panel: MessagesPanel, feed: Feed, workspace: Workspace
) -> None:
    n = feed.command("display", "SUBSCRIBE", b"\x01w")
    feed.command("display", "CANCEL", b"\x00w")
    message = workspace.store.row(n)
    assert message is not None
    text = of_column(panel.columns.known["topic"], message, workspace)
    assert text == 'kind == "command" and name == "SUBSCRIBE"'
    assert matching(workspace, text) == [n]


def test_where_there_is_no_link_its_cell_means_one_way_of_a_connection(
    panel: MessagesPanel, workspace: Workspace
) -> None:
    wires = [Wire(workspace.store, number, "tap", ("DEALER", "ROUTER")) for number in (1, 2)]
    first = workspace.store.next_n
    for wire in wires:
        wire.messages((b"asked",), side="connect")
        wire.messages((b"answered",))
    message = workspace.store.row(first)
    assert message is not None
    text = of_column(panel.columns.known["link"], message, workspace)
    assert text == 'node == "tap" and connection == 1 and direction == "connect->bind"'
    assert matching(workspace, text) == [first]


def test_a_time_means_from_there_on(panel: MessagesPanel, workspace: Workspace) -> None:
    message = workspace.store.row(2)
    assert message is not None
    assert matching(workspace, of_column(panel.columns.known["time"], message, workspace)) == [2, 3]


def items(panel: MessagesPanel, names: list[str]) -> Item:
    item = panel.detail.tree.frame_item(1)
    for name in names:
        panel.detail.tree.expandItem(item)
        item = next(item.child(place) for place in range(item.childCount()) if item.child(place).text(0) == name)
    assert isinstance(item, Item)
    return item


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions()]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["price"], "json.price == 1.5"),
        (["a b", "c.d", "[0]"], 'json."a b"."c.d"[0] == 1'),
        (["a b", "c.d", "[1]"], 'json."a b"."c.d"[1] == "x\\"\\x0a"'),
        (["a b", "c.d", "[2]"], 'json."a b"."c.d"[2] == null'),
        (["a b", "c.d", "[3]"], 'json."a b"."c.d"[3] == true'),
        (["a b", "c.d"], 'json."a b"."c.d"'),
        (["big"], "json.big == 12345678901234567890"),
    ],
)
def test_values_of_json(panel: MessagesPanel, workspace: Workspace, names: list[str], text: str, qtbot: QtBot) -> None:
    panel.select(1)
    message = workspace.store.row(1)
    assert message is not None
    menu = panel.detail.menu(items(panel, names), message)
    assert any(name.startswith("Apply as filter: json.") for name in texts(menu))
    sub = next(action.menu() for action in menu.actions() if action.text().startswith("Apply"))
    assert isinstance(sub, QMenu)
    sub.actions()[0].trigger()
    assert panel.filter_bar.text == text
    qtbot.waitUntil(lambda: panel.table.visible_numbers() == [1])
    menu.deleteLater()


def test_frames(panel: MessagesPanel, workspace: Workspace) -> None:
    first, second = workspace.store.row(1), workspace.store.row(2)
    assert first is not None
    assert second is not None
    assert matching(workspace, of_frame(first, 0)) == [1, 3]
    assert matching(workspace, of_frame(second, 1)) == [2]
    assert matching(workspace, of_frame(first, 1)) == [1]


def test_filters_add_up(panel: MessagesPanel, workspace: Workspace, qtbot: QtBot) -> None:
    message = workspace.store.row(1)
    assert message is not None
    for key, entry in (("topic", "Show only these"), ("size", "But not these")):
        menu = message_menu(panel, message, panel.columns.known[key])
        sub = menu.actions()[0].menu()
        assert isinstance(sub, QMenu)
        next(action for action in sub.actions() if action.text() == entry).trigger()
        menu.deleteLater()
    assert panel.filter_bar.text == f'topic == "weather.london" and not (size == {message.size})'
    qtbot.waitUntil(lambda: panel.table.visible_numbers() == [3])


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)


@given(
    st.recursive(
        SCALARS,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(st.text(min_size=1), inner, min_size=1, max_size=3)
        ),
        max_leaves=4,
    )
)
def test_any_value_of_json_finds_itself(value: Any) -> None:
    names, inner = ["k"], value
    while isinstance(inner, list | dict):
        name = next(iter(inner)) if isinstance(inner, dict) else 0
        names.append(f"[{name}]" if isinstance(inner, list) else name)
        inner = inner[name]
    data = json.dumps({"k": value}).encode()
    text = of_value(data, "json", names)
    if any("*" in name or "\0" in name for name in names):
        return  # no filter can look that up
    store = Store()
    Feed(store).messages([(b"t", data)])
    assert [int(n) for n in Filter(text).rows(store.batches())] == [1], text


def test_what_makes_no_filter() -> None:
    assert of_value(b"{", "json", ["a"]) == ""
    assert of_value(b"{}", "json", ["a"]) == ""
    assert of_value(b"\x00", "protobuf", ["a"], {"a": 1}) == ""
    assert of_value(b"\x00", "protobuf", ["a[1]"], {"a": [1, 2]}, "Quote") == "proto.Quote.a[1] == 2"
    assert of_field("json.a", "x" * 1000) == f'json.a startswith "{"x" * 200}"'


def test_protobuf_values_filter_colour_and_make_columns(
    panel: MessagesPanel, feed: Feed, workspace: Workspace, qtbot: QtBot
) -> None:
    schema = shipped("resources/schemas/quotes.proto")
    rule = f"topic:quotes.* frame:1=protobuf({schema}, market.Quote)"
    workspace.edit("Decode as", replace(workspace.document, decode=(rule,)))
    bids = (101.25, 99.5)
    first, _ = feed.messages([(b"quotes.ACME", b"\x0a\x04ACME\x11" + struct.pack("<d", bid)) for bid in bids])
    workspace.ticked.emit()
    panel.select(first)
    message = workspace.store.row(first)
    assert message is not None
    menu = panel.detail.menu(items(panel, ["bid"]), message)
    sub = next(action.menu() for action in menu.actions() if action.text().startswith("Apply"))
    assert isinstance(sub, QMenu)
    sub.actions()[0].trigger()
    menu.deleteLater()
    assert panel.filter_bar.text == "proto.Quote.bid == 101.25"
    qtbot.waitUntil(lambda: panel.table.visible_numbers() == [first])
    panel.columns.add_field("proto.Quote.bid")
    assert panel.table.cell_texts(first)[-2] == "101.25"
    panel.looks.choose(rules=(ColourRule("Dear", "proto.Quote.bid > 100", "red"),))
    panel.table.colouring.ask([first, first + 1])
    qtbot.waitUntil(lambda: not panel.table.colouring.busy)
    found = [panel.table.colouring.rule(n) for n in (first, first + 1)]
    assert [rule is not None for rule in found] == [True, False]
