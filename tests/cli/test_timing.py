"""The time of a run is that in which something could pass: without starting up and shutting down."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pytest

from zinspector.cli import running, tapping
from zinspector.cli.headless import run_loop
from zinspector.cli.output import Output
from zinspector.cli.running import Run
from zinspector.cli.tapping import Tapping
from zinspector.runtime.session import Session
from zinspector.topology.document import Document
from zinspector.topology.files import Loaded

SLOW_S = 1000.0
FOR_S = 0.1
AT_LEAST_S = 0.095  # a timer may fire a millisecond early


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Output:
    """How to print; and sessions that take long to begin and to end, as far as the clock of a run can tell."""
    apply, close = Session.apply, Session.close
    slowness_s = 0.0

    async def slowly_apply(session: Session, document: Document) -> None:
        nonlocal slowness_s
        await apply(session, document)
        slowness_s += SLOW_S

    async def slowly_close(session: Session) -> None:
        nonlocal slowness_s
        slowness_s += SLOW_S
        await close(session)

    monkeypatch.setattr(Session, "apply", slowly_apply)
    monkeypatch.setattr(Session, "close", slowly_close)
    for module in (running, tapping):
        monkeypatch.setattr(module, "monotonic", lambda: time.monotonic() + slowness_s)
    return Output(argparse.Namespace(output=None, decode=[], named_by=None))


def test_of_a_tap(output: Output) -> None:
    tapping = Tapping(Document(name="tap"), 1.0, None)
    run_loop(tapping.go(FOR_S, output, None, brief=True))
    assert AT_LEAST_S <= tapping.report()["duration_s"] < SLOW_S


def test_of_a_run(output: Output) -> None:
    run = Run(Loaded(Document(name="run")), Path(), allow_scripts=False, take=None)
    run_loop(run.go(FOR_S, output, None))
    assert AT_LEAST_S <= run.report()["duration_s"] < SLOW_S
