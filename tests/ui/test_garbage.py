"""Who collects garbage while a window is open."""

from __future__ import annotations

import gc
import threading

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from zinspector.ui.garbage import collected_here


class Cycle:
    """Tells in which thread it ends."""

    ends: list[int]

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        self.ends.append(threading.get_ident())


@pytest.fixture
def _often() -> object:
    before = gc.get_threshold()
    gc.set_threshold(100, 2, 2)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_often")
def test_a_cycle_that_a_thread_lets_go_ends_in_the_thread_of_the_window(qtbot: QtBot) -> None:
    Cycle.ends = []
    owner = QObject()

    def much() -> None:
        Cycle()
        kept = [[] for _ in range(100_000)]
        assert len(kept) == 100_000

    with collected_here(owner):
        thread = threading.Thread(target=much)
        thread.start()
        thread.join()
        assert not Cycle.ends
        qtbot.waitUntil(lambda: bool(Cycle.ends), timeout=30_000)
    assert Cycle.ends == [threading.get_ident()]
    assert gc.isenabled()
