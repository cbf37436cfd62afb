"""What is wrong, put together: of the file, the plugins, the drawing and the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.helpers.drawn import drawing, generate, link, sock
from tests.helpers.qtloop import run_on_qt
from tests.helpers.waiting import wait_until
from zinspector.decode.registry import Registry
from zinspector.shipped import shipped
from zinspector.topology.document import Behaviour
from zinspector.topology.reading import Problem
from zinspector.ui.problems.diagnosis import Diagnosis
from zinspector.ui.workspace import Workspace

FORWARD = Behaviour("forward", to="nobody")


def texts(diagnosis: Diagnosis) -> list[str]:
    return [finding.text for finding in diagnosis.findings]


def test_another_drawing_begins_without_the_findings_of_the_last_run(qapp: QApplication) -> None:
    async def scene() -> None:
        workspace = Workspace()
        workspace.edit(
            "Draw", drawing(sock("a", "PULL", FORWARD), sock("b", "PUSH", generate(rate=50)), link("b", "a"))
        )
        workspace.start()
        await wait_until(lambda: any("does not run" in text for text in texts(workspace.diagnosis)))
        workspace.new()
        assert texts(workspace.diagnosis) == []
        assert workspace.live.session is None
        await workspace.live.closed()

    run_on_qt(qapp, scene())


def test_a_plugin_that_fails_is_a_problem(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nowhere_at_all\n")
    workspace = Workspace(Registry.load(shipped("plugins"), tmp_path))
    workspace.new()
    assert any("broken" in text and "nowhere_at_all" in text for text in texts(workspace.diagnosis))


def test_problems_of_a_file_last_until_the_next_drawing(qapp: QApplication) -> None:
    diagnosis = Workspace().diagnosis
    diagnosis.begin([Problem("node 1", "id is missing")])
    diagnosis.check()
    assert texts(diagnosis) == ["node 1: id is missing"]
    diagnosis.check()
    assert texts(diagnosis) == ["node 1: id is missing"]
    diagnosis.begin([])
    diagnosis.check()
    assert texts(diagnosis) == []


def test_only_a_change_is_told(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace()
    told: list[list[str]] = []
    workspace.diagnosis.changed.connect(lambda: told.append(texts(workspace.diagnosis)))
    workspace.edit("Draw", drawing(sock("a", "SUB")))
    before = texts(workspace.diagnosis)
    assert told == [before]
    workspace.diagnosis.check()
    workspace.diagnosis.check_run()
    assert len(told) == 1
    (finding, *_) = workspace.diagnosis.findings
    monkeypatch.setattr(workspace.live, "findings", lambda: [finding])
    workspace.diagnosis.check_run()
    assert texts(workspace.diagnosis) == before, "the drawing tells it already"
    assert len(told) == 1
