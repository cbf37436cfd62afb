"""A workspace whose store gets rows as taps write them; and the tap dialog of a window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import hosted
from tests.helpers.waiting import PATIENCE_S
from tests.helpers.wired import Wire
from tests.ui.conftest import Scene
from zinspector.runtime.probe import probe
from zinspector.topology.document import Document, RelayNode
from zinspector.ui.properties.fields import Line
from zinspector.ui.taps import discover, probe_dialog
from zinspector.ui.taps.dialog import TapDialog
from zinspector.ui.taps.panel import ConnectionsPanel
from zinspector.ui.window import MainWindow
from zinspector.ui.workspace import Workspace

TAPPED = RelayNode(id="t1", label="tap :6556", listen="tcp://127.0.0.1:6556", target="tcp://127.0.0.1:5556")
Play = Callable[[Scene], None]


@pytest.fixture
def workspace(qapp: QApplication) -> Workspace:
    made = Workspace()
    made.edit("Draw", Document(nodes=(TAPPED,)))
    return made


@pytest.fixture
def wire(workspace: Workspace) -> Callable[..., Wire]:
    def make(number: int = 1, node: str = "t1", types: tuple[str, str] = ("SUB", "PUB")) -> Wire:
        return Wire(workspace.store, number, node, types)

    return make


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> ConnectionsPanel:
    return hosted(qtbot, ConnectionsPanel(workspace), 1400, 400)


@pytest.fixture
def hears_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is asked may take its time: a busy machine keeps it from its answer."""
    monkeypatch.setattr(discover, "PROBE_S", PATIENCE_S)
    monkeypatch.setattr(probe_dialog, "probe", partial(probe, timeout_s=PATIENCE_S))


def dialog(window: MainWindow) -> TapDialog:
    window.actions_["tap"].trigger()
    found = window.findChildren(TapDialog)
    assert found
    return found[-1]


def field(tap: TapDialog, key: str) -> QLineEdit:
    page = tap.page()
    assert page is not None
    line = page.fields[key]
    assert isinstance(line, Line)
    return line.edit


def write(edit: QLineEdit, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
