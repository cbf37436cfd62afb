"""The Plots tab: what is plotted, what the table says, pausing, zooming, exporting."""

from __future__ import annotations

import asyncio
import csv
import gc
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from tests.helpers.drawn import drawing, generate, link, sock
from tests.helpers.hosted import hosted
from tests.helpers.qtloop import run_on_qt
from tests.helpers.waiting import PATIENCE_S, wait_until
from tests.ui.plots.conftest import LINKS, feed, measure
from zinspector.errors import FileError
from zinspector.measure.charts import Series
from zinspector.tasks import spawn
from zinspector.topology import edits
from zinspector.ui import theme
from zinspector.ui.plots import export as exporting_module
from zinspector.ui.plots.chart import broken
from zinspector.ui.plots.panel import NOTHING_TO_EXPORT, PlotsPanel
from zinspector.ui.workspace import Workspace


def export(panel: PlotsPanel, path: Path) -> None:
    """Export by the suffix of a path."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    run_on_qt(app, panel.export(path, path.suffix[1:]))


def names(panel: PlotsPanel, chart: str) -> list[str]:
    return [line.series.name for line in panel.board.charts[chart].lines]


def figures(panel: PlotsPanel, row: int) -> list[str]:
    item = panel.links.topLevelItem(row)
    assert item is not None
    return [item.text(column) for column in range(1, 6)]


def untick(panel: PlotsPanel, row: int) -> None:
    item = panel.links.topLevelItem(row)
    assert item is not None
    item.setCheckState(0, Qt.CheckState.Unchecked)


def test_without_data_the_charts_teach(panel: PlotsPanel) -> None:
    assert "while it runs" in panel.board.charts["messages"]._empty.toPlainText()
    assert "stamps" in panel.board.charts["latency"]._empty.toPlainText()


def test_rates_are_plotted_per_link(panel: PlotsPanel) -> None:
    feed(panel.workspace)
    panel.redraw()
    assert names(panel, "messages") == ["push → one", "push → two", "push → three"]
    line = panel.board.charts["messages"].lines[0].series
    assert line.x[-1] == 0
    assert np.allclose(line.y[10:], 1000, rtol=0.02)
    assert np.allclose(panel.board.charts["bytes"].lines[0].series.y[10:], 100_000, rtol=0.02)
    assert figures(panel, 0)[:2] == ["1 k", "100 kB"]
    assert figures(panel, 2)[:2] == ["250", "25 kB"]


def test_links_differ_in_colour_and_in_dash(panel: PlotsPanel) -> None:
    feed(panel.workspace)
    panel.redraw()
    pens = [line.pen.qt() for line in panel.board.charts["messages"].lines]
    assert len({pen.color().name() for pen in pens}) == 3
    assert len({tuple(pen.dashPattern()) for pen in pens}) == 3


def test_latencies_and_their_distribution(panel: PlotsPanel) -> None:
    measure(panel.workspace)
    panel.bar.chips["histogram"].click()
    panel.redraw()
    assert names(panel, "latency") == [f"push → one {name}" for name in ("p50", "p99", "p99.9")]
    p50, p99, p999 = (line.series.y for line in panel.board.charts["latency"].lines)
    assert np.all(p50 < p99)
    assert np.all(p99 <= p999)
    assert np.allclose(p50, 100e-6, rtol=0.2)
    cdf = panel.board.charts["cdf"].lines[0].series
    assert np.all(np.diff(cdf.y) >= 0)
    assert cdf.y[-1] == pytest.approx(100)
    shares = panel.board.charts["histogram"].lines[0].series
    assert shares.y[1:-1].reshape(-1, 2).mean(axis=1).sum() == pytest.approx(100)
    panel.bar.percentiles["p99.9"].click()
    assert names(panel, "latency") == ["push → one p50", "push → one p99"]
    assert figures(panel, 0)[2].endswith("µs")


def test_unticked_links_are_not_plotted(panel: PlotsPanel) -> None:
    feed(panel.workspace)
    untick(panel, 1)
    assert names(panel, "messages") == ["push → one", "push → three"]
    panel.workspace.edit("Rename", edits.rename(panel.workspace.document, "three", "last"))
    assert names(panel, "messages") == ["push → one", "push → last"], "an edit keeps the choice"


def test_the_selection_on_the_canvas_is_ticked_while_it_lasts(panel: PlotsPanel) -> None:
    feed(panel.workspace)
    untick(panel, 0)
    panel.workspace.select(["two"])
    assert names(panel, "messages") == ["push → two"]
    panel.workspace.select([])
    assert names(panel, "messages") == ["push → two", "push → three"]


def test_links_beyond_the_first_can_be_ticked_and_stay(panel: PlotsPanel) -> None:
    many = drawing(
        sock("a", "PUSH"), *(sock(f"b{n}", "PULL") for n in range(15)), *(link("a", f"b{n}") for n in range(15))
    )
    panel.workspace.edit("Draw", many)
    assert len(panel.shown()) == 12
    item = panel.links.topLevelItem(14)
    assert item is not None
    item.setCheckState(0, Qt.CheckState.Checked)
    untick(panel, 0)
    panel.workspace.select(["b3"])
    panel.workspace.select([])
    assert [shown.number for shown in panel.shown()] == [*range(1, 12), 14]


def test_a_link_without_latency_teaches_again(panel: PlotsPanel) -> None:
    measure(panel.workspace)
    panel.redraw()
    chart = panel.board.charts["latency"]
    assert not chart._empty.isVisible()
    panel.workspace.select(["two"])
    assert chart._empty.isVisible()
    box = chart.getPlotItem().getViewBox()
    assert box.rect().contains(chart._empty.mapRectToParent(chart._empty.boundingRect())), "all of it can be read"


def test_another_theme_changes_no_ticks(qapp: QApplication, panel: PlotsPanel) -> None:
    feed(panel.workspace)
    panel.workspace.select(["two"])
    theme.apply(qapp, "light")
    panel.workspace.select([])
    assert len(names(panel, "messages")) == 3


def test_the_cursor_reads_all_charts_at_one_time(panel: PlotsPanel) -> None:
    for step in range(160):  # a link that speeds up after ten seconds
        messages = step * 125 if step < 80 else 80 * 125 + (step - 80) * 1250
        panel.workspace.live.rates.update((step + 1) * 125_000_000, {LINKS[0]: (messages, messages * 10)})
    panel.redraw()
    chart = panel.board.charts["messages"]
    chart.pointed.emit(QPointF(-15, 1000))
    assert figures(panel, 0)[0] == "1 k"
    assert panel.board.charts["bytes"]._cursor.isVisible()
    assert not panel.board.charts["cdf"]._cursor.isVisible()
    assert chart._reading.toPlainText().splitlines() == ["−15.0 s", "     1 k  push → one"]
    panel.redraw()
    assert figures(panel, 0)[0] == "1 k", "the table keeps to the cursor while the charts move on"
    chart.pointed.emit(None)
    assert figures(panel, 0)[0] == "10 k"
    assert not chart._cursor.isVisible()


def test_zooming_pauses_and_resume_shows_everything_again(qtbot: QtBot, panel: PlotsPanel) -> None:
    feed(panel.workspace)
    panel.redraw()
    chart = panel.board.charts["messages"]
    chart.set_view_range(((-8.0, -4.0), (0.0, 2000.0)))
    chart.getPlotItem().getViewBox().sigRangeChangedManually.emit([True, True])
    assert panel.paused
    assert panel.bar.pause.text() == "Resume"
    assert panel.board.charts["bytes"].view_range()[0] == pytest.approx([-8, -4])
    panel.redraw()
    assert chart.view_range()[0] == pytest.approx([-8, -4])
    qtbot.mouseClick(panel.bar.pause, Qt.MouseButton.LeftButton)
    assert not panel.paused
    assert chart.view_range()[0][0] == pytest.approx(-60)


def test_ranges(panel: PlotsPanel) -> None:
    feed(panel.workspace, 100)
    panel.redraw()
    assert panel.board.charts["messages"].lines[0].series.x[0] >= -60
    panel.bar.range.setCurrentText("all")
    panel.bar.range.activated.emit(2)
    assert panel.board.charts["messages"].lines[0].series.x[0] < -95
    assert panel.board.charts["messages"].view_range()[0][0] < -95


def test_chips_choose_the_charts(panel: PlotsPanel) -> None:
    for key in ("bytes", "latency", "cdf"):
        panel.bar.chips[key].click()
    assert [chart.spec.key for chart in panel.board.shown] == ["messages"]
    assert not panel.bar.percentiles["p50"].isVisible()


def test_a_png_is_written(panel: PlotsPanel, tmp_path: Path) -> None:
    feed(panel.workspace)
    measure(panel.workspace)
    export(panel, tmp_path / "charts.png")
    image = QImage(str(tmp_path / "charts.png"))
    assert image.width() == 2800
    assert _colours(image) > 50, "something was drawn"


def test_an_svg_is_vectors(panel: PlotsPanel, tmp_path: Path) -> None:
    feed(panel.workspace)
    measure(panel.workspace)
    export(panel, tmp_path / "charts.svg")
    source = (tmp_path / "charts.svg").read_text(encoding="utf-8")
    assert "<image" not in source
    assert "push → one" in source, "names are text"
    renderer = QSvgRenderer(str(tmp_path / "charts.svg"))
    assert renderer.isValid()
    image = QImage(renderer.defaultSize(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert _colours(image) > 50


def test_a_csv_holds_what_is_visible(panel: PlotsPanel, tmp_path: Path) -> None:
    feed(panel.workspace)
    measure(panel.workspace)
    untick(panel, 1)
    panel.bar.chips["cdf"].click()
    export(panel, tmp_path / "charts.csv")
    with (tmp_path / "charts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["series"] for row in rows} == {
        *(f"{chart}: push → {name}" for chart in ("Messages", "Bytes") for name in ("one", "three")),
        *(f"Latency: push → one {name}" for name in ("p50", "p99", "p99.9")),
    }
    assert {row["y_unit"] for row in rows} == {"msg/s", "B/s", "s"}


@pytest.mark.parametrize(("suffix", "turns"), [("png", 1), ("png", 6), ("svg", 1)])
def test_an_export_is_given_up_in_the_middle(
    qapp: QApplication, panel: PlotsPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, turns: int
) -> None:
    """As when the window is closed meanwhile: what outlives the image that it paints or reads ends the process."""
    feed(panel.workspace)
    given_up, encoded = threading.Event(), exporting_module._encoded
    monkeypatch.setattr(exporting_module, "_encoded", lambda image: given_up.wait(PATIENCE_S) and encoded(image))

    async def scene() -> None:
        exporting = spawn(panel.export(tmp_path / "plots", suffix), "export")
        for _ in range(turns):
            await asyncio.sleep(0)
        exporting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await exporting
        given_up.set()

    run_on_qt(qapp, scene())
    gc.collect()
    assert not (tmp_path / "plots").exists()


def test_a_hidden_panel_exports_too(qapp: QApplication, workspace: Workspace, tmp_path: Path) -> None:
    panel = PlotsPanel(workspace)
    feed(workspace)
    export(panel, tmp_path / "charts.png")
    export(panel, tmp_path / "charts.svg")
    export(panel, tmp_path / "charts.csv")
    assert len((tmp_path / "charts.csv").read_text().splitlines()) > 100
    panel.deleteLater()


@pytest.mark.parametrize("suffix", ["png", "svg", "csv"])
def test_a_place_that_cannot_be_written_is_told(panel: PlotsPanel, tmp_path: Path, suffix: str) -> None:
    with pytest.raises(FileError):
        export(panel, tmp_path / "no such folder" / f"charts.{suffix}")


def test_the_file_dialog_leads_to_a_file(qapp: QApplication, panel: PlotsPanel, tmp_path: Path) -> None:
    feed(panel.workspace)
    told: list[str] = []
    path = tmp_path / "charts.csv"

    async def main() -> None:
        panel.workspace.message.connect(lambda text, _: told.append(text))
        panel.ask_export("csv")
        dialog = panel.findChild(QFileDialog)
        assert dialog is not None
        dialog.fileSelected.emit(str(path))
        dialog.close()
        await wait_until(lambda: told)

    run_on_qt(qapp, main())
    assert told == [f"Exported {path}"]
    assert path.exists()


def test_without_data_there_is_nothing_to_export(panel: PlotsPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.workspace.message) as told:
        panel.ask_export("png")
    assert told.args == [NOTHING_TO_EXPORT, "warning"]
    assert panel.findChild(QFileDialog) is None


def test_charts_without_data_are_left_out_of_a_picture(panel: PlotsPanel) -> None:
    feed(panel.workspace)
    panel.redraw()
    assert [chart.spec.key for chart in panel.board.shown] == ["messages", "bytes", "latency", "cdf"]
    assert [part.spec.key for part in panel._sheet().parts] == ["messages", "bytes"]


def test_plots_of_a_real_run(qapp: QApplication, qtbot: QtBot) -> None:
    async def main() -> None:
        workspace = Workspace()
        document = drawing(
            sock("push", "PUSH", generate("n", rate=400, stamp=True)), sock("pull", "PULL"), link("push", "pull")
        )
        workspace.edit("Draw", document)
        panel = hosted(qtbot, PlotsPanel(workspace), 1400, 300)
        workspace.start()
        chart = panel.board.charts["messages"]
        await wait_until(lambda: chart.lines and chart.lines[0].series.y[-1] > 200)
        await wait_until(lambda: len(panel.board.charts["latency"].lines) == 3)
        assert 0 < panel.board.charts["latency"].lines[0].series.y[-1] < 10  # seconds
        panel.bar.pause.click()
        before = chart.lines
        seen = workspace.store.captured
        await wait_until(lambda: workspace.store.captured > seen + 200)
        assert chart.lines is before, "paused"
        workspace.stop()
        await workspace.live.closed()

    run_on_qt(qapp, main())


def _colours(image: QImage) -> int:
    return len({image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)})


def test_seconds_without_messages_leave_a_gap(qapp: QApplication) -> None:
    x, y = broken(Series("l", np.array([-9.0, -8, -3]), np.array([1.0, 2, 3])))
    assert np.array_equal(x, [np.nan, -10, -9, -8, np.nan, -4, -3], equal_nan=True)
    assert np.array_equal(y, [np.nan, 1, 1, 2, np.nan, 3, 3], equal_nan=True)
    assert [len(array) for array in broken(Series("l", np.empty(0), np.empty(0)))] == [0, 0]


def test_in_a_narrow_window_names_come_before_figures_and_icons_before_words(panel: PlotsPanel) -> None:
    panel.resize(1400, 330)
    QApplication.processEvents()
    assert not any(panel.links.isColumnHidden(column) for column in range(6))
    assert panel.bar.pause.text() == "Pause"
    panel.resize(1010, 290)
    QApplication.processEvents()
    assert panel.bar.pause.text() == panel.bar.export.text() == ""
    assert panel.bar.pause.accessibleName() == "Pause"
    assert not panel.links.isColumnHidden(1)
    assert panel.links.isColumnHidden(5)
    assert panel.links.columnWidth(0) >= 180
    assert panel.bar.export.geometry().right() <= panel.bar.width()
