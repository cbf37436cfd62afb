"""The same session on qasync: sockets wake the loop once per edge, and the window's timers keep their pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest
import qasync
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.drawn import ECHO, generate, link, running, sock
from tests.helpers.waiting import wait_until
from zinspector.runtime.sockets import LiveSocket


def on_qasync(work: Coroutine[Any, Any, None]) -> None:
    app = QApplication.instance()
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        runner.run(work)


def test_nothing_is_lost_and_timers_keep_their_pace(qtbot: QtBot) -> None:
    async def main() -> None:
        gaps: list[float] = []
        last = time.thread_time()

        def tick() -> None:
            nonlocal last
            now = time.thread_time()
            gaps.append(now - last)
            last = now

        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(tick)
        timer.start(16)
        items = (
            sock("a", "PUSH", generate("x" * 16, count=200_000)),
            sock("b", "PULL"),
            link("a", "b"),
            sock("c", "REQ", generate(count=300)),
            sock("d", "REP", ECHO),
            link("c", "d"),
        )
        async with running(*items) as session:
            counters = session.counters
            await wait_until(lambda: counters().nodes["b"].received == 200_000)
            await wait_until(lambda: counters().nodes["c"].received == 300)
        timer.stop()
        # of processor time, which others don't take from us; the benchmark holds the real bound
        assert sorted(gaps)[len(gaps) // 2] < 0.033

    on_qasync(main())


def test_an_idle_session_sleeps(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = 0
    work = LiveSocket.work

    def counted(self: LiveSocket, deadline: int) -> bool:
        nonlocal turns
        turns += 1
        return work(self, deadline)

    async def main() -> None:
        nonlocal turns
        monkeypatch.setattr(LiveSocket, "work", counted)
        items = (sock("a", "PUSH"), sock("b", "PULL"), link("a", "b"), sock("pub", "PUB"), sock("r", "ROUTER"))
        async with running(*items) as session:
            await wait_until(lambda: session.states()["b"].peers == 1)
            await asyncio.sleep(0.2)  # let the last edges of the handshake pass
            turns = 0
            await session.send("a", [b"one"])
            await wait_until(lambda: session.counters().nodes["b"].received == 1)
            await asyncio.sleep(0.2)  # a level that stays up would turn here thousands of times
            assert turns < 10

    on_qasync(main())
