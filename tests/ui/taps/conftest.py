"""A workspace whose store gets rows as taps write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.hosted import hosted
from tests.helpers.wired import Wire
from zinspector.topology.document import Document, RelayNode
from zinspector.ui.taps.panel import ConnectionsPanel
from zinspector.ui.workspace import Workspace

TAPPED = RelayNode(id="t1", label="tap :6556", listen="tcp://127.0.0.1:6556", target="tcp://127.0.0.1:5556")


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
