"""A drawing that moves means the same files."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.drawn import drawing, sock
from zinspector.topology.document import Behaviour, Document, FrameTemplate, ImportNode, RelayNode, SocketNode
from zinspector.topology.relocation import anywhere, relocated


def moved(base: Path, document: Document) -> Document:
    return relocated(document, anywhere(base))


def test_every_path_of_a_node_becomes_absolute(tmp_path: Path) -> None:
    frames = (FrameTemplate("file", "a.bin"), FrameTemplate("text", "a.bin"))
    document = drawing(
        sock("sends", "PUSH", Behaviour("generate", frames=frames)),
        sock("answers", "REP", Behaviour("script", script="../answer.py")),
        ImportNode(id="old", file="old.arrow"),
    )
    sends, answers, old = moved(tmp_path / "drawings", document).nodes
    assert isinstance(sends, SocketNode)
    assert isinstance(answers, SocketNode)
    assert isinstance(old, ImportNode)
    assert [frame.value for frame in sends.behaviour.frames] == [str(tmp_path / "drawings" / "a.bin"), "a.bin"]
    assert answers.behaviour.script == str(tmp_path / "answer.py")
    assert old.file == str(tmp_path / "drawings" / "old.arrow")


def test_what_is_absolute_or_empty_or_no_path_stays(tmp_path: Path) -> None:
    document = drawing(
        sock("answers", "REP", Behaviour("script", script="~/answer.py")),
        ImportNode(id="new", interface="lo"),
        ImportNode(id="old", file="/captures/old.arrow"),
        RelayNode(id="relay", listen="tcp://127.0.0.1:6556", target="ipc://feed"),
    )
    assert moved(tmp_path, document) == document
