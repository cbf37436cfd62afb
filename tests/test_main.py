"""The start of the command: Ctrl-C ends it at any moment, also where Python itself would lose it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.captured import Feed
from tests.helpers.command_line import environment
from tests.helpers.waiting import PATIENCE_S
from zinspector.capture.files import save
from zinspector.capture.store import Store

INTERRUPTED = """
import signal, sys, weakref
from zinspector.__main__ import main

class Anything:
    pass

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == where:
            sys.meta_path.remove(self)
            if how == "raised":
                signal.raise_signal(signal.SIGINT)
            else:  # as when the lock of an import is freed
                held = Anything()
                callback = weakref.ref(held, lambda _: signal.raise_signal(signal.SIGINT))
                del held

how, where = sys.argv[1:3]
sys.argv[:] = ["zinspector", *sys.argv[3:]]
assert where not in sys.modules
sys.meta_path.insert(0, Interrupting())
sys.exit(main())
"""
ENDLESS = "SELECT count(*) FROM range(100000000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"


@pytest.mark.parametrize("how", ["raised", "in a callback"])
@pytest.mark.parametrize("where", ["zinspector.cli", "argparse", "zinspector.cli.query", "pyarrow", "duckdb"])
def test_ctrl_c_while_modules_are_imported(tmp_path: Path, where: str, how: str) -> None:
    store = Store()
    Feed(store).many(1, b"t", b"x")
    capture = tmp_path / "c.arrow"
    save(store.batches(), capture)
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, how, where, "query", capture, ENDLESS],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
