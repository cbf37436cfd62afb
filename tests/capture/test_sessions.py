"""Sessions: those of killed processes are found, those of living ones left alone, good ends leave nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.captured import Feed
from tests.helpers.command_line import environment
from zinspector.capture.sessions import Session, left_behind
from zinspector.capture.store import Store
from zinspector.errors import FileError

VICTIM = """
import sys
from pathlib import Path
from tests.helpers.captured import Feed
from zinspector.capture import spill
from zinspector.capture.sessions import Session
from zinspector.capture.store import Store
spill.SEGMENT_BYTES, spill.SMALL_BYTES = 50_000, 20_000
session = Session(Path(sys.argv[1]), lambda: {"drawing": "drawn"})
store = Store(spill=session.spill)
feed = Feed(store)
number = 0
while True:
    number += 1
    feed.messages([[b"%d" % number, bytes(500)]] * 5)
    session.spill.settle()
    print(store.captured, flush=True)
"""


@pytest.mark.parametrize("at", [1, 2, 30, 47, 111])
def test_what_a_killed_process_had_is_found(tmp_path: Path, at: int) -> None:
    root = tmp_path / "sessions"
    command = [sys.executable, "-c", VICTIM, root]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as victim:
        assert victim.stdout is not None
        settled = [int(victim.stdout.readline()) for _ in range(at)][-1]
        assert left_behind(root) == [], "it lives"
        victim.send_signal(signal.SIGKILL)
    (left,) = left_behind(root)
    assert left.rows >= settled
    assert left.notes["drawing"] == "drawn"
    assert 0 < left.began_s <= left.ended_s + 1
    assert left.bytes >= left.rows * 500
    store = left.load()
    assert [row.frames[0] for row in store.rows(1, 1000)] == [b"%d" % (n // 5 + 1) for n in range(left.rows)]
    assert left_behind(root) == [], "another window does not offer it again"
    left.release()
    (again,) = left_behind(root)
    again.discard()
    assert list(root.iterdir()) == []
    assert store.row(left.rows) is not None, "what is shown stays"


def test_a_good_end_leaves_nothing(tmp_path: Path) -> None:
    session = Session(tmp_path / "deep" / "sessions")
    store = Store(spill=session.spill)
    Feed(store).messages([[b"a"]])
    session.spill.settle()
    session.close()
    assert list((tmp_path / "deep" / "sessions").iterdir()) == []
    assert store.row(1) is not None


def test_sessions_without_rows_and_strange_things_are_no_matter(tmp_path: Path) -> None:
    empty, strange = tmp_path / "20200101-000000-empty", tmp_path / "strange"
    for folder in (empty, strange):
        folder.mkdir()
        (folder / "lock").touch()
    (strange / "000000000000001.arrow").write_bytes(b"nothing")
    (tmp_path / "no-lock").mkdir()
    (tmp_path / "file").touch()
    assert left_behind(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "no-lock"]
    assert left_behind(tmp_path / "never") == []


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="can't be kept on the disk"):
        Session(tmp_path / "file" / "sessions")
