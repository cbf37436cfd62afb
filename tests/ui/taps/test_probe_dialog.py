"""An address is asked who listens there."""

from __future__ import annotations

import socket

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.helpers.strangers import publisher
from tests.helpers.waiting import wait_until
from tests.ui.taps.conftest import Play, write
from zinspector.ui.taps.probe_dialog import ProbeDialog
from zinspector.ui.window import MainWindow

pytestmark = pytest.mark.usefixtures("hears_out")


def test_probing_an_address(play: Play) -> None:
    async def scene(window: MainWindow) -> None:
        with publisher() as target:
            window.navigation.open_probe(target)
            probe = window.findChildren(ProbeDialog)[-1]
            await wait_until(lambda: probe.answer.text() == "●  PUB · ZMTP 3.1 · NULL")
            write(probe.endpoint, "inproc://x")
            assert "inproc can't be probed" in probe.answer.text()
            assert not probe.ask.isEnabled()
            write(probe.endpoint, "5556")
            assert "tcp://HOST:PORT" in probe.answer.text()
            assert "inproc" not in probe.answer.text()
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", 0))
                write(probe.endpoint, f"tcp://127.0.0.1:{taken.getsockname()[1]}")
                QTest.mouseClick(probe.ask, Qt.MouseButton.LeftButton)
                await wait_until(lambda: probe.answer.text() == "✖  nobody listens there")
            probe._say("\n".join(["one line", "another line that is long enough to be wrapped " * 4]), "warn")
            for label in probe.findChildren(QLabel):
                assert label.height() >= label.heightForWidth(label.width())
            probe.close()

    play(scene)
