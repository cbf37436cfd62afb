"""Recordings under way: one file after another, ended by the disk or by others, never by being slow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.captured import Feed
from tests.helpers.full_disk import files_end_at
from tests.helpers.waiting import wait_here_until
from zinspector.capture.arrow_file import ArrowFile
from zinspector.capture.behind import Behind
from zinspector.capture.files import load_store, notes_of
from zinspector.capture.store import Store
from zinspector.capture.take import Limits, Take
from zinspector.errors import FileError


class Fed:
    """A store that is fed, and recorded."""

    def __init__(self) -> None:
        self.store = Store()
        self._feed = Feed(self.store)

    def into(self, take: Take, count: int, size: int = 1000) -> None:
        """Record so many more messages in one batch, and wait until they are written."""
        first, *_ = self._feed.messages([[b"topic", bytes(size)]] * count)
        take.put(self.store.since(first)[0])
        wait_here_until(lambda: take.rows + take.lost == self.store.captured)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_end_when_they_are_large(tmp_path: Path) -> None:
    fed, take = Fed(), Take(tmp_path / "t.arrow", {"note": "x"}, Limits(bytes=50_000))
    for _ in range(4):
        fed.into(take, 60)
    take.close()
    assert names(tmp_path) == ["t-0001.arrow", "t-0002.arrow", "t-0003.arrow", "t-0004.arrow"]
    parts = [load_store(tmp_path / name) for name in names(tmp_path)]
    assert [row for part in parts for row in part.rows(1, 1000)] == fed.store.rows(1, 1000)
    assert take.bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
    again = Take(tmp_path / "t.arrow", limits=Limits(bytes=50_000))
    assert again.path.name == "t-0005.arrow"
    again.close()


def test_only_the_newest_files_are_kept(tmp_path: Path) -> None:
    (tmp_path / "t-0007.arrow").write_bytes(b"of somebody else")
    fed, take = Fed(), Take(tmp_path / "t.arrow", limits=Limits(bytes=50_000, most_files=2))
    for _ in range(4):
        fed.into(take, 60)
    take.close()
    assert names(tmp_path) == ["t-0007.arrow", "t-0010.arrow", "t-0011.arrow"]


def test_files_end_when_they_are_old(tmp_path: Path) -> None:
    fed, take = Fed(), Take(tmp_path / "t.arrow", limits=Limits(seconds=0.001))
    for _ in range(3):
        fed.into(take, 1)
    take.close()
    assert len(names(tmp_path)) == 3


def test_notes_that_came_later_are_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zinspector.capture.take.NOTED_EVERY_S", 0.0)
    fed, take = Fed(), Take(tmp_path / "t.arrow", {"drawing": "first", "zinspector": "1"})
    fed.into(take, 5)
    take.note(lambda: {"drawing": "second"})
    fed.into(take, 5)
    killed = take.path.read_bytes()
    take.note(lambda: {"drawing": "third"})
    take.close()
    assert notes_of(take.path)["drawing"] == "third"
    assert load_store(take.path).rows(1, 100) == fed.store.rows(1, 100)
    take.path.write_bytes(killed)
    assert notes_of(take.path)["drawing"] == "second"
    assert notes_of(take.path)["zinspector"] == "1"
    assert load_store(take.path).rows(1, 100) == fed.store.rows(1, 100)


def test_the_next_file_has_the_newest_notes(tmp_path: Path) -> None:
    fed, take = Fed(), Take(tmp_path / "t.arrow", {"drawing": "first"}, Limits(bytes=1))
    fed.into(take, 1)
    take.note(lambda: {"drawing": "second"})
    fed.into(take, 1)
    take.close()
    assert [notes_of(tmp_path / name)["drawing"] for name in names(tmp_path)] == ["second", "second"]


def test_a_file_that_is_deleted_ends_the_recording_and_is_told(tmp_path: Path) -> None:
    fed, take = Fed(), Take(tmp_path / "t.arrow")
    fed.into(take, 5)
    take.path.unlink()
    fed.into(take, 5)
    assert "deleted or replaced" in str(take.failure)
    assert (take.rows, take.lost) == (5, 5)
    take.close()


def test_a_full_disk_ends_the_recording_and_what_was_written_stays(tmp_path: Path) -> None:
    fed, take = Fed(), Take(tmp_path / "t.arrow")
    fed.into(take, 50)
    with files_end_at(take.path.stat().st_size + 5000):
        fed.into(take, 50)
    fed.into(take, 50)
    take.close()
    assert str(take.path) in str(take.failure)
    assert take.rows + take.lost == 150
    opened = load_store(take.path)
    assert opened.rows(1, 1000) == fed.store.rows(1, take.rows)
    assert opened.remarks == [
        f"the end is missing after message {take.rows}: it was not closed; all that was written is here; "
        f"{take.lost} rows that were captured are not in it: the disk did not take them"
    ]


def test_what_a_slow_disk_loses_is_told_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fed, take = Fed(), Take(tmp_path / "t.arrow")
    fed.into(take, 5)
    with monkeypatch.context() as slow:
        slow.setattr(Behind, "full", True)
        fed.into(take, 7)
    take.close()
    assert (take.failure, take.lost) == (None, 7)
    opened = load_store(take.path)
    assert opened.retained == 5
    assert opened.remarks == ["7 rows that were captured are not in it: the disk did not take them"]


def test_a_killed_process_told_what_the_full_disk_lost(tmp_path: Path) -> None:
    fed, take = Fed(), Take(tmp_path / "t.arrow")
    fed.into(take, 50)
    with files_end_at(take.path.stat().st_size):
        fed.into(take, 50)
    fed.into(take, 50)
    wait_here_until(lambda: ArrowFile(take.path).lacks == 100)
    take.close()


def test_a_file_that_can_not_be_finished_tells_what_it_lacks(tmp_path: Path) -> None:
    fed, take = Fed(), Take(tmp_path / "t.arrow", limits=Limits(bytes=50_000))
    fed.into(take, 60)
    with files_end_at(take.path.stat().st_size):
        fed.into(take, 60)
    wait_here_until(lambda: ArrowFile(take.path).lacks == 60)
    fed.into(take, 60)
    take.close()
    assert str(take.path) in str(take.failure)
    assert (names(tmp_path), ArrowFile(take.path).lacks) == (["t-0001.arrow"], 120)


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="can't be written"):
        Take(tmp_path / "none" / "t.arrow")
    with pytest.raises(FileError, match="not a file"):
        Take(Path("/dev/null"))
    take = Take(tmp_path / "t.arrow")
    with pytest.raises(FileError, match="another zinspector"):
        Take(tmp_path / "t.arrow")
    take.close()
