"""One call in a thread of its own."""

from __future__ import annotations

import os
import sys
import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from zinspector.ui.work import NICE, Work


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives each thread a priority of its own")
def test_its_thread_steps_back_for_the_window(qtbot: QtBot) -> None:
    def nice(_: object = None) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    owner = QObject()
    found: list[int] = []
    Work(owner, nice, found.append)
    qtbot.waitUntil(lambda: bool(found))
    assert found == [nice() + NICE]
