"""The panel: one page set per selection, kept while the user edits, and the page that the user chose."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.wheel import turn_wheel
from zinspector.topology import edits
from zinspector.ui import theme
from zinspector.ui.properties.pages import OPTIONS, SETUP
from zinspector.ui.properties.panel import PropertiesPanel
from zinspector.ui.properties.units import time_text


def test_every_kind_of_selection_has_pages_in_both_themes(qapp: QApplication, panel: PropertiesPanel) -> None:
    document = panel.workspace.document
    selections = [[], *([item.id] for item in (*document.nodes, *document.links)), ["pub", "sub"]]
    for name in ("light", "dark"):
        theme.apply(qapp, name)
        for selection in selections:
            panel.workspace.select(selection)
            for title in panel.pages:
                panel.show_page(title)
                assert not panel.grab().isNull()


def test_the_page_that_was_chosen_stays(qtbot: QtBot, panel: PropertiesPanel) -> None:
    panel.workspace.select(["pub"])
    assert panel.tabs.tabText(panel.tabs.currentIndex()) == SETUP
    bar = panel.tabs.tabBar()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    panel.workspace.select(["sub"])
    assert panel.tabs.tabText(panel.tabs.currentIndex()) == OPTIONS
    panel.workspace.select(["odd"])
    assert panel.tabs.tabText(panel.tabs.currentIndex()) == SETUP, "it has no other"
    panel.workspace.select(["pub"])
    assert panel.tabs.tabText(panel.tabs.currentIndex()) == OPTIONS


def test_the_wheel_changes_no_list_that_it_passes(panel: PropertiesPanel) -> None:
    document = panel.workspace.document
    passed = 0
    for node in document.nodes:
        panel.workspace.select([node.id])
        for title in panel.pages:
            panel.show_page(title)
            page = panel.page(title)
            assert isinstance(page, QWidget)
            for box in page.findChildren(QComboBox):
                before = box.currentIndex()
                turn_wheel(box, -1)
                turn_wheel(box, -1)
                turn_wheel(box, 1)
                assert box.currentIndex() == before, box.accessibleName()
                passed += 1
    assert passed > 10
    assert panel.workspace.document == document


def test_editing_starts_in_the_first_field(panel: PropertiesPanel) -> None:
    panel.workspace.select(["pub"])
    panel.show_page(OPTIONS)
    panel.focus_first_field()
    focused = QApplication.focusWidget()
    assert isinstance(focused, QLineEdit)
    assert focused.accessibleName() == "Label"


def test_findings_of_the_selection_are_told_with_their_remedy(panel: PropertiesPanel) -> None:
    workspace = panel.workspace
    workspace.select(["rep"])
    assert [finding.code for finding in panel.findings.findings] == ["Z106"]
    workspace.select(["pub"])
    assert panel.findings.findings == []


@pytest.mark.parametrize("height", [220, 700])
def test_findings_are_never_clipped(qtbot: QtBot, panel: PropertiesPanel, height: int) -> None:
    cards = panel.findings

    def labels() -> list[QLabel]:
        return [label for label in cards.findChildren(QLabel) if label.isVisibleTo(cards)]

    panel.setFixedSize(300, height)
    panel.workspace.select(["rep"])
    bare = edits.set_field(panel.workspace.document, "sub", subscriptions=(), bind=("tcp://nowhere",) * 2)
    panel.workspace.edit("Break", edits.remove(bare, [link.id for link in bare.links]))
    panel.workspace.select(["sub"])
    qtbot.waitUntil(lambda: all(label.height() >= label.heightForWidth(label.width()) > 0 for label in labels()))
    assert any(label.height() > 1.5 * label.fontMetrics().height() for label in labels()), "one needs two lines"
    qtbot.waitUntil(lambda: (cards.verticalScrollBar().maximum() > 0) == (height == 220))


def test_times_in_words() -> None:
    said = [time_text(value) for value in (850, 38_000, 1_250_000, 42_400_000, 2_500_000_000, 90e9)]
    assert said == ["850 ns", "38.0 µs", "1.25 ms", "42.4 ms", "2.50 s", "90.0 s"]
