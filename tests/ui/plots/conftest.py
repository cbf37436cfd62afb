"""A plots panel over measurements that were fed in, without a session."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.drawn import drawing, link, sock
from tests.helpers.hosted import hosted
from zinspector.ui.plots.panel import PlotsPanel
from zinspector.ui.workspace import Workspace

LINKS = ("push-one", "push-two", "push-three")
STEP_NS = 125_000_000


def feed(workspace: Workspace, seconds: float = 20.0, rates: tuple[int, ...] = (1000, 500, 250)) -> None:
    """Count messages at steady rates, as a run does."""
    for step in range(int(seconds * 8)):
        totals = {name: (step * rate // 8, step * rate * 100 // 8) for name, rate in zip(LINKS, rates, strict=True)}
        workspace.live.rates.update((step + 1) * STEP_NS, totals)


def measure(workspace: Workspace, name: str = LINKS[0]) -> None:
    """Ten seconds of latencies around 100 µs."""
    rng = np.random.default_rng(1)
    for second in range(10):
        times = np.full(1000, (second + 1) * 1_000_000_000, np.int64)
        workspace.live.latency._add(name, times, rng.lognormal(np.log(100_000), 0.5, 1000).astype(np.int64))


@pytest.fixture
def workspace(qapp: QApplication) -> Workspace:
    made = Workspace()
    made.edit(
        "Draw",
        drawing(
            sock("push", "PUSH"),
            *(sock(name, "PULL") for name in ("one", "two", "three")),
            *(link("push", name) for name in ("one", "two", "three")),
        ),
    )
    return made


@pytest.fixture
def panel(qtbot: QtBot, workspace: Workspace) -> PlotsPanel:
    return hosted(qtbot, PlotsPanel(workspace), 1400, 600)
