"""Pages of links, proxies, other programs, taps, unknown nodes, several things, and the drawing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import retype
from zinspector.topology.document import ExternalNode, Link, ProxyNode, RelayNode
from zinspector.ui.properties.choices import Choices
from zinspector.ui.properties.document_form import DocumentForm
from zinspector.ui.properties.link_form import LinkForm
from zinspector.ui.properties.node_forms import ExternalForm, ProxyForm, UnknownForm
from zinspector.ui.properties.pages import SETUP
from zinspector.ui.properties.panel import PropertiesPanel
from zinspector.ui.properties.several_form import SeveralForm
from zinspector.ui.properties.tap_forms import TapForm


def choose(field: Choices, value: str) -> None:
    field.box.setCurrentIndex(field.box.findData(value))
    field.box.activated.emit(field.box.currentIndex())


def link(panel: PropertiesPanel) -> Link:
    found = panel.workspace.document.link("pub-sub")
    assert found is not None
    return found


def test_a_link(qtbot: QtBot, panel: PropertiesPanel) -> None:
    panel.workspace.select(["pub-sub"])
    page = panel.page(SETUP)
    assert isinstance(page, LinkForm)
    assert panel.title.text() == "pub → sub"
    retype(qtbot, page.endpoint.edit, "ipc:///tmp/x")
    assert "this link uses tcp" in page.endpoint.error.text()
    choose(page.transport, "ipc")
    assert (link(panel).transport, link(panel).endpoint) == ("ipc", None)
    assert page.binds.box.itemText(0) == "by itself (pub)"
    choose(page.binds, "to")
    assert link(panel).binds == "to"
    choose(page.binds, "")
    assert link(panel).binds is None


def test_transports_that_libzmq_lacks_cannot_be_chosen(panel: PropertiesPanel) -> None:
    panel.workspace.select(["pub-sub"])
    page = panel.page(SETUP)
    assert isinstance(page, LinkForm)
    box = page.transport.box
    index = box.model().index(box.findData("vmci"), 0)
    assert not box.model().flags(index) & Qt.ItemFlag.ItemIsEnabled
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "this libzmq has no vmci"


def test_a_proxy(qtbot: QtBot, panel: PropertiesPanel) -> None:
    panel.workspace.select(["queue"])
    page = panel.page(SETUP)
    assert isinstance(page, ProxyForm)
    kind, bind, _ = page.sides["frontend"]
    choose(kind, "PULL")
    bind.add_button.click()
    qtbot.keyClicks(bind.rows[0].edit, "tcp://127.0.0.1:5559")
    node = panel.workspace.document.node("queue")
    assert isinstance(node, ProxyNode)
    assert (node.frontend.type, node.frontend.bind) == ("PULL", ("tcp://127.0.0.1:5559",))
    assert node.backend.type == "DEALER"


def test_another_program(qtbot: QtBot, panel: PropertiesPanel) -> None:
    panel.workspace.select(["other"])
    page = panel.page(SETUP)
    assert isinstance(page, ExternalForm)
    assert [row.edit.text() for row in page.bind.rows] == ["tcp://127.0.0.1:5556"]
    choose(page.type, "")
    node = panel.workspace.document.node("other")
    assert isinstance(node, ExternalNode)
    assert node.type is None


def test_a_tap_can_be_set_up(qtbot: QtBot, panel: PropertiesPanel) -> None:
    for node_id in ("relay", "spy", "file"):
        panel.workspace.select([node_id])
        assert isinstance(panel.page(SETUP), TapForm)
    panel.workspace.select(["relay"])
    page = panel.page(SETUP)
    assert isinstance(page, TapForm)
    target = next(field for field in page.fields if field.accessibleName() == "Forwards to")
    retype(qtbot, target.edit, "tcp://127.0.0.1:7777")
    node = panel.workspace.document.node("relay")
    assert isinstance(node, RelayNode)
    assert node.target == "tcp://127.0.0.1:7777"


def test_an_unknown_node_is_shown_as_it_stands(panel: PropertiesPanel) -> None:
    panel.workspace.select(["odd"])
    page = panel.page(SETUP)
    assert isinstance(page, UnknownForm)
    assert page.json.isReadOnly()
    assert '"cups": 3' in page.json.toPlainText()


def test_several_things(panel: PropertiesPanel) -> None:
    panel.workspace.select(["pub", "sub", "pub-sub"])
    page = panel.page(SETUP)
    assert isinstance(page, SeveralForm)
    assert page.summary.text() == "2 nodes and 1 link: 1 PUB · 1 SUB"
    page.buttons["Duplicate"].click()
    assert panel.workspace.document.node("pub-2") is not None
    panel.workspace.select(["pub-2", "sub-2"])
    panel.page(SETUP).buttons["Delete"].click()
    assert panel.workspace.document.node("pub-2") is None


def test_the_drawing(qtbot: QtBot, panel: PropertiesPanel) -> None:
    panel.workspace.select([])
    page = panel.page(SETUP)
    assert isinstance(page, DocumentForm)
    retype(qtbot, page.name.edit, "Feed")
    assert panel.title.text() == "Feed"
    qtbot.keyClicks(page.description.edit, "What it shows")
    assert panel.workspace.document.description == "What it shows"
    page.rules.add_button.click()
    qtbot.keyClicks(page.rules.rows[0].edit, "topic:x*=jsn")
    assert "there is no decoder jsn" in page.rules.rows[0].error.text()
    retype(qtbot, page.rules.rows[0].edit, "topic:x*=json")
    assert not page.rules.rows[0].error.isVisibleTo(page)
    assert panel.workspace.document.decode == ("topic:x*=json",)
    retype(qtbot, page.rules.rows[0].edit, "topic:x*")
    assert "there is no =" in page.rules.rows[0].error.text()
