"""Whose file it is, and when a new one takes the name of the old one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zinspector.capture import locking
from zinspector.errors import FileError


@contextmanager
def new(path: Path) -> Iterator[locking.NewFile]:
    made = locking.new_file(path)
    try:
        yield made
    finally:
        made.release()


def test_the_old_file_stands_until_the_new_one_takes_its_name(tmp_path: Path) -> None:
    path = tmp_path / "c.arrow"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with path.open("rb") as reader, new(path) as made:
        made.file.write(b"new")
        assert path.read_bytes() == b"old"
        assert not made.holds(path)
        made.take_name()
        assert made.holds(path)
        assert path.read_bytes() == b"new"
        assert path.stat().st_mode & 0o777 == 0o640
        assert reader.read() == b"old"  # who has it open goes on with it
    assert [each.name for each in tmp_path.iterdir()] == ["c.arrow"]


def test_a_file_that_is_given_up_leaves_the_old_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "c.arrow"
    path.write_bytes(b"old")
    locking.new_file(path).give_up()
    assert [each.name for each in tmp_path.iterdir()] == ["c.arrow"]
    assert path.read_bytes() == b"old"


def test_a_file_that_somebody_writes_is_refused_until_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "c.arrow"
    with new(path) as made:
        made.take_name()
        assert locking.taken(path)
        assert locking.try_lock(path) is None
        with pytest.raises(FileError, match=r"another zinspector records into this file"):
            locking.new_file(path)
    assert not locking.taken(path)
    lock = locking.try_lock(path)
    assert lock is not None
    assert locking.taken(path)
    lock.release()


@pytest.mark.parametrize(("name", "told"), [("", "not a file"), ("none/c.arrow", "can't be written: No such file")])
def test_a_place_that_takes_no_file_is_told(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(FileError) as caught:
        locking.new_file(tmp_path / name)
    assert told in caught.value.text
    assert caught.value.where == str(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_cut_and_written_over_in_place(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_bytes(b"0123456789")
    with path.open("r+b") as file:
        lock = locking.Lock(file)
        lock.truncate(6)
        lock.overwrite(2, b"ab")
    assert path.read_bytes() == b"01ab45"
