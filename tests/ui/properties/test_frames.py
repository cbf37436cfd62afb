"""The frames of a generator: templates that are checked as they are typed, and a preview of the next message."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import retype
from zinspector.topology.document import FrameTemplate, SocketNode
from zinspector.ui.properties.frames import FramesField
from zinspector.ui.properties.pages import SETUP
from zinspector.ui.properties.panel import PropertiesPanel
from zinspector.ui.properties.socket_form import SocketForm


def frames_of(panel: PropertiesPanel) -> FramesField:
    panel.workspace.select(["pub"])
    page = panel.page(SETUP)
    assert isinstance(page, SocketForm)
    return page.behaviour.frames


def templates(panel: PropertiesPanel) -> tuple[FrameTemplate, ...]:
    node = panel.workspace.document.node("pub")
    assert isinstance(node, SocketNode)
    return node.behaviour.frames


def test_typing_changes_the_document_and_the_preview(qtbot: QtBot, panel: PropertiesPanel) -> None:
    field = frames_of(panel)
    retype(qtbot, field.rows[0].text, "weather.paris")
    assert templates(panel)[0] == FrameTemplate("text", "weather.paris")
    assert field.preview.toPlainText() == "0  weather.paris\n1  n 0"
    assert field.rows[0].length.text() == "13 B"
    panel.workspace.undo()
    assert field.rows[0].text.toPlainText() == "weather.london"


def test_json_that_is_not_valid_yet_stays_out_of_the_document(qtbot: QtBot, panel: PropertiesPanel) -> None:
    field = frames_of(panel)
    row = field.rows[1]
    row.kind.setCurrentText("json")
    assert "not JSON yet" in row.error.text()
    assert templates(panel)[1] == FrameTemplate("text", "n {{n}}")
    retype(qtbot, row.text, '{"n": "{{n}}"')
    assert row.error.isVisibleTo(field)
    qtbot.keyClicks(row.text, "}")
    assert not row.error.isVisibleTo(field)
    assert templates(panel)[1] == FrameTemplate("json", {"n": "{{n}}"})
    assert '{"n":0}' in field.preview.toPlainText()


def test_a_template_that_cannot_be_made_says_where(qtbot: QtBot, panel: PropertiesPanel) -> None:
    field = frames_of(panel)
    retype(qtbot, field.rows[1].text, "n {{nonsense}}")
    assert "nonsense" in field.rows[1].error.text()
    assert field.title.text() == "Can't be made yet"


def test_frames_are_added_moved_and_removed(qtbot: QtBot, panel: PropertiesPanel) -> None:
    field = frames_of(panel)
    menu = field.add_button.menu()
    assert menu is not None
    next(action for action in menu.actions() if action.text() == "hex").trigger()
    assert [frame.kind for frame in templates(panel)] == ["text", "text", "hex"]
    qtbot.keyClicks(field.rows[2].text, "0a ff")
    assert templates(panel)[2].value == "0a ff"
    field.rows[2].moveRequested.emit(-1)
    assert [frame.kind for frame in templates(panel)] == ["text", "hex", "text"]
    assert "1  0a ff" in field.preview.toPlainText()
    field.rows[0].removeRequested.emit()
    assert [frame.kind for frame in templates(panel)] == ["hex", "text"]
    panel.workspace.undo()
    panel.workspace.undo()
    assert [frame.kind for frame in templates(panel)] == ["text", "text", "hex"]


def test_placeholders_go_where_the_cursor_is(qtbot: QtBot, panel: PropertiesPanel) -> None:
    field = frames_of(panel)
    field.rows[0].text.setFocus()
    field.rows[0].text.selectAll()
    menu = field.insert_button.menu()
    assert menu is not None
    next(action for action in menu.actions() if action.text().startswith("{{uuid}}")).trigger()
    assert templates(panel)[0].value == "{{uuid}}"
    for action in menu.actions():
        example, _, about = action.text().partition("\t")
        assert example.startswith("{{"), "every entry shows what it inserts"
        assert example.endswith("}}")
        assert about


def test_a_stamp_is_previewed(panel: PropertiesPanel) -> None:
    field = frames_of(panel)
    page = panel.page(SETUP)
    assert isinstance(page, SocketForm)
    page.behaviour.stamp.box.click()
    assert field.preview.toPlainText().endswith("2  (time stamp, 16 B)")


def test_fields_of_unknown_meaning_survive_an_edit(qtbot: QtBot) -> None:
    frames = (FrameTemplate("text", "a", {"x-note": 1}),)
    written: list[tuple[FrameTemplate, ...]] = []
    field = FramesField(lambda: frames, written.append, lambda: __import__("pathlib").Path())
    host = QWidget()
    qtbot.addWidget(host)
    field.setParent(host)
    field.refresh()
    qtbot.keyClick(field.rows[0].text, Qt.Key.Key_B)
    assert written[-1][0].extra == {"x-note": 1}
