"""The table of options: every option of the type, only what differs is stored, and nothing that libzmq refuses."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from zinspector.runtime.options import OPTIONS
from zinspector.topology import edits
from zinspector.topology.document import ProxyNode, SocketNode
from zinspector.ui.properties.option_model import VALUE
from zinspector.ui.properties.options import OptionsTable, SideOptions
from zinspector.ui.properties.pages import OPTIONS as PAGE
from zinspector.ui.properties.panel import PropertiesPanel


def table(panel: PropertiesPanel, *selection: str) -> OptionsTable:
    panel.workspace.select(selection)
    panel.show_page(PAGE)
    page = panel.page(PAGE)
    assert isinstance(page, OptionsTable)
    return page


def options(panel: PropertiesPanel, node_id: str) -> dict[str, object]:
    node = panel.workspace.document.node(node_id)
    assert isinstance(node, SocketNode)
    return dict(node.options)


def type_value(qtbot: QtBot, page: OptionsTable, name: str, text: str) -> None:
    index = page.model.index(page.model.names.index(name), VALUE)
    page.table.setCurrentIndex(index)
    page.table.edit(index)
    editor = page.table.viewport().findChildren(QLineEdit)[-1]
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()  # Qt commits when the key has been handled


def test_only_options_of_the_type_are_listed(panel: PropertiesPanel) -> None:
    names = table(panel, "pub").model.names
    assert "SNDHWM" in names
    assert "ROUTER_MANDATORY" not in names
    assert "FD" not in names, "read only"
    assert "SUBSCRIBE" not in names, "managed"
    assert set(names) <= set(OPTIONS)


def test_a_value_is_stored_and_a_default_is_not(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = table(panel, "pub")
    type_value(qtbot, page, "SNDHWM", "50")
    assert options(panel, "pub") == {"SNDHWM": 50}
    assert page.only_set.text() == "Set 1"
    type_value(qtbot, page, "SNDHWM", "1000")
    assert options(panel, "pub") == {}
    panel.workspace.undo()
    assert options(panel, "pub") == {"SNDHWM": 50}
    page.table.setCurrentIndex(page.model.index(page.model.names.index("SNDHWM"), VALUE))
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert options(panel, "pub") == {}


def test_a_wrong_value_is_explained_and_not_stored(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = table(panel, "pub")
    type_value(qtbot, page, "SNDHWM", "many")
    assert options(panel, "pub") == {}
    assert "whole number of messages" in page.about.text()
    assert page.about.property("role") == "error"


def test_yes_and_no_are_a_list(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = table(panel, "pub")
    index = page.model.index(page.model.names.index("IMMEDIATE"), VALUE)
    page.table.edit(index)
    box = page.table.viewport().findChild(QComboBox)
    assert box is not None
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert options(panel, "pub") == {"IMMEDIATE": 1}


def test_search_looks_at_names_and_sentences(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = table(panel, "pub")

    def shown() -> list[str]:
        return [name for row, name in enumerate(page.model.names) if not page.table.isRowHidden(row)]

    qtbot.keyClicks(page.search, "ZMQ_sndhwm")
    assert shown() == ["SNDHWM"]
    page.search.setText("before sending blocks")
    assert shown() == ["SNDHWM"]
    page.search.clear()
    page.only_set.click()
    assert shown() == []


def test_what_is_known_is_told_below(panel: PropertiesPanel) -> None:
    page = table(panel, "pub")
    page.table.setCurrentIndex(page.model.index(page.model.names.index("SNDHWM"), VALUE))
    assert "ZMQ_SNDHWM · int · messages · default 1000" in page.about.text()
    assert "at once" in page.about.text()


def test_an_unknown_option_of_the_file_is_shown_and_can_be_taken_away(qtbot: QtBot, panel: PropertiesPanel) -> None:
    document = edits.set_field(panel.workspace.document, "pub", options={"SNDHWMM": 5})
    panel.workspace.edit("From a file", document)
    page = table(panel, "pub")
    row = page.model.names.index("SNDHWMM")
    assert "did you mean SNDHWM" in page.model.fault(row)
    page.table.setCurrentIndex(page.model.index(row, VALUE))
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert options(panel, "pub") == {}


def test_the_sides_of_a_proxy_and_the_context(qtbot: QtBot, panel: PropertiesPanel) -> None:
    panel.workspace.select(["queue"])
    panel.show_page(PAGE)
    sides = panel.page(PAGE)
    assert isinstance(sides, SideOptions)
    type_value(qtbot, sides.tables["frontend"], "RCVHWM", "7")
    node = panel.workspace.document.node("queue")
    assert isinstance(node, ProxyNode)
    assert (node.frontend.options, node.backend.options) == ({"RCVHWM": 7}, {})
    type_value(qtbot, table(panel), "IO_THREADS", "4")
    assert panel.workspace.document.context == {"IO_THREADS": 4}


def test_units_and_defaults_have_columns_where_there_is_room(qtbot: QtBot, panel: PropertiesPanel) -> None:
    page = table(panel, "pub")
    qtbot.waitUntil(lambda: page.table.isColumnHidden(2))
    panel.resize(600, 900)
    qtbot.waitUntil(lambda: not page.table.isColumnHidden(2))


def test_where_there_is_little_room_the_options_come_before_what_is_known(panel: PropertiesPanel) -> None:
    page = table(panel, "pub")
    panel.resize(300, 280)
    QApplication.processEvents()
    QApplication.processEvents()  # what was hidden gives its room back a turn later
    assert not page.about.isVisible()
    assert page.table.viewport().height() >= 4 * page.table.rowHeight(0), "more than a line or two"
    assert page.model.data(page.model.index(0, VALUE), Qt.ItemDataRole.ToolTipRole), "what is known is in the tip"
    page.table.setCurrentIndex(page.model.index(page.model.names.index("SNDHWM"), VALUE))
    page.model.setData(page.table.currentIndex(), "many")
    assert page.about.isVisible(), "what is wrong is told in any case"
    panel.resize(300, 700)
    QApplication.processEvents()
    assert page.about.isVisible()
