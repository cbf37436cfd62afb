"""Asking for a file: what the dialog offers, and what comes of the answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from zinspector.ui.dialogs.choosing import CAPTURES, ask_what_to_open, ask_where_to_save, file_name


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def asked(parent: QWidget) -> QFileDialog | None:
    return parent.findChild(QFileDialog)


def answer(parent: QWidget, path: Path) -> None:
    dialog = asked(parent)
    assert dialog is not None
    dialog.selectFile(str(path))
    dialog.accept()


def test_a_file_to_open_has_to_be_there(parent: QWidget, tmp_path: Path) -> None:
    told: list[Path] = []
    (tmp_path / "c.mcap").touch()
    ask_what_to_open(parent, "Open", tmp_path, f"Captures ({CAPTURES})", told.append)
    dialog = asked(parent)
    assert dialog is not None
    assert dialog.fileMode() == QFileDialog.FileMode.ExistingFile
    assert Path(dialog.directory().path()) == tmp_path
    assert "*.pcapng" in dialog.nameFilters()[0]
    answer(parent, tmp_path / "c.mcap")
    assert told == [tmp_path / "c.mcap"]


def test_a_name_without_an_extension_gets_one(parent: QWidget, tmp_path: Path) -> None:
    told: list[Path] = []
    suggested = tmp_path / "feed.arrow"
    ask_where_to_save(parent, "Save", suggested, "arrow", "Capture (*.arrow)", told.append)
    dialog = asked(parent)
    assert dialog is not None
    assert dialog.selectedFiles() == [str(suggested)]
    answer(parent, tmp_path / "mine")
    assert told == [tmp_path / "mine.arrow"]


def test_a_refused_dialog_tells_nothing_and_goes(parent: QWidget, tmp_path: Path, qtbot: QtBot) -> None:
    told: list[Path] = []
    ask_where_to_save(parent, "Save", tmp_path / "c.csv", "csv", "CSV (*.csv)", told.append)
    dialog = asked(parent)
    assert dialog is not None
    dialog.reject()
    qtbot.waitUntil(lambda: asked(parent) is None)
    assert told == []


def test_a_title_makes_no_folders() -> None:
    assert file_name("feed: in/out charts", "svg") == Path("feed: in-out charts.svg")
