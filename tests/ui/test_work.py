"""One call in a thread of its own."""

from __future__ import annotations

import os
import sys
import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.helpers.waiting import PATIENCE_S
from zinspector.capture.progress import Progress
from zinspector.ui import work as module
from zinspector.ui.work import NICE, Work, cancel_all


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives each thread a priority of its own")
def test_its_thread_steps_back_for_the_window(qtbot: QtBot) -> None:
    def nice(_: object = None) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    owner = QObject()
    found: list[int] = []
    Work(owner, nice, found.append)
    qtbot.waitUntil(lambda: bool(found))
    assert found == [min(19, nice() + NICE)]


def test_all_are_asked_to_stop_and_none_is_heard_of(qtbot: QtBot) -> None:
    owner, begun, ended = QObject(), threading.Event(), threading.Event()
    heard: list[object] = []

    def endless(progress: Progress) -> None:
        while progress(0.0):
            begun.set()
        ended.set()

    works = [Work(owner, endless, heard.append), Work(owner, lambda _: None, heard.append)]
    assert begun.wait(PATIENCE_S)
    cancel_all()
    assert ended.wait(PATIENCE_S)
    assert all(work.cancelled for work in works)
    last: list[object] = []
    Work(owner, lambda _: "others go on", last.append)
    qtbot.waitUntil(lambda: bool(last))
    assert not heard


def test_what_a_call_holds_on_to_ends_in_the_window_s_thread(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[int] = []
    found: list[bool] = []
    told = threading.Event()
    monkeypatch.setattr(module, "LONG_S", -1.0)
    monkeypatch.setattr(module, "give_back", lambda: told.wait(PATIENCE_S))

    class Held:
        def __del__(self) -> None:
            ends.append(threading.get_ident())

    held = Held()
    owner = QObject()
    Work(owner, lambda _, held=held: held is not None, found.append)  # type: ignore[misc]
    del held
    qtbot.waitUntil(lambda: bool(found))
    assert ends == [threading.get_ident()]
    told.set()


def test_a_bug_is_told_to_who_waits_and_raised(qtbot: QtBot) -> None:
    told: list[str] = []
    with qtbot.captureExceptions() as raised:
        owner = QObject()
        Work(owner, lambda _: 1 // 0, failed=lambda error: told.append(str(error)), done=told.append)
        qtbot.waitUntil(lambda: bool(told and raised))
    assert told == ["Unexpected error: ZeroDivisionError (please report it)"]
    assert [kind for kind, *_ in raised] == [ZeroDivisionError]
