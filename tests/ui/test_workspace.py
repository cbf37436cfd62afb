"""What every part of the window talks to: files that a drawing names, what is left of a run, failures that are told."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.helpers.conversations import handshaken, message
from tests.helpers.drawn import drawing, generate, link, sock
from tests.helpers.packets import pcap
from tests.helpers.qtloop import run_on_qt
from tests.helpers.waiting import wait_until
from zinspector.capture.files import load_store, notes_of, save
from zinspector.capture.store import Store
from zinspector.decode.api import Context
from zinspector.shipped import shipped
from zinspector.topology import files
from zinspector.topology.document import Behaviour, Document, FrameTemplate, ImportNode
from zinspector.ui.inspect.columns import link_text
from zinspector.ui.workspace import Workspace

Scene = Callable[[Workspace], Awaitable[None]]
FORWARD = Behaviour("forward", to="nobody")
FLOOD = drawing(sock("a", "PUSH", generate(rate=5000)), sock("b", "PULL"), link("a", "b"))


@pytest.fixture
def play(qapp: QApplication) -> Callable[[Scene], None]:
    """Runs a coroutine with a workspace on the window's loop."""

    def run(scene: Scene) -> None:
        async def main() -> None:
            workspace = Workspace()
            try:
                await scene(workspace)
            finally:
                workspace.stop()
                await workspace.live.closed()
                workspace.deleteLater()
                QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

        run_on_qt(qapp, main())

    return run


def relative(folder: Path) -> Document:
    """A drawing in `folder` that names a frame's file, a script and a schema beside itself."""
    folder.mkdir()
    (folder / "payload.bin").write_bytes(b"payload")
    (folder / "s.py").write_text("async def on_message(frames, send): pass\n")
    (folder / "q.proto").write_text('syntax = "proto3"; message Q { int32 a = 1; }\n')
    behaviour = Behaviour("generate", rate=10, frames=(FrameTemplate("file", "payload.bin"),))
    items = sock("a", "PUSH", behaviour), sock("b", "PULL", Behaviour("script", script="s.py")), link("a", "b")
    document = drawing(*items)
    return Document(nodes=document.nodes, links=document.links, decode=("node:b=protobuf(q.proto, Q)",))


def test_a_drawing_that_is_saved_elsewhere_still_means_the_same_files(
    play: Callable[[Scene], None], tmp_path: Path
) -> None:
    async def scene(workspace: Workspace) -> None:
        files.save(relative(tmp_path / "old"), tmp_path / "old" / "d.zin.json")
        (tmp_path / "new").mkdir()
        workspace.open(tmp_path / "old" / "d.zin.json")
        before = workspace.document
        workspace.edit("Rename", replace(before, name="other"))
        assert workspace.diagnosis.findings == []
        workspace.save(tmp_path / "new" / "d.zin.json")
        assert workspace.diagnosis.findings == []
        assert workspace.decoding.rules[0].arguments[0] == str((tmp_path / "old" / "q.proto").resolve())
        assert not workspace.modified
        saved = (tmp_path / "new" / "d.zin.json").read_text()
        for name in ("payload.bin", "s.py", "q.proto"):
            assert f"../old/{name}" in saved
        workspace.undo()
        assert "../old/payload.bin" in json.dumps(files.to_record(workspace.document))

    play(scene)


def test_a_sample_saved_elsewhere_keeps_its_schema(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(workspace: Workspace) -> None:
        workspace.open(shipped("resources/samples/market-data.zin.json"), template=True)
        assert workspace.decoding.rules
        arguments = [rule.arguments for rule in workspace.decoding.rules]
        workspace.save(tmp_path / "mine.zin.json")
        assert [rule.arguments for rule in workspace.decoding.rules] == arguments
        assert str(shipped("resources")) in (tmp_path / "mine.zin.json").read_text()

    play(scene)


def test_the_drawing_of_a_recording_has_whole_paths(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(workspace: Workspace) -> None:
        workspace.save(tmp_path / "mine.zin.json")
        workspace.edit("Draw", replace(FLOOD, decode=("node:b=protobuf(mine.proto, a.B)", "no rule")))
        recorded = json.loads(workspace.notes()["drawing"])["decode"]
        assert recorded == [f"node:b=protobuf({tmp_path / 'mine.proto'}, a.B)", "no rule"]

    play(scene)


def test_the_last_messages_of_a_run_are_shown(play: Callable[[Scene], None]) -> None:
    async def scene(workspace: Workspace) -> None:
        seen: list[int] = []
        workspace.ticked.connect(lambda: seen.append(workspace.store.next_n))
        workspace.edit("Draw", FLOOD)
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 100)
        workspace.stop()
        await workspace.live.closed()
        assert seen[-1] == workspace.store.next_n

    play(scene)


def test_a_capture_that_is_opened_while_something_runs_stands_alone(
    play: Callable[[Scene], None], tmp_path: Path
) -> None:
    async def scene(workspace: Workspace) -> None:
        workspace.edit("Draw", FLOOD)
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 100)
        rows = save(workspace.store.batches(), tmp_path / "c.arrow")
        await workspace.show_capture(load_store(tmp_path / "c.arrow"))
        assert not workspace.running
        assert workspace.store.captured == rows

    play(scene)


def test_starting_again_at_once_waits_for_the_ports_of_the_last_run(play: Callable[[Scene], None]) -> None:
    async def scene(workspace: Workspace) -> None:
        workspace.edit("Draw", FLOOD)
        for _ in range(4):
            workspace.start()
            workspace.stop()
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 10)
        assert workspace.diagnosis.findings == []

    play(scene)


def test_another_drawing_while_a_run_waits_for_the_ports_of_the_last_one(play: Callable[[Scene], None]) -> None:
    async def scene(workspace: Workspace) -> None:
        workspace.edit("Draw", FLOOD)
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 10)
        workspace.stop()
        workspace.start()
        await asyncio.sleep(0)  # it waits for them
        workspace.new()
        await workspace.live.closed()
        assert workspace.live.session is None
        assert workspace.store.captured == 0

    play(scene)


def test_what_an_import_still_reads_is_in_no_other_capture(
    play: Callable[[Scene], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seen.pcap").write_bytes(pcap(handshaken().answers(message(b"a", bytes(900)) * 20000).packets))

    async def scene(workspace: Workspace) -> None:
        workspace.edit("Draw", drawing(ImportNode(id="file", file=str(tmp_path / "seen.pcap"))))
        shown = workspace.store.append

        def append(batch: pa.RecordBatch) -> None:
            shown(batch)
            if workspace.document.nodes:
                workspace.new()

        monkeypatch.setattr(workspace.store, "append", append)
        workspace.start()
        await wait_until(lambda: workspace.document == Document())
        await workspace.live.closed()
        assert workspace.store.captured == 0

    play(scene)


def test_rows_of_a_deleted_node_keep_its_name_and_a_capture_brings_its_drawing(
    play: Callable[[Scene], None], tmp_path: Path
) -> None:
    async def scene(workspace: Workspace) -> None:
        named = drawing(*(replace(node, label=f"node {node.id}") for node in FLOOD.nodes), *FLOOD.links)
        workspace.edit("Draw", replace(named, decode=("node:b=text",)))
        workspace.start()
        await wait_until(lambda: workspace.store.captured > 100)
        workspace.stop()
        await workspace.live.closed()
        row = next(row for row in workspace.store.rows(1, 1000) if row.kind == "message")
        text = link_text(row, workspace)
        assert text == "node a → node b"
        capture = tmp_path / "c.arrow"
        save(workspace.store.batches(), capture, {"drawing": workspace.drawing_text()})
        workspace.edit("Delete", workspace.document.without({"a", "b"}))
        assert link_text(row, workspace) == text
        workspace.new()
        assert workspace.store.retained == 0
        await workspace.show_capture(load_store(capture), notes_of(capture))
        assert [node.title for node in workspace.document.nodes] == ["node a", "node b"]
        assert workspace.decoding.rules
        first = workspace.store.row(workspace.store.first_n)
        assert first is not None
        assert not workspace.modified

    play(scene)


def test_notes_hold_no_secrets_of_the_drawing(play: Callable[[Scene], None]) -> None:
    async def scene(workspace: Workspace) -> None:
        workspace.edit(
            "Draw", drawing(sock("a", "REQ", options={"PLAIN_USERNAME": "adm1n", "PLAIN_PASSWORD": "s3cr3t"}))
        )
        assert "adm1n" in workspace.notes()["drawing"]
        assert "s3cr3t" not in workspace.notes()["drawing"]
        assert "s3cr3t" in files.dumps(workspace.document)

    play(scene)


def test_a_capture_brings_its_schemas(play: Callable[[Scene], None], tmp_path: Path) -> None:
    async def scene(workspace: Workspace) -> None:
        files.save(relative(tmp_path / "here"), tmp_path / "here" / "d.zin.json")
        workspace.open(tmp_path / "here" / "d.zin.json")
        notes = workspace.notes()
        shutil.rmtree(tmp_path / "here")
        workspace.new()
        await workspace.show_capture(Store(), {key: notes[key] for key in ("decode", "schemas")})  # as of a tap
        assert (workspace.document, [rule.decoder for rule in workspace.decoding.rules]) == (Document(), ["protobuf"])
        await workspace.show_capture(Store(), notes)
        (rule,) = workspace.decoding.rules
        assert workspace.decoding.registry.decode(b"\x08\x05", Context(node="b"), [rule]).value == {"a": 5}
        assert workspace.notes() == notes
        (tmp_path / "there").mkdir()
        workspace.save(tmp_path / "there" / "d.zin.json")
        assert workspace.decoding.rules == (rule,)
        workspace.edit("Remove", replace(workspace.document, decode=()))
        assert workspace.decoding.rules == ()
        await workspace.show_capture(Store(), {"drawing": notes["drawing"]})
        assert "q.proto did not come with it" in workspace.diagnosis.findings[0].text

    play(scene)
