"""The set-up page of a socket: what is typed is in the document at once, and one undo takes it back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import leave, retype
from zinspector.topology import edits
from zinspector.topology.document import SocketNode
from zinspector.ui.properties.pages import SETUP
from zinspector.ui.properties.panel import PropertiesPanel
from zinspector.ui.properties.socket_form import SocketForm


def form(panel: PropertiesPanel, node_id: str) -> SocketForm:
    panel.workspace.select([node_id])
    page = panel.page(SETUP)
    assert isinstance(page, SocketForm)
    return page


def node(panel: PropertiesPanel, node_id: str) -> SocketNode:
    found = panel.workspace.document.node(node_id)
    assert isinstance(found, SocketNode)
    return found


def test_typing_a_label_is_one_step_of_undo(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = form(panel, "pub")
    qtbot.keyClicks(page.label.edit, "station")
    assert node(panel, "pub").label == "station"
    assert panel.title.text() == "station"
    assert page.label.edit.cursorPosition() == len("station")
    panel.workspace.undo()
    assert node(panel, "pub").label == ""
    assert page.label.edit.text() == ""


def test_leaving_a_field_ends_the_step(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = form(panel, "pub")
    page.label.edit.setFocus()
    qtbot.keyClicks(page.label.edit, "one")
    leave(page.label.edit)
    page.label.edit.setFocus()
    page.label.edit.end(False)
    qtbot.keyClicks(page.label.edit, " two")
    panel.workspace.undo()
    assert node(panel, "pub").label == "one"


def test_an_edit_elsewhere_leaves_field_and_cursor_alone(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = form(panel, "pub")
    qtbot.keyClicks(page.label.edit, "station")
    page.label.edit.setCursorPosition(3)
    panel.workspace.edit("Move", edits.move(panel.workspace.document, ["pub"], 10, 0))
    assert page.label.edit.cursorPosition() == 3
    assert page is panel.page(SETUP), "the page is not made anew"


def test_addresses_are_added_checked_and_removed(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = form(panel, "pub")
    qtbot.mouseClick(page.bind.add_button, Qt.MouseButton.LeftButton)
    row = page.bind.rows[0]
    qtbot.keyClicks(row.edit, "tcp://127.0.0.1:99999")
    assert node(panel, "pub").bind == ("tcp://127.0.0.1:99999",)
    assert row.error.isVisibleTo(page)
    assert "port" in row.error.text()
    retype(qtbot, row.edit, "tcp://127.0.0.1:5556")
    assert not row.error.isVisibleTo(page)
    qtbot.keyClick(row.edit, Qt.Key.Key_Return)
    qtbot.keyClicks(page.bind.rows[1].edit, "ipc:///tmp/feed.ipc")
    assert node(panel, "pub").bind == ("tcp://127.0.0.1:5556", "ipc:///tmp/feed.ipc")
    qtbot.mouseClick(page.bind.rows[0].remove, Qt.MouseButton.LeftButton)
    assert node(panel, "pub").bind == ("ipc:///tmp/feed.ipc",)
    panel.workspace.undo()
    assert [row.edit.text() for row in page.bind.rows] == ["tcp://127.0.0.1:5556", "ipc:///tmp/feed.ipc"]


def test_only_types_that_suit_the_links_can_be_chosen(panel: PropertiesPanel) -> None:
    page = form(panel, "sub")
    model = page.type.box.model()
    allowed = {
        page.type.box.itemText(row)
        for row in range(page.type.box.count())
        if model.flags(model.index(row, 0)) & Qt.ItemFlag.ItemIsEnabled
    }
    assert allowed == {"SUB", "XSUB"}
    refused = model.index(page.type.box.findData("PULL"), 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "linked to a PUB" in refused


def test_changing_the_type_keeps_the_page_and_shows_what_it_needs(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = form(panel, "sub")
    assert page.topics.isVisibleTo(page)
    page.type.box.setCurrentText("XSUB")
    page.type.box.activated.emit(page.type.box.currentIndex())
    assert node(panel, "sub").type == "XSUB"
    assert panel.page(SETUP) is page
    assert panel.kind.text() == "XSUB"


def test_subscriptions(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = form(panel, "sub")
    assert page.everything.box.isChecked()
    qtbot.mouseClick(page.everything.box, Qt.MouseButton.LeftButton, pos=page.everything.box.rect().center() * 0.1)
    assert node(panel, "sub").subscriptions == ()
    assert [finding.code for finding in panel.findings.findings] == ["Z101"]
    assert panel.findings.isVisibleTo(panel)
    qtbot.mouseClick(page.topics.add_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(page.topics.rows[0].edit, "weather.")
    assert node(panel, "sub").subscriptions == ("weather.",)
    assert not panel.findings.isVisibleTo(panel)


def test_the_first_topic_takes_the_place_of_everything(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = form(panel, "sub")
    qtbot.mouseClick(page.topics.add_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(page.topics.rows[0].edit, "weather.")
    assert node(panel, "sub").subscriptions == ("weather.",)
    assert not page.everything.box.isChecked()
    panel.workspace.undo()
    assert node(panel, "sub").subscriptions == ("",)
    assert page.everything.box.isChecked()


def test_everything_can_be_ticked_beside_topics(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = form(panel, "sub")
    qtbot.mouseClick(page.topics.add_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(page.topics.rows[0].edit, "a")
    page.everything.box.click()
    qtbot.mouseClick(page.topics.add_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(page.topics.rows[1].edit, "b")
    assert node(panel, "sub").subscriptions == ("", "a", "b"), "what the user wanted by hand stays"


def test_rates_are_read_as_engineers_write_them(qtbot: QtBot, panel: PropertiesPanel) -> None:
    rate = form(panel, "pub").behaviour.rate
    assert rate.edit.text() == "100"
    retype(qtbot, rate.edit, "2.5k")
    assert node(panel, "pub").behaviour.rate == 2500
    assert rate.edit.text() == "2.5k", "what the user typed stays"
    retype(qtbot, rate.edit, "fast")
    assert node(panel, "pub").behaviour.rate == 2500, "the last good value stays"
    assert "above 0" in rate.error.text()
    panel.workspace.edit("Move", edits.move(panel.workspace.document, ["pub"], 10, 0))
    assert rate.edit.text() == "fast", "another edit does not take it away"


def test_as_fast_as_it_goes(qtbot: QtBot, panel: PropertiesPanel) -> None:
    behaviour = form(panel, "pub").behaviour
    behaviour.fastest.box.click()
    assert node(panel, "pub").behaviour.rate is None
    assert behaviour.rate.edit.text() == ""
    retype(qtbot, behaviour.count.edit, "500")
    assert node(panel, "pub").behaviour.count == 500
    behaviour.stamp.box.click()
    assert node(panel, "pub").behaviour.stamp


def test_the_behaviour_decides_what_is_asked(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = form(panel, "rep")
    kind = page.behaviour.kind.box

    def choose(name: str) -> None:
        kind.setCurrentIndex(kind.findData(name))
        kind.activated.emit(kind.currentIndex())

    assert not page.behaviour.frames.isVisibleTo(page)
    choose("reply")
    assert page.behaviour.frames.isVisibleTo(page)
    assert not page.behaviour.rate.isVisibleTo(page)
    choose("forward")
    assert page.behaviour.target.isVisibleTo(page)
    page.behaviour.target.box.setCurrentIndex(page.behaviour.target.box.findData("pub"))
    page.behaviour.target.box.activated.emit(1)
    assert node(panel, "rep").behaviour.to == "pub"
    choose("script")
    qtbot.keyClicks(page.behaviour.script.edit, "worker.py")
    assert node(panel, "rep").behaviour.script == "worker.py"


def test_removing_the_node_shows_the_drawing(panel: PropertiesPanel) -> None:
    form(panel, "pub")
    panel.workspace.edit("Delete", edits.remove(panel.workspace.document, ["pub"]))
    assert panel.title.text() == "Untitled"
