"""The whole window: its commands, files, notices, and the seven steps that a user takes in it."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from tests.helpers.conversations import handshaken, message
from tests.helpers.packets import pcap
from tests.helpers.waiting import wait_until
from zinspector.capture.files import load_store, save
from zinspector.capture.packets.unpacking import SUFFIXES
from zinspector.capture.progress import Progress
from zinspector.shipped import shipped
from zinspector.topology import edits, files
from zinspector.topology.document import Behaviour, FrameTemplate
from zinspector.ui.window import MainWindow
from zinspector.ui.work import Work
from zinspector.ui.workspace import Workspace

Scene = Callable[[MainWindow], Awaitable[None]]


def received(workspace: Workspace, node: str) -> int:
    """Messages that a node has received."""
    counters = workspace.live.counters()
    count = counters.nodes.get(node) if counters is not None else None
    return count.received if count is not None else 0


def drag_port_to_port(window: MainWindow, source: str, target: str) -> None:
    """Wire two nodes with the mouse, as a user does."""
    view = window.canvas
    view.fit()
    start = view.mapFromScene(view.canvas.nodes[source].outlet)
    end = view.mapFromScene(view.canvas.nodes[target].inlet)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.6, 0.9, 1.0):
        QTest.mouseMove(view.viewport(), start + QPoint(*((end - start) * share).toTuple()))
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)


def test_draw_run_and_read_a_weather_feed(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        pub = window.canvas.adder.add("PUB")
        sub = window.canvas.adder.add("SUB")
        workspace.edit("Place", edits.move_to(workspace.document, {pub: (0.0, 0.0), sub: (320.0, 0.0)}))
        drag_port_to_port(window, pub, sub)
        (link,) = workspace.document.links
        assert {link.source, link.target} == {pub, sub}
        frames = (FrameTemplate("text", "weather.london"), FrameTemplate("json", {"city": "London", "n": "{{n}}"}))
        document = edits.set_field(workspace.document, pub, behaviour=Behaviour("generate", rate=500.0, frames=frames))
        workspace.edit("Generate", edits.set_field(document, sub, subscriptions=("weather.",)))
        assert [found for found in workspace.diagnosis.findings if found.severity != "info"] == []

        window.actions_["toggle"].trigger()
        assert workspace.running
        await wait_until(lambda: workspace.store.captured > 200 and workspace.live.rates.rate(link.id).msg_s > 0)
        counters = workspace.live.counters()
        assert counters is not None
        assert counters.nodes[pub].sent > 0
        assert counters.nodes[sub].received > 0
        assert counters.links[link.id].messages == counters.nodes[sub].received

        await wait_until(lambda: window.messages.displayed > 100)
        rows = workspace.store.rows(workspace.store.first_n, workspace.store.retained)
        received = next(m for m in rows if m.direction == "in" and m.topic)
        window.messages.select(received.n)
        assert window.messages.detail.message == received
        assert "decoded as JSON" in window.messages.detail.header.text()

        before = counters.nodes[pub].sent
        workspace.edit(
            "Rename", edits.rename(workspace.document, sub, "display")
        )  # edits while running restart nothing
        await wait_until(lambda: workspace.live.counters().nodes[pub].sent > before + 100)
        assert len([m for m in workspace.store.rows(1, 10_000) if m.name == "DISCONNECTED"]) == 0

        path = tmp_path / "feed.zin.json"
        window.filing.save_path(path)
        assert not workspace.modified
        workspace.undo()
        assert workspace.document.node(sub).title != "display"
        window.actions_["stop"].trigger()
        await workspace.live.closed()
        window.filing.save_path(path)
        window.filing.open_path(path)
        assert workspace.document == files.load(path).document

    play(scene)


def test_reply_by_hand(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        asker, answerer = window.canvas.adder.add("REQ"), window.canvas.adder.add("REP")
        document = edits.connect(workspace.document, asker, answerer)
        ask = Behaviour("generate", rate=10.0, frames=(FrameTemplate("text", "how are you?"),))
        document = edits.set_field(document, asker, behaviour=ask)
        workspace.edit("Wire", edits.set_field(document, answerer, behaviour=Behaviour("manual")))
        workspace.start()
        await wait_until(lambda: received(workspace, answerer) == 1)
        workspace.select([answerer])
        window.navigation.compose()
        assert window.composer.node_id == answerer
        window.composer.set_frames([("text", "fine"), ("json", '{"mood": 1}'), ("hex", "00 ff")])
        QTest.keyClick(window.composer.editors[0].text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await wait_until(lambda: received(workspace, asker) == 1)
        session = workspace.live.session
        assert session is not None
        session.flush()
        reply = next(m for m in reversed(workspace.store.rows(1, 1000)) if m.node == asker and m.direction == "in")
        assert reply.frames == (b"fine", b'{"mood": 1}', b"\x00\xff")
        await wait_until(lambda: "Sent 3 frames" in window.composer.outcome.text())

    play(scene)


def test_sending_out_of_turn_is_explained(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        node = window.canvas.adder.add("REP")
        workspace.edit("Bind", edits.set_field(workspace.document, node, bind=("tcp://127.0.0.1:*",)))
        workspace.start()
        await wait_until(lambda: workspace.live.states().get(node) is not None)
        workspace.select([node])
        window.composer.set_frames([("text", "too early")])
        window.composer.send()
        await wait_until(lambda: "request" in window.composer.outcome.text())
        assert window.composer.outcome.text().startswith("✖")

    play(scene)


def test_plots_are_drawn_and_exported(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        window.filing.open_sample(shipped("resources/samples/demo.zin.json"))
        window.navigation.show_tab(window.plots)
        workspace.start()
        await wait_until(lambda: any(h.count for h in workspace.live.latency.links().values()))
        await wait_until(lambda: all(chart.lines for chart in window.plots.board.shown))
        await window.plots.export(tmp_path / "c.csv", "csv")
        await window.plots.export(tmp_path / "c.png", "png")
        await window.plots.export(tmp_path / "c.svg", "svg")
        assert (tmp_path / "c.csv").read_text().startswith("series,x,x_unit,y,y_unit\n")
        image = QImage(str(tmp_path / "c.png"))
        colours = {
            image.pixelColor(x, y).name() for x in range(0, image.width(), 9) for y in range(0, image.height(), 9)
        }
        assert len(colours) > 5
        assert b"<svg" in (tmp_path / "c.svg").read_bytes()[:500]

    play(scene)


def test_a_capture_is_saved_and_opened(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        window.filing.open_sample(shipped("resources/samples/task-pipeline.zin.json"))
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 50)
        workspace.stop()
        await workspace.live.closed()
        path = tmp_path / "seen.arrow"
        await window.filing.save_capture_to(path)
        before = workspace.store.rows(workspace.store.first_n, 50)
        await window.filing.open_capture(path)
        after = workspace.store.rows(workspace.store.first_n, 50)
        assert [(m.frames, m.time_ns, m.node) for m in after] == [(m.frames, m.time_ns, m.node) for m in before]
        assert window.messages.displayed > 0

    play(scene)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_packed_capture_opens_as_a_capture(play: Callable[[Scene], None], tmp_path: Path, suffix: str) -> None:
    pack = {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}.get(suffix) or partial(
        pa.compress, codec={".zst": "zstd", ".lz4": "lz4"}[suffix], asbytes=True
    )
    path = tmp_path / f"seen.pcap{suffix}"
    path.write_bytes(pack(pcap(handshaken().answers(message(b"a")).packets)))

    async def scene(window: MainWindow) -> None:
        window.filing.open_path(path)
        await wait_until(lambda: window.workspace.store.captured == 6)
        assert window.messages.displayed > 0

    play(scene)


def test_what_is_neither_topology_nor_capture_is_told_as_that(play: Callable[[Scene], None], tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")

    async def scene(window: MainWindow) -> None:
        window.filing.open_path(path)
        told = window.status.notice.toolTip()
        assert "picture.png: no topology and no capture: not UTF-8 text at byte 0 (open a *.zin.json, or " in told
        assert "*.pcapng" in told

    play(scene)


def test_a_complaint_of_the_filter_line_goes_with_its_tab(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        window.show()
        window.navigation.show_tab(window.messages)
        line = window.messages.filter_bar.line
        for leave in (lambda: window.navigation.show_tab(window.query), lambda: line.setText("size > 1")):
            window.navigation.show_tab(window.messages)
            line.setText("size >")
            line.entered.emit()
            assert "This is no filter" in window.status.notice.text()
            leave()
            assert window.status.notice.text() == ""

    play(scene)


@pytest.mark.parametrize("text", ["{", '{"format": "zinspector-topology", "version": 99}', ""])
def test_a_bad_file_is_told_and_loses_nothing(play: Callable[[Scene], None], tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.zin.json"
    path.write_text(text)

    async def scene(window: MainWindow) -> None:
        node = window.canvas.adder.add("PUB")
        window.workspace.select([])
        window.workspace.save(tmp_path / "mine.zin.json")
        window.filing.open_path(path)
        assert "bad.zin.json" in window.status.notice.toolTip()
        assert window.workspace.document.node(node) is not None

    play(scene)


def test_closing_asks_about_unsaved_work(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        window.canvas.adder.add("PUB")
        window.close()
        assert window.isVisible()
        box = window.findChild(QMessageBox)
        assert box is not None
        with_signal = []
        window.closed.connect(lambda: with_signal.append(True))
        discard = next(button for button in box.buttons() if button.text() == "Discard")
        QTest.mouseClick(discard, Qt.MouseButton.LeftButton)
        await wait_until(lambda: bool(with_signal))
        assert not window.isVisible()

    play(scene)


def test_closing_stops_what_threads_are_at(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        stopped = threading.Event()

        def endless(progress: Progress) -> None:
            while progress(0.0):
                pass
            stopped.set()

        Work(window.messages, endless, lambda _: None)
        window.close_without_asking()
        await wait_until(stopped.is_set)

    play(scene)


def test_every_command_has_a_place_and_no_shortcut_is_taken_twice(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        used: dict[str, str] = {}
        for _, action in window.actions_:
            for shortcut in action.shortcuts():
                keys = shortcut.toString()
                assert keys not in used, f"{keys}: {used.get(keys)} and {action.text()}"
                used[keys] = action.text()
        for keys in (
            "Ctrl+E",
            "Ctrl+P",
            "Ctrl+F",
            "Ctrl+G",
            "Ctrl+M",
            "Ctrl+Z",
            "Ctrl+Y",
            "Ctrl+D",
            "Ctrl+0",
            "Ctrl+S",
        ):
            assert keys in used

    play(scene)


def test_the_status_bar_adds_up(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        window.filing.open_sample(shipped("resources/samples/weather.zin.json"))
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 100)
        workspace.stop()
        await workspace.live.closed()
        window.messages.scope_bar.kinds["Events"].setChecked(True)
        window.status.refresh()
        captured = int(window.status.captured.text().split()[1].replace(",", ""))
        displayed = int(window.status.displayed.text().split()[1].replace(",", ""))
        dropped = int(window.status.dropped.text().split()[1].replace(",", ""))
        assert captured == displayed + dropped == workspace.store.captured

    play(scene)


def test_window_state_is_remembered(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        window.docks["Palette"].hide()
        window.close_without_asking()
        assert json.loads(json.dumps(window.settings.layout))
        again = MainWindow(window.workspace, window.settings)
        again.show()
        assert again.docks["Palette"].isHidden()
        again.close_without_asking()
        again.deleteLater()

    play(scene)


def test_opening_a_capture_asks_about_unsaved_messages(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        window.filing.open_sample(shipped("resources/samples/task-pipeline.zin.json"))
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 10)
        workspace.stop()
        await workspace.live.closed()
        path = tmp_path / "seen.arrow"
        save([], path)
        window.filing.open_path(path)
        box = window.findChild(QMessageBox)
        assert box is not None
        assert "not saved" in box.text()
        QTest.mouseClick(box.button(QMessageBox.StandardButton.Cancel), Qt.MouseButton.LeftButton)
        assert workspace.store.retained > 10
        await window.filing.save_capture_to(tmp_path / "mine.arrow")
        window.filing.open_path(path)
        await wait_until(lambda: workspace.store.retained == 0)

    play(scene)


def test_saving_first_goes_on_to_open(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(window: MainWindow) -> None:
        workspace = window.workspace
        window.filing.open_sample(shipped("resources/samples/task-pipeline.zin.json"))
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 10)
        workspace.stop()
        await workspace.live.closed()
        save([], tmp_path / "empty.arrow")
        window.filing.open_path(tmp_path / "empty.arrow")
        box = window.findChild(QMessageBox)
        assert box is not None
        QTest.mouseClick(box.defaultButton(), Qt.MouseButton.LeftButton)
        dialog = window.findChild(QFileDialog)
        assert dialog is not None
        dialog.fileSelected.emit(str(tmp_path / "mine.arrow"))
        dialog.reject()
        await wait_until(lambda: workspace.store.retained == 0)
        assert load_store(tmp_path / "mine.arrow").retained > 10

    play(scene)
