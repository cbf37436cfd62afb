"""The palette: chips to click and drag, samples to open."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from zinspector.topology.document import Document, ProxyNode, ProxySide, SocketNode
from zinspector.topology.edits import connect
from zinspector.topology.socket_types import SOCKET_TYPES
from zinspector.ui.canvas.chip import kind_of
from zinspector.ui.canvas.kinds import kinds
from zinspector.ui.canvas.palette import NodePalette, pattern
from zinspector.ui.workspace import Workspace


@pytest.fixture
def palette(qtbot: QtBot, workspace: Workspace) -> NodePalette:
    panel = NodePalette(workspace)
    qtbot.addWidget(panel)
    panel.resize(196, 800)
    panel.show()
    return panel


def test_every_socket_type_is_there_with_its_sentence(palette: NodePalette) -> None:
    assert set(SOCKET_TYPES) <= palette.chips.keys()
    for name, info in SOCKET_TYPES.items():
        assert info.blurb in palette.chips[name].toolTip()
        assert info.blurb in palette.chips[name].accessibleName()


def test_a_click_or_a_key_asks_for_a_node(palette: NodePalette, qtbot: QtBot) -> None:
    asked = QSignalSpy(palette.addRequested)
    qtbot.mouseClick(palette.chips["PUB"], Qt.MouseButton.LeftButton)
    palette.chips["queue"].setFocus()
    qtbot.keyClick(palette.chips["queue"], Qt.Key.Key_Space)
    assert [asked.at(i)[0] for i in range(asked.count())] == ["PUB", "queue"]


def test_a_drag_carries_the_kind(palette: NodePalette) -> None:
    drag = palette.chips["SUB"].drag()
    assert kind_of(drag.mimeData()) == "SUB"
    assert not drag.pixmap().isNull()


def test_chips_of_all_groups_are_equally_wide(palette: NodePalette) -> None:
    QApplication.processEvents()
    widths = {chip.width() for chip in palette.chips.values()}
    assert max(widths) - min(widths) <= 1


def test_samples_are_offered_by_name(palette: NodePalette, qtbot: QtBot) -> None:
    asked = QSignalSpy(palette.templateRequested)
    name, button = next(iter(palette.templates.items()))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.at(0)[0].name == name
    assert button.kind


def test_what_a_drawing_is_about() -> None:
    document = Document(nodes=(SocketNode(id="a", type="PUB"), SocketNode(id="b", type="SUB")))
    assert pattern(connect(document, "a", "b")) == "PUB/SUB"
    proxy = ProxyNode(id="q", frontend=ProxySide("ROUTER"), backend=ProxySide("DEALER"))
    assert pattern(Document(nodes=(proxy,))) == "ROUTER/DEALER"
    assert pattern(Document()) == ""


def test_every_kind_says_what_it_is() -> None:
    for kind in kinds().values():
        assert kind.blurb.endswith(".")
        assert kind.matches([kind.title.lower()]) is not None
        assert kind.matches(["zzz"]) is None
