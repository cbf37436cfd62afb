"""A store whose rows are in files: they come back the same, go when they are too many, and survive a full disk."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from tests.helpers.rows import SENT, Sent, record
from tests.helpers.waiting import wait_here_until
from zinspector.capture import spill as spilling
from zinspector.capture.clock import Clock
from zinspector.capture.spill import Spill
from zinspector.capture.store import Store
from zinspector.capture.writer import MOST_WORDS, OTHERS, Recorder

SMALL = 1 << 16


@contextmanager
def spilled(folder: Path, retention: int = 1 << 30) -> Iterator[tuple[Store, Spill]]:
    """A store that spills into a folder."""
    spill = Spill(folder)
    try:
        yield Store(retention, spill), spill
    finally:
        spill.close()


def filled(path: Path) -> None:
    """Write to a file until the disk is full."""
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 12)):
            pass


@pytest.fixture(autouse=True)
def _small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilling, "SEGMENT_BYTES", SMALL)
    monkeypatch.setattr(spilling, "SMALL_BYTES", SMALL // 2)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(SENT, max_size=5), max_size=6), st.integers(1, 4))
def test_rows_come_back_as_they_went(batches: list[list[Sent]], segment: int) -> None:
    plain = Store()
    clock = record(batches, plain)
    with tempfile.TemporaryDirectory() as folder, spilled(Path(folder)) as (store, spill):
        for number, batch in enumerate(plain.batches()):
            store.append(batch)
            if number % segment == 0:
                spill.settle()
        spill.settle()
        assert store.rows(1, 1000) == plain.rows(1, 1000)
        assert clock


def test_full_segments_are_mapped_and_old_ones_deleted(tmp_path: Path) -> None:
    with spilled(tmp_path, retention=5 * SMALL) as (store, spill):
        feed = Feed(store)
        for number in range(60):
            feed.messages([[b"topic", b"%05d" % number, bytes(8000)]])
            spill.settle()
            assert store.captured == number + 1 == store.retained + store.evicted
        kept = [row.frames[1] for row in store.rows(store.first_n, 100)]
        assert kept == [b"%05d" % number for number in range(store.first_n - 1, 60)]
        assert 5 < store.retained < 60
        held = store.batches()[0]
        before = held.to_pylist()
        for _ in range(60):
            feed.messages([[bytes(8000)]])
            spill.settle()  # else it may all be one segment, which is kept whole
        assert held.to_pylist() == before, "a batch that was handed out stays valid"
        wait_here_until(lambda: sum(path.stat().st_size for path in tmp_path.iterdir()) < 8 * SMALL)
        assert store.retained_bytes <= 5 * SMALL + 9000


def test_little_traffic_makes_few_files_and_few_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilling, "SEGMENT_BATCHES", 20)
    with spilled(tmp_path) as (store, spill):
        feed = Feed(store)
        for number in range(300):
            feed.messages([[b"%d" % number]])
            if number % 20 == 0:
                spill.settle()
        spill.settle()
        assert [row.frames for row in store.rows(1, 300)] == [(b"%d" % number,) for number in range(300)]
        assert len(store.batches()) < 60
        assert len(list(tmp_path.iterdir())) < 8


def test_clearing_deletes_the_files(tmp_path: Path) -> None:
    with spilled(tmp_path) as (store, spill):
        feed = Feed(store)
        for _ in range(20):
            feed.messages([[bytes(8000)]])
        spill.settle()
        assert list(tmp_path.iterdir())
        store.clear()
        wait_here_until(lambda: not list(tmp_path.iterdir()))
        (n,) = feed.messages([[b"again"]])
        spill.settle()
        assert store.rows(1, 100)[0].n == n == 21


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", folder]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk takes root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_on_a_full_disk_the_oldest_rows_make_room(disk: Path) -> None:
    with spilled(disk) as (store, spill):
        feed = Feed(store)
        for number in range(300):
            feed.messages([[b"%05d" % number, bytes(8000)]])
            spill.settle()
        assert not store.trouble
        assert store.captured == 300 == store.retained + store.evicted
        assert 30 < store.retained < 200
        assert [row.frames[0] for row in store.rows(1, 300)] == [b"%05d" % n for n in range(store.first_n - 1, 300)]


def test_a_disk_that_others_filled_is_told_and_used_again(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zinspector.capture.store.REFUSED_BYTES", 100_000)
    with spilled(disk) as (store, spill):
        filled(disk / "ballast")
        feed = Feed(store)
        for number in range(50):
            feed.messages([[b"%05d" % number, bytes(8000)]])
            spill.settle()
        assert str(disk) in store.trouble
        assert "No space left" in store.trouble
        assert store.captured == 50 == store.retained + store.evicted
        assert 5 < store.retained < 15
        (disk / "ballast").unlink()
        wait_here_until(lambda: not store.trouble)
        feed.messages([[b"on disk"]])
        spill.settle()
        assert [row.n for row in store.rows(1, 100)] == list(range(store.first_n, 52))
        assert sum(path.stat().st_size for path in disk.iterdir()) > 40_000


def test_a_folder_that_vanishes_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    with spilled(folder) as (store, spill):
        folder.rmdir()
        feed = Feed(store)
        feed.messages([[b"a"]])
        spill.settle()
        assert str(folder) in store.trouble
        assert store.rows(1, 1)[0].frames == (b"a",)
        folder.mkdir()
        wait_here_until(lambda: not store.trouble)


def test_words_that_a_peer_makes_up_are_bounded() -> None:
    recorder = Recorder(Clock())
    for number in range(MOST_WORDS + 10):
        recorder.add_command("a", f"COMMAND-{number}", [], number)
    batch = recorder.flush()
    names = batch.column("name")
    assert len(names.dictionary) <= MOST_WORDS + 1
    assert names[0].as_py() == "COMMAND-0"
    assert names[-1].as_py() == OTHERS


def test_a_million_topics_are_no_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilling, "SEGMENT_BYTES", 16 << 20)
    with spilled(tmp_path) as (store, spill):
        feed = Feed(store)
        for start in range(0, 1_000_000, 100_000):
            feed.messages([[b"topic.%d" % number] for number in range(start, start + 100_000)])
        spill.settle()
        assert store.retained == 1_000_000
        row = store.row(987_654)
        assert row is not None
        assert row.topic == "topic.987653"
        words = [len(batch.column("node").dictionary) for batch in store.batches()]
        assert max(words) <= 2
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 120_000_000
