"""What the doctor says of captured rows, in the window: live, of a file, and no longer than it is there."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.drawn import drawing
from tests.helpers.hosted import hosted
from tests.helpers.wired import Wire
from zinspector.capture.store import Store
from zinspector.doctor.traffic import check
from zinspector.topology.document import RelayNode
from zinspector.ui.problems.panel import ProblemsPanel
from zinspector.ui.workspace import Workspace


@pytest.fixture
def workspace(qapp: QApplication) -> Workspace:
    return Workspace()


def test_rows_become_problems_of_their_node(qtbot: QtBot, workspace: Workspace) -> None:
    workspace.edit("Draw", drawing(RelayNode(id="t1", label="tap", listen="tcp://127.0.0.1:*", target="tcp://a:1")))
    before = list(workspace.diagnosis.findings)
    panel = hosted(qtbot, ProblemsPanel(workspace), 1200, 300)
    Wire(workspace.store).event("NOT_ZMTP", "HTTP on a ZeroMQ port")
    Wire(workspace.store, node="other").event("NOT_ZMTP", "SSH on a ZeroMQ port")
    workspace.ticked.emit()
    wanted = [*before, *check(workspace.store.batches())]
    qtbot.waitUntil(lambda: workspace.diagnosis.findings == wanted)
    items = [panel.tree.topLevelItem(row) for row in range(panel.tree.topLevelItemCount())]
    shown = {(item.text(1), item.text(2)) for item in items if item is not None}
    assert {("Z210", "tap"), ("Z210", "other")} <= shown
    workspace.live.clear()
    assert workspace.diagnosis.findings == before


def test_a_capture_that_is_opened_brings_its_problems(workspace: Workspace, qtbot: QtBot) -> None:
    capture = Store()
    for number in range(1, 500):
        Wire(capture, number).event("NOT_ZMTP", f"HTTP on port {number % 7}")
    wanted = [finding.text for finding in check(capture.batches())]
    workspace.store.adopt(capture)
    workspace.ticked.emit()
    qtbot.waitUntil(lambda: [finding.text for finding in workspace.diagnosis.findings] == wanted)
    assert len(wanted) == 7


def test_what_is_over_is_left_out_while_it_runs(
    workspace: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*codes: str) -> bool:
        return tuple(finding.code for finding in workspace.diagnosis.findings) == codes

    wire = Wire(workspace.store, 1)
    wire.event("REFUSED", "tcp://127.0.0.1:1 did not accept: Connection refused; the client was reset")
    monkeypatch.setattr(workspace.live, "running", True)
    workspace.ticked.emit()
    qtbot.waitUntil(lambda: told("Z209"))
    Wire(workspace.store, 2).opened()
    workspace.ticked.emit()
    qtbot.waitUntil(told)
    monkeypatch.setattr(workspace.live, "running", False)
    workspace.runningChanged.emit(False)
    assert told("Z209")
