"""Recordings under way: one file after another, ended by the disk or by others, never by being slow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.captured import Feed
from tests.helpers.full_disk import files_end_at
from tests.helpers.waiting import wait_here_until
from tests.helpers.wired import Wire
from zinspector.capture.arrow_file import ArrowFile
from zinspector.capture.behind import Behind
from zinspector.capture.connections import ConnectionBook
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


def test_the_name_that_was_asked_for_leads_to_the_files_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "t.arrow"
    with pytest.raises(FileError) as refused:
        load_store(path)
    assert "several files" not in str(refused.value)
    fed, take = Fed(), Take(path, limits=Limits(bytes=50_000))
    fed.into(take, 60)
    fed.into(take, 60)
    take.close()
    (tmp_path / "other-0009.arrow").touch()
    with pytest.raises(FileError) as refused:
        notes_of(path)
    assert "open one: t-0001.arrow to t-0002.arrow" in str(refused.value)
    (tmp_path / "t-0001.arrow").unlink()
    with pytest.raises(FileError, match="it was recorded as t-0002"):
        notes_of(path)


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


def told(path: Path) -> list[tuple[object, ...]]:
    """What a file by itself tells of connections."""
    store, book = load_store(path), ConnectionBook()
    for batch in (*([store.standing] if store.standing is not None else []), *store.batches()):
        book.consume(batch)
    return [
        (one.id, one.state, one.connecting.name, one.listening.socket_type, [*one.connecting.topics], one.messages)
        for one in book
    ]


def opened_wires(store: Store, count: int) -> list[Wire]:
    """Subscribers that shook hands."""
    wires = [Wire(store, number) for number in range(1, count + 1)]
    for wire in wires:
        wire.opened()
        wire.shaken()
        wire.command("SUBSCRIBE", b"a")
    return wires


def test_each_file_begins_with_what_holds_of_open_connections(tmp_path: Path) -> None:
    store, seen = Store(), 1
    take = Take(tmp_path / "t.arrow", limits=Limits(bytes=1, most_files=2))

    def take_in() -> None:
        nonlocal seen
        for batch in store.since(seen):
            take.put(batch)
        seen = store.next_n
        wait_here_until(lambda: take.rows == store.captured)

    first, second = opened_wires(store, 2)
    take_in()
    for _ in range(3):
        first.messages([b"a", b"x"])
        take_in()
    first.event("CLOSED", "closed")
    take_in()
    killed = take.path.read_bytes()
    second.messages([b"a", b"x"])
    take_in()
    take.close()
    names_of = names(tmp_path)
    assert names_of == ["t-0005.arrow", "t-0006.arrow"]
    of_first = (1, "closed", "python3 12345", "PUB", [b"a"], 0)
    of_second = (2, "open", "python3 12345", "PUB", [b"a"])
    assert told(tmp_path / names_of[0]) == [of_first, (*of_second, 0)]
    assert told(tmp_path / names_of[1]) == [(*of_second, 1)]
    parts = [load_store(tmp_path / name) for name in names_of]
    assert [row for part in parts for row in part.rows(1, 1000)] == store.rows(seen - 2, 1000)
    assert not any("standing" in notes_of(tmp_path / name) for name in names_of)
    (tmp_path / names_of[0]).write_bytes(killed)
    assert told(tmp_path / names_of[0]) == [of_first, (*of_second, 0)]


def test_what_a_file_begins_with_is_not_counted_against_its_size(tmp_path: Path) -> None:
    store = Store()
    wires = opened_wires(store, 300)
    take = Take(tmp_path / "t.arrow", limits=Limits(bytes=12_000), before=store.batches())
    first = store.next_n
    for number in range(first, first + 3):
        wires[0].messages([b"a", b"x"])
        take.put(store.since(number)[0])
        wait_here_until(lambda: take.rows == store.next_n - first)
    take.close()
    (name,) = names(tmp_path)
    assert (tmp_path / name).stat().st_size > 15_000
    assert len(told(tmp_path / name)) == 300


def test_a_single_file_begins_with_what_held_before(tmp_path: Path) -> None:
    store = Store()
    opened_wires(store, 1)
    before = store.batches()
    first = store.next_n
    Wire(store).messages([b"a", b"x"])
    take = Take(tmp_path / "t.arrow", before=before)
    take.put(store.since(first)[0])
    take.close()
    assert told(take.path) == [(1, "open", "python3 12345", "PUB", [b"a"], 1)]
    assert load_store(take.path).rows(1, 100) == store.rows(first, 100)


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
