"""Two messages side by side: values, lines of text, bytes; what is only in one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from zinspector.ui.inspect import comparing
from zinspector.ui.inspect.compare_dialog import CompareDialog
from zinspector.ui.inspect.comparing import Line, compared
from zinspector.ui.inspect.messages import MessagesPanel
from zinspector.ui.workspace import Workspace

Show = Callable[[type[MessagesPanel]], MessagesPanel]


def lines(workspace: Workspace, feed: Feed, left: Sequence[bytes], right: Sequence[bytes]) -> list[Line]:
    first = feed.messages([left])[0]
    second = feed.messages([right])[0]
    messages = [workspace.store.row(n) for n in (first, second)]
    return compared(messages[0], messages[1], workspace.decoding.decode)


def different(found: list[Line]) -> list[Line]:
    return [line for line in found if line.sign not in ("=", "") and line.name not in ("time", "size")]


def test_json_is_compared_by_values(workspace: Workspace, feed: Feed) -> None:
    left = {"price": 1, "same": {"a": [1, 2]}, "gone": None, "list": [1, {"x": 1}], "kind": 1}
    right = {"kind": True, "price": 1.5, "same": {"a": [1, 2]}, "list": [1, {"x": 2}, "new"], "new": "\u202e"}
    found = lines(workspace, feed, (b"t", json.dumps(left).encode()), (b"t", json.dumps(right).encode()))
    assert different(found) == [
        Line("≠", "price", "1", "1.5"),
        Line("−", "gone", "null", ""),
        Line("≠", "list[1].x", "1", "2"),
        Line("+", "list[2]", "", '"new"'),
        Line("≠", "kind", "1", "true"),
        Line("+", "new", "", '"\\u202e"'),
    ]
    assert Line("=", "same.a[1]", "2", "2") in found


def test_text_and_bytes(workspace: Workspace, feed: Feed) -> None:
    found = lines(workspace, feed, (b"a\nb\nc", b"\x00" * 40 + b"\xff"), (b"a\nB\nc\nd", b"\x00" * 40 + b"\xfe\x01"))
    text = [line for line in different(found) if line.name.startswith("line")]
    assert text == [Line("≠", "line 2", "b", "B"), Line("+", "line 4", "", "d")]
    (dump,) = [line for line in different(found) if line.name == "000020"]
    assert dump.left.startswith("00 00 00 00 00 00 00 00 ff ")
    assert Line("=", "000000", *[f"{'00 ' * 15}00{' ' * 2}{'·' * 16}"] * 2) in found


def test_only_in_one(workspace: Workspace, feed: Feed) -> None:
    found = lines(workspace, feed, (b"a", b"b", b"c"), (b"a",))
    assert Line("≠", "frames", "3", "1") in found
    assert [line for line in found if line.sign == "−"] == [Line("−", "only left", "b"), Line("−", "only left", "c")]


@pytest.mark.parametrize(("later_ns", "sign"), [(0, "="), (400, "="), (-3_000_000, "≠")])
def test_the_same_moment_is_no_difference(workspace: Workspace, feed: Feed, later_ns: int, sign: str) -> None:
    one = workspace.store.row(feed.messages([(b"a",)])[0])
    other = replace(one, time_ns=one.time_ns + later_ns)
    (time,) = [line for line in compared(one, other, workspace.decoding.decode) if line.name == "time"]
    assert (time.sign, time.left == time.right) == (sign, sign == "=")


def test_large_frames_are_compared_where_they_differ(workspace: Workspace, feed: Feed) -> None:
    left, right = b"x" * 900_000, b"x" * 500_000 + b"y" + b"x" * 399_999
    found = lines(workspace, feed, (left,), (right,))
    assert len(found) < 400
    assert [line.name for line in different(found)] == ["07a120"]
    many = lines(workspace, feed, [b"x"] * 1000, [b"y"] * 1000)
    assert many[-1].name == "… 900 more frames are not compared"


def test_there_is_an_end(workspace: Workspace, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_LINES", 50)
    found = lines(workspace, feed, (json.dumps([1] * 1000).encode(),), (json.dumps([2] * 1000).encode(),))
    assert len(found) == 51


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.dictionaries(st.text(), VALUES, max_size=4))
def test_equal_values_have_no_differences_and_others_have(left: Any, right: Any) -> None:
    found = list(comparing._values("", left, right))
    assert all(line.sign == "=" for line in found) == (
        json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    )


@pytest.fixture
def panel(shown: Show, feed: Feed, workspace: Workspace) -> MessagesPanel:
    feed.messages([(b"t", b'{"a": %d, "b": 1}' % n) for n in range(10)])
    made = shown(MessagesPanel)
    workspace.ticked.emit()
    return made


def test_the_dialog(panel: MessagesPanel, qtbot: QtBot) -> None:
    panel.select(5)
    panel.row_actions.compare()
    dialog = panel.findChild(CompareDialog)
    assert dialog is not None
    assert dialog.windowTitle() == "Compare messages 4 and 5"
    assert dialog.tree.currentItem().text(1) == "time"
    dialog.next_difference()
    assert [dialog.tree.currentItem().text(column) for column in range(4)] == ["≠", "a", "3", "4"]
    assert dialog.outcome.text() == "2 differences"
    everything = dialog.tree.topLevelItemCount()
    dialog.only.setChecked(True)
    assert dialog.tree.topLevelItemCount() < everything
    dialog.copy()
    assert "≠\ta\t3\t4" in QGuiApplication.clipboard().text()
    dialog.close()
