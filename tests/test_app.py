"""The whole window as its own process: it starts, runs, closes and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.waiting import PATIENCE_S

RUN = """
import sys
from pathlib import Path
from zinspector.app import open_window
sys.exit(open_window([Path(p) for p in sys.argv[2:]], for_s=float(sys.argv[1]), run=True))
"""

LOADED = """
import sys, threading
from zinspector.app import open_window

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "pyqtgraph":
            print("in the thread", threading.current_thread().name)

sys.meta_path.insert(0, Watch())
sys.exit(open_window([], for_s=1.0))
"""

SPOILT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget
from zinspector import app

class Spoilt(QWidget):
    def paintEvent(self, event):
        painter = QPainter(self)
        raise ValueError("spoilt")

def open_all(window, start):
    spoilt = Spoilt(window)
    spoilt.resize(50, 50)
    spoilt.show()
    QTimer.singleShot(500, spoilt.deleteLater)

app._open_all = open_all
sys.exit(app.open_window([], for_s=1.0))
"""

STUCK = {
    "format": "zinspector-topology",
    "version": 1,
    "name": "Stuck",
    "nodes": [
        {
            "id": "flood",
            "kind": "socket",
            "type": "PUSH",
            "bind": ["ipc://SOCKET"],
            "connect": ["tcp://127.0.0.1:1"],
            "options": {"LINGER": -1, "SNDHWM": 10},
            "behaviour": {"kind": "generate", "rate": None, "frames": [{"size": 100000}]},
        },
        {
            "id": "deaf",
            "kind": "socket",
            "type": "REQ",
            "connect": ["tcp://127.0.0.1:1"],
            "options": {"LINGER": -1},
            "behaviour": {"kind": "generate", "rate": 10, "frames": [{"text": "anyone?"}]},
        },
    ],
    "links": [],
}


def run_window(tmp_path: Path, *arguments: str, code: str = RUN) -> subprocess.CompletedProcess[str]:
    """Run the window offscreen in a process of its own."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "ZINSPECTOR_HOME": str(tmp_path / "home")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,  # a context that waits for its peers would never end
        check=False,
    )


def test_closing_with_full_queues_and_unreachable_peers(tmp_path: Path) -> None:
    document = tmp_path / "stuck.zin.json"
    socket_file = tmp_path / "flood.sock"
    document.write_text(json.dumps(STUCK).replace("SOCKET", str(socket_file)))
    done = run_window(tmp_path, "1.0", str(document))
    assert (done.returncode, done.stderr) == (0, "")
    assert not socket_file.exists()


@pytest.mark.parametrize("text", ["{", '{"format": "zinspector-topology", "version": 99}', '{"format": "x"}'])
def test_a_bad_file_is_told_and_the_window_opens(tmp_path: Path, text: str) -> None:
    document = tmp_path / "bad.zin.json"
    document.write_text(text)
    done = run_window(tmp_path, "0.2", str(document))
    assert done.returncode == 0
    assert "Traceback" not in done.stderr + done.stdout


def test_classes_of_qt_are_made_in_the_windows_thread(tmp_path: Path) -> None:
    """What draws charts brings hundreds; made in another thread they crashed the window now and then."""
    done = run_window(tmp_path, code=LOADED)
    assert (done.returncode, done.stdout, done.stderr) == (0, "in the thread MainThread\n", "")


def test_an_error_while_painting_is_told_and_ends_with_it(tmp_path: Path) -> None:
    done = run_window(tmp_path, code=SPOILT)
    assert done.returncode == 0
    assert "ValueError: spoilt" in done.stderr
    assert "QPaintDevice" not in done.stderr  # a painter that outlives its widget ends the process


def test_what_the_window_imports_brings_no_pandas() -> None:
    """Arrow imports it with the first scalar or array of Python objects: half a second, wherever it is installed."""
    code = "import sys, zinspector.app, zinspector.ui.window; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=PATIENCE_S).returncode == 0
