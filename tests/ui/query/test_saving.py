"""An answer as a file: its rows, and its plot."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from tests.helpers.captured import Feed
from tests.helpers.qtloop import run_on_qt
from zinspector.ui.query.panel import QueryPanel
from zinspector.ui.query.plot import NO_NUMBERS

from .conftest import answered

LONDON = (b"weather.london", b'{"temperature": 11}')


@pytest.mark.parametrize("suffix", ["png", "svg", "csv"])
def test_without_anything_drawn_no_plot_is_saved(panel: QueryPanel, qtbot: QtBot, suffix: str) -> None:
    answered(qtbot, panel, "SELECT 'word' AS a")
    panel.ask_save(suffix)
    assert panel.bar.outcome.text() == f"▲ Nothing to save as a plot: {NO_NUMBERS}"
    assert panel.findChild(QFileDialog) is None


def test_the_answer_is_saved(panel: QueryPanel, feed: Feed, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    feed.messages([(b"=cmd", b"1"), LONDON, LONDON])
    answered(qtbot, panel, "SELECT topic, count(*) AS many FROM messages GROUP BY topic ORDER BY topic")

    async def save() -> None:
        await panel.saving.save(tmp_path / "rows.csv", "rows")
        panel.bar.views["plot"].click()
        for suffix in ("png", "svg", "csv"):
            await panel.saving.save(tmp_path / f"plot.{suffix}", suffix)

    run_on_qt(qapp, save())
    rows = list(csv.reader(io.StringIO((tmp_path / "rows.csv").read_text())))
    assert rows == [["topic", "many"], ["'=cmd", "1"], ["weather.london", "2"]]
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "plot.svg").read_text()
    points = list(csv.reader(io.StringIO((tmp_path / "plot.csv").read_text())))
    assert points == [["series", "topic", "many"], ["many", "'=cmd", "1"], ["many", "weather.london", "2"]]
