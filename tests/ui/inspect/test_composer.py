"""The Send tab on real sockets: sending, refusals in words, replies with their envelope, history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from tests.helpers.captured import Feed
from tests.helpers.drawn import drawing, link, sock
from tests.helpers.qtloop import run_on_qt
from tests.helpers.waiting import wait_until
from tests.helpers.wheel import turn_wheel
from zinspector.runtime import states
from zinspector.topology import edits
from zinspector.topology.document import Document, Link, SocketNode
from zinspector.ui.inspect.composer import Composer
from zinspector.ui.workspace import Workspace

Play = Callable[[Document, Callable[[Composer], Awaitable[None]]], None]


@pytest.fixture
def composer(shown: Callable[[type[Composer]], Composer]) -> Composer:
    return shown(Composer)


@pytest.fixture
def play(qapp: QApplication) -> Play:
    """Runs a drawing for real, with a composer beside it."""

    def run(document: Document, scene: Callable[[Composer], Awaitable[None]]) -> None:
        async def main() -> None:
            workspace = Workspace()
            window = QWidget()
            window.resize(1000, 400)
            composer = Composer(workspace, window)
            composer.resize(1000, 400)
            window.show()
            workspace.edit("Draw", document)
            workspace.start()
            try:
                states = workspace.live.states
                await wait_until(
                    lambda: all((state := states().get(node.id)) and state.peers for node in document.nodes)
                )
                await scene(composer)
            finally:
                workspace.stop()
                await workspace.live.closed()
                window.close()
                window.deleteLater()

        run_on_qt(qapp, main())

    return run


def send(composer: Composer) -> None:
    QTest.keyClick(composer.editors[-1].text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def received(workspace: Workspace, node: str) -> list[tuple[bytes, ...]]:
    rows = workspace.store.rows(1, workspace.store.next_n)
    return [row.frames for row in rows if (row.node, row.kind, row.direction) == (node, "message", "in")]


def button(widget: QWidget, text: str) -> QPushButton:
    return next(one for one in widget.findChildren(QPushButton) if one.text() == text)


def test_frames_are_sent_as_written(play: Play) -> None:
    async def scene(composer: Composer) -> None:
        workspace = composer.workspace
        workspace.select(["a"])
        assert composer.node_id == "a"
        composer.set_frames([("text", "topic"), ("json", '{"n": 1}'), ("hex", "00 ff")])
        assert composer.total.text() == "3 frames, 15 bytes"
        send(composer)
        await wait_until(lambda: composer.outcome.text() == "✓ Sent 3 frames, 15 bytes")
        await wait_until(lambda: received(workspace, "b") == [(b"topic", b'{"n": 1}', b"\x00\xff")])

    play(drawing(sock("a", "PUSH"), sock("b", "PULL"), link("a", "b")), scene)


def test_a_turn_that_is_not_ours_is_explained(play: Play) -> None:
    async def scene(composer: Composer) -> None:
        composer.workspace.select(["asks"])
        assert composer.state.text().startswith("may send a request")
        composer.set_frames([("text", "first")])
        send(composer)
        await wait_until(lambda: composer.outcome.text().startswith("✓"))
        await wait_until(lambda: "can't send before" in composer.state.text())
        send(composer)
        await wait_until(lambda: composer.outcome.text().startswith("✖ Not sent: "))
        assert "repl" in composer.outcome.text()

    play(drawing(sock("asks", "REQ"), sock("answers", "REP"), link("asks", "answers")), scene)


@pytest.mark.parametrize("kind", ["REP", "ROUTER"])
def test_replying_brings_the_reply_to_who_asked(play: Play, kind: str) -> None:
    async def scene(composer: Composer) -> None:
        workspace = composer.workspace
        workspace.select(["answers"])
        assert composer.reply_bar.isVisible()
        assert composer.reply_bar.text.text() == "No request received yet"
        assert not composer.reply_bar.button.isEnabled()
        await workspace.send("asks", [b"how are you?"])
        await wait_until(lambda: composer.reply_bar.text.text().startswith("▲ waits for a reply"))
        assert "asks → answers" in composer.reply_bar.text.text()
        assert "how are you?" in composer.reply_bar.text.text()
        QTest.mouseClick(composer.reply_bar.button, Qt.MouseButton.LeftButton)
        assert len(composer.editors) == (3 if kind == "ROUTER" else 1)
        QTest.keyClicks(composer.editors[-1].text, "fine")
        send(composer)
        await wait_until(lambda: received(workspace, "asks") == [(b"fine",)])
        await wait_until(lambda: composer.reply_bar.text.text().startswith("● answered"))

    play(drawing(sock("asks", "REQ"), sock("answers", kind), link("asks", "answers")), scene)


REQ_REP = drawing(sock("asks", "REQ"), sock("answers", "REP"), link("asks", "answers"))


def test_a_request_that_waits_is_told_once(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "STUCK_NS", 1)

    async def scene(composer: Composer) -> None:
        composer.workspace.select(["answers"])
        await composer.workspace.send("asks", [b"how are you?"])
        await wait_until(lambda: composer.state.text() == "a request waits for its reply · 1 peer")
        composer.workspace.select(["asks"])
        await wait_until(lambda: composer.state.text().startswith("can't send before its reply is there · waiting for"))

    play(REQ_REP, scene)


def test_what_another_socket_received_is_not_offered(play: Play) -> None:
    async def scene(composer: Composer) -> None:
        workspace, bar = composer.workspace, composer.reply_bar
        workspace.select(["answers"])
        await workspace.send("asks", [b"one"])
        await wait_until(bar.button.isEnabled)
        workspace.edit("Move", edits.move(workspace.document, ["answers"], 10, 0))
        assert bar.button.isEnabled(), "it is still the same socket"
        workspace.edit("Delete", edits.remove(workspace.document, ["answers"]))
        workspace.undo()
        workspace.select(["answers"])
        assert bar.isVisible()
        assert not bar.button.isEnabled()
        assert bar.text.text() == "No request received yet"
        workspace.stop()
        await workspace.live.closed()
        workspace.start()
        await wait_until(lambda: (state := workspace.live.states().get("asks")) is not None and state.peers)
        assert not bar.button.isEnabled()
        await workspace.send("asks", [b"two"])
        await wait_until(bar.button.isEnabled)
        workspace.stop()
        assert not bar.button.isEnabled(), "nobody is there to reply"

    play(REQ_REP, scene)


def test_nothing_runs(composer: Composer, qapp: QApplication) -> None:
    async def main() -> None:
        composer.workspace.select(["station"])
        assert "press Run" in composer.state.text()
        send(composer)
        await wait_until(lambda: composer.outcome.text().startswith("✖ Not sent: "))
        assert "Run" in composer.outcome.text()
        composer.workspace.edit("Clear", Document())
        assert composer.state.text() == "Draw a socket to send from it"
        composer.send()
        assert "no socket that can send" in composer.outcome.text()

    run_on_qt(qapp, main())


def test_only_sockets_that_can_send_are_offered(composer: Composer) -> None:
    offered = [composer.node.itemText(i) for i in range(composer.node.count())]
    assert offered == ["weather-station  (PUB)", "broker  (ROUTER)", "client-7  (REQ)"]


def test_a_wrong_frame_is_shown_where_it_is_wrong(composer: Composer) -> None:
    composer.set_frames([("text", "fine"), ("json", "")])
    editor = composer.editors[1]
    QTest.keyClicks(editor.text, '{"a": 1,}')
    assert editor.note.text().startswith("✖ ")
    assert "line 1, column 9" in editor.note.text()
    assert editor.text.extraSelections()[0].cursor.selectedText() == "}"
    assert composer.total.text() == "✖ frame 1"
    composer.send()
    assert composer.outcome.text().startswith("✖ frame 1: ")
    QTest.keyClick(editor.text, Qt.Key.Key_Backspace)
    QTest.keyClick(editor.text, Qt.Key.Key_Backspace)
    QTest.keyClicks(editor.text, "}")
    assert editor.note.text() == "8 bytes"
    assert editor.text.extraSelections() == []
    editor.kind.setCurrentText("hex")
    assert "no hex digit" in editor.note.text()


def test_frames_are_added_moved_and_removed(composer: Composer) -> None:
    composer.set_frames([("text", "a"), ("text", "b")])
    QTest.mouseClick(button(composer, "Add frame"), Qt.MouseButton.LeftButton)
    QTest.keyClicks(composer.editors[2].text, "c")

    def press(frame: int, tip: str) -> None:
        tools = composer.editors[frame].findChildren(QToolButton)
        QTest.mouseClick(next(one for one in tools if tip in one.toolTip()), Qt.MouseButton.LeftButton)

    press(2, "up")
    assert composer.list.frames() == [b"a", b"c", b"b"]
    press(0, "down")
    assert composer.list.frames() == [b"c", b"a", b"b"]
    press(1, "Remove")
    assert composer.list.frames() == [b"c", b"b"]
    assert [editor.title.text() for editor in composer.editors] == ["Frame 0", "Frame 1"]
    press(1, "Remove")
    press(0, "Remove")  # the last one stays
    assert composer.list.frames() == [b"c"]


def test_the_wheel_changes_no_list_that_it_passes(composer: Composer) -> None:
    composer.set_frames([("text", "a")])
    for box in (composer.node, composer.editors[0].kind):
        before = box.currentIndex()
        turn_wheel(box)
        assert box.currentIndex() == before


def test_what_was_sent_comes_back(play: Play) -> None:
    async def scene(composer: Composer) -> None:
        composer.workspace.select(["a"])
        for text in ("one", "two"):
            composer.set_frames([("text", text)])
            send(composer)
            await wait_until(lambda: composer.outcome.text().startswith("✓"))
            composer.outcome.clear()
        composer.set_frames([("text", "draft")])
        alt = Qt.KeyboardModifier.AltModifier
        seen = []
        for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
            QTest.keyClick(composer.editors[-1].text, key, alt)
            seen.append(composer.list.frames())
        assert seen == [[b"two"], [b"one"], [b"one"], [b"two"], [b"draft"], [b"draft"]]

    play(drawing(sock("a", "PUSH"), sock("b", "PULL"), link("a", "b")), scene)


def test_sending_again_starts_at_the_sender(composer: Composer, feed: Feed, workspace: Workspace) -> None:
    (received,) = feed.messages([(b"weather.london", b"\xff\x00")])
    (asked,) = feed.messages([(b"id", b"", b"hello")], "broker", ("REQ", "ROUTER"), "l2")
    (answered,) = feed.messages([(b"id", b"", b"hi")], "broker", ("ROUTER", "REQ"), "l2", "out")
    (foreign,) = feed.messages([(b"id", b"", b"hi")], "broker", (None, "ROUTER"), None)
    expected = {
        received: ("station", [b"weather.london", b"\xff\x00"]),
        asked: ("client", [b"hello"]),  # the envelope is the sender's socket's work
        answered: ("broker", [b"id", b"", b"hi"]),
        foreign: ("broker", [b"id", b"", b"hi"]),
    }
    for n, (node, frames) in expected.items():
        message = workspace.store.row(n)
        assert message is not None
        composer.fill(message)
        assert composer.node_id == node
        assert composer.list.frames() == frames


def test_hostile_titles_stay_plain(composer: Composer, workspace: Workspace) -> None:
    node = SocketNode(id="x", type="PUB", label="<b>bold</b>\n\u202e")
    workspace.edit("Draw", Document(nodes=(node,), links=(Link(id="l", source="x", target="x"),)))
    assert composer.node.itemText(0) == "<b>bold</b>\\n\\u202e  (PUB)"
