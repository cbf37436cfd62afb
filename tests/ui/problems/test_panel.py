"""The Problems tab."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from tests.helpers.drawn import drawing, link, sock
from tests.helpers.hosted import hosted
from zinspector.topology import edits
from zinspector.topology.document import Behaviour
from zinspector.ui.problems.panel import ProblemsPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def panel(qapp: QApplication, qtbot: QtBot) -> ProblemsPanel:
    """A SUB without subscription (Z101), a REP by hand (Z106), a PUSH with a REP (Z102)."""
    workspace = Workspace()
    workspace.edit(
        "Draw",
        drawing(
            sock("pub", "PUB"),
            sock("alerts", "SUB"),
            link("pub", "alerts"),
            sock("rep", "REP", Behaviour("manual")),
            sock("push", "PUSH"),
            link("push", "rep"),
        ),
    )
    return hosted(qtbot, ProblemsPanel(workspace), 1200, 300)


def codes(panel: ProblemsPanel) -> list[str]:
    return [panel.tree.topLevelItem(row).text(1) for row in range(panel.tree.topLevelItemCount())]


def click(qtbot: QtBot, panel: ProblemsPanel, code: str) -> None:
    item = panel.tree.topLevelItem(codes(panel).index(code))
    place = panel.tree.visualItemRect(item).center()
    qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_the_worst_come_first_with_sign_and_place(panel: ProblemsPanel) -> None:
    assert codes(panel) == ["Z101", "Z102", "Z106"]
    first, second, last = (panel.tree.topLevelItem(row) for row in range(3))
    assert [first.text(0), first.text(2)] == ["✖", "alerts"]
    assert second.text(2) == "push → rep"
    assert last.text(0) == "●"
    assert panel.summary.text() == "2 errors · 1 hint"


def test_a_click_selects_the_place(qtbot: QtBot, panel: ProblemsPanel) -> None:
    with qtbot.waitSignal(panel.placeRequested) as asked:
        click(qtbot, panel, "Z101")
    assert asked.args == ["alerts"]
    assert panel.workspace.selection == {"alerts"}
    click(qtbot, panel, "Z102")
    assert panel.workspace.selection == {"push-rep"}


def test_a_double_click_copies_the_remedy(qtbot: QtBot, panel: ProblemsPanel) -> None:
    click(qtbot, panel, "Z101")
    item = panel.tree.topLevelItem(0)
    place = panel.tree.visualItemRect(item).center()
    qtbot.mouseDClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert "subscribe" in QGuiApplication.clipboard().text()


def test_silencing_is_an_edit_and_can_be_taken_back(qtbot: QtBot, panel: ProblemsPanel) -> None:
    click(qtbot, panel, "Z106")
    counts: list[int] = []
    panel.countChanged.connect(counts.append)
    panel.silence_button.click()
    assert codes(panel) == ["Z101", "Z102"]
    assert panel.workspace.document.node("rep").silenced == ("Z106",)
    assert panel.summary.text() == "2 errors · 1 silenced"
    click(qtbot, panel, "Z101")
    panel.silence_button.click()
    assert counts[-1] == 1
    panel.workspace.undo()
    assert "Z101" in codes(panel)
    panel.report_button.click()
    assert codes(panel) == ["Z101", "Z102", "Z106"]
    assert not panel.report_button.isVisible()


def test_a_finding_of_a_link_has_no_node_to_be_silenced_on(qtbot: QtBot, panel: ProblemsPanel) -> None:
    click(qtbot, panel, "Z102")
    assert not panel.silence_button.isEnabled()


def test_the_menu_silences(qtbot: QtBot, panel: ProblemsPanel) -> None:
    click(qtbot, panel, "Z106")
    panel._open_menu(panel.tree.visualItemRect(panel.tree.topLevelItem(2)).center())
    menu = panel.findChild(QMenu)
    assert menu is not None
    next(action for action in menu.actions() if action.text() == "Silence Z106 here").trigger()
    menu.close()
    assert "Z106" not in codes(panel)


def test_what_is_chosen_stays_chosen(qtbot: QtBot, panel: ProblemsPanel) -> None:
    click(qtbot, panel, "Z102")
    document = edits.set_field(panel.workspace.document, "alerts", subscriptions=("",))
    panel.workspace.edit("Subscribe", document)
    found = panel.current()
    assert found is not None
    assert found.code == "Z102"
    assert panel.workspace.selection == {"push-rep"}


def test_nothing_wrong_says_so(qtbot: QtBot, panel: ProblemsPanel) -> None:
    counts: list[int] = []
    panel.countChanged.connect(counts.append)
    panel.workspace.edit("Clear", drawing())
    assert counts[-1] == 0
    assert panel.empty.isVisible()
    assert "No problems found in this drawing" in panel.empty.text()


def test_long_texts_are_wrapped_to_the_width_of_their_column(panel: ProblemsPanel, qtbot: QtBot) -> None:
    def heights() -> list[int]:
        return [panel.tree.visualItemRect(panel.tree.topLevelItem(row)).height() for row in range(3)]

    wide = heights()
    panel.resize(520, 300)
    qtbot.waitUntil(lambda: all(new > old for new, old in zip(heights(), wide, strict=True)))
    panel.resize(6000, 300)
    line = panel.tree.fontMetrics().height()
    qtbot.waitUntil(lambda: all(line <= height < 2 * line for height in heights()))
