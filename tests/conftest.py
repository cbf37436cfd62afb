"""Loud tests: what a test logs, and what it leaves behind, fails it and is named.

- A log record of level WARNING or above fails the test. `@pytest.mark.expect_log("logger.name")` allows those of a
  logger (and below it), and then there must be one.
- A thread, task, zmq socket or context, top-level widget, running QTimer or socket file that is left fails the test.
- Qt draws offscreen. Settings and temporary files go to folders of this run, so nothing of the user is read or written.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest
from hypothesis import HealthCheck, settings
from PySide6.QtWidgets import QApplication

from tests.helpers import leaks
from tests.helpers.waiting import PATIENCE_S, PatientQtBot

# The same cases in every run: a failure is the change's, not the day's. HYPOTHESIS_PROFILE=explore finds new ones.
# No check of hypothesis's may look at the time: a busy machine makes any data slowly.
UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("repeat", derandomize=True, **UNTIMED)
settings.register_profile("explore", max_examples=1000, **UNTIMED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))

TEMPORARY = Path(tempfile.mkdtemp(prefix="zt-", dir="/tmp" if os.name == "posix" else None))  # short: ipc paths are


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "expect_log(name): this logger will warn, and may")
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())  # tmp_path stays where it always is
    os.environ["TMPDIR"] = tempfile.tempdir = str(TEMPORARY)
    leaks.watch_zmq()


def pytest_unconfigure() -> None:
    shutil.rmtree(TEMPORARY, ignore_errors=True)


def pytest_collection_finish() -> None:
    """What the imports left is no garbage: looking for leaks after each test is quick without it."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Nor is what outlived the tests before: each looks only at what it made itself."""
    gc.collect()
    gc.freeze()


SKIPPED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[SKIPPED] = item.stash.get(SKIPPED, False) or report.skipped
    return report


class _Listener(logging.Handler):
    """Keeps the records of level WARNING and above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientQtBot:
    """pytest-qt's, which has the patience of the other tests."""
    return PatientQtBot(request)


@pytest.fixture(autouse=True)
def _private_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tempfile.mkdtemp(prefix="home-")
    monkeypatch.setenv("ZINSPECTOR_HOME", folder)
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _patient_with_decoders(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was slow some times is used no more; a busy machine makes any of them slow."""
    monkeypatch.setattr("zinspector.decode.registry.SLOWEST_S", PATIENCE_S)


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    before = leaks.Before(TEMPORARY)
    yield
    left = before.after()
    assert not left, "left behind: " + "; ".join(left)


@pytest.fixture(autouse=True)
def _no_unexpected_log(request: pytest.FixtureRequest, _nothing_left_behind: None) -> Iterator[None]:
    expected = {mark.args[0]: False for mark in request.node.iter_markers("expect_log")}
    listener = _Listener()
    logging.getLogger().addHandler(listener)
    yield
    logging.getLogger().removeHandler(listener)
    unexpected = []
    for record in listener.records:
        names = [name for name in expected if record.name == name or record.name.startswith(f"{name}.")]
        expected.update(dict.fromkeys(names, True))
        if not names:
            unexpected.append(f"{record.levelname} {record.name} ({record.filename}:{record.lineno}): ")
            unexpected[-1] += record.getMessage()
    assert not unexpected, "unexpected log: " + "; ".join(unexpected)
    silent = [name for name, heard in expected.items() if not heard and not request.node.stash[SKIPPED]]
    assert not silent, f"expected a warning from {', '.join(silent)}"
