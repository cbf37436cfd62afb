"""The replay dialog with a live peer: what differs from the recording is told, of replies and of requests."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import cast

import zmq

from tests.helpers.captured import Feed
from tests.helpers.places import abstract
from tests.helpers.waiting import wait_until
from zinspector.ui.replay.dialog import ReplayDialog
from zinspector.ui.window import MainWindow

Scene = Callable[[MainWindow], Awaitable[None]]
ADDRESS = abstract("window-replay")


def said(name: str, number: int) -> list[bytes]:
    return [json.dumps({name: number}).encode()]


def record(window: MainWindow) -> list[int]:
    """Three questions and their answers, as a REP had them; the numbers of the questions."""
    feed = Feed(window.workspace.store)
    questions = []
    for n in (1, 2, 3):
        questions += feed.messages([said("ask", n)], "server", ("REQ", "REP"))
        feed.messages([said("answer", 2 * n)], "server", ("REP", "REQ"), direction="out")
    return questions


def dialog(window: MainWindow, kind: str, place: str) -> ReplayDialog:
    shown = window.replaying.ask()
    assert shown is not None
    shown.form.type.setCurrentText(kind)
    shown.form.place.setCurrentText(place)
    shown.form.address.setText(ADDRESS)
    shown.form.speed.setCurrentText("max")
    return shown


def run(play: object, scene: Scene) -> None:
    cast(Callable[[Scene], None], play)(scene)


def test_a_rep_compares_requests(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        questions = record(window)
        shown = dialog(window, "REP", "binds")
        assert shown.form.compare.isVisible()
        assert shown.form.compare.text().startswith("Compare each request")
        shown.begin()
        with zmq.Context() as context, context.socket(zmq.REQ) as client:
            client.linger = 0
            client.connect(ADDRESS)
            for ask, answer in ((1, 2), (7, 4), (3, 6)):
                client.send(json.dumps({"ask": ask}).encode())
                await wait_until(lambda: client.poll(0) > 0)
                assert json.loads(client.recv()) == {"answer": answer}
            await wait_until(lambda: not shown.running)
        assert shown.outcome.text().startswith("▲  Done: 3 of 3 messages sent")
        assert "1 request differed from what was recorded" in shown.outcome.text()
        assert shown.differences.list.item(0).text() == f"≠  request differs · request {questions[1]}"
        assert '-    "ask": 2' in shown.differences.text.toPlainText()
        assert '+    "ask": 7' in shown.differences.text.toPlainText()
        with_row: list[int] = []
        shown.rowRequested.connect(with_row.append)
        shown.differences.list.itemActivated.emit(shown.differences.list.item(0))
        assert with_row == [questions[1]]
        shown.close()

    run(play, scene)


def test_a_rep_that_is_asked_the_same_or_compares_nothing_is_content(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        record(window)
        shown = dialog(window, "REP", "binds")
        shown.form.compare.setChecked(False)
        assert not shown.form.ignore.isVisible()
        shown.begin()
        with zmq.Context() as context, context.socket(zmq.REQ) as client:
            client.linger = 0
            client.connect(ADDRESS)
            for _ in range(3):
                client.send(b"something else")
                await wait_until(lambda: client.poll(0) > 0)
                client.recv()
            await wait_until(lambda: not shown.running)
        assert shown.outcome.text().startswith("●  Done: 3 of 3 messages sent")
        assert not shown.differences.isVisible()
        shown.close()

    run(play, scene)


def test_a_req_compares_replies(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        record(window)
        shown = dialog(window, "REQ", "connects to")
        assert shown.form.compare.text().startswith("Wait for each reply")
        with zmq.Context() as context, context.socket(zmq.REP) as service:
            service.linger = 0
            service.bind(ADDRESS)
            shown.begin()
            for answer in (2, 5, 6):
                await wait_until(lambda: service.poll(0) > 0)
                service.recv()
                service.send(json.dumps({"answer": answer}).encode())
            await wait_until(lambda: not shown.running)
        assert "1 differs from what was recorded" in shown.outcome.text()
        assert shown.differences.list.item(0).text().startswith("≠  reply differs")
        assert '+    "answer": 5' in shown.differences.text.toPlainText()
        shown.close()

    run(play, scene)


def test_closing_it_ends_the_replay(play: object) -> None:
    async def scene(window: MainWindow) -> None:
        record(window)
        shown = dialog(window, "REP", "binds")
        gone: list[bool] = []
        shown.destroyed.connect(lambda: gone.append(True))
        shown.begin()
        await wait_until(lambda: "of 3 sent" in shown.outcome.text())
        shown.close()
        await wait_until(lambda: gone)

    run(play, scene)
