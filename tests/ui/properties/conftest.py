"""A properties panel on a small drawing."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.drawn import drawing, generate, link, proxy, sock
from tests.helpers.hosted import hosted
from zinspector.topology.document import ExternalNode, ImportNode, RelayNode, SpyNode, UnknownNode
from zinspector.ui.properties.panel import PropertiesPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def workspace(qapp: QApplication) -> Workspace:
    """PUB -> SUB, REQ -> proxy -> REP, and one of every other kind."""
    made = Workspace()
    made.edit(
        "Draw",
        drawing(
            sock("pub", "PUB", generate("weather.london", "n {{n}}", rate=100)),
            sock("sub", "SUB", subscriptions=("",)),
            link("pub", "sub"),
            sock("req", "REQ"),
            proxy("queue", "ROUTER", "DEALER"),
            sock("rep", "REP"),
            link("req", "queue"),
            link("queue", "rep"),
            ExternalNode(id="other", type="PUB", bind=("tcp://127.0.0.1:5556",)),
            RelayNode(id="relay", listen="tcp://127.0.0.1:6556", target="tcp://127.0.0.1:5556"),
            SpyNode(id="spy", connect=("tcp://127.0.0.1:5556",)),
            ImportNode(id="file", file="old.arrow"),
            UnknownNode(id="odd", record={"id": "odd", "kind": "teapot", "cups": 3}, problem="what is a teapot"),
        ),
    )
    return made


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> PropertiesPanel:
    return hosted(qtbot, PropertiesPanel(workspace), 320, 900)
