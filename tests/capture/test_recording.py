"""Recording while it happens: one file from several recorders, readable at any moment, refused where it can't be."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from tests.helpers.captured import Feed
from tests.helpers.full_disk import files_end_at
from zinspector.capture.arrow_file import ArrowFile
from zinspector.capture.files import load_store, open_capture
from zinspector.capture.recording import NONE_MISSING, Recording
from zinspector.capture.store import Store
from zinspector.errors import FileError


def feeds() -> tuple[Store, Feed, Feed]:
    """A store, and two recorders with words of their own."""
    store = Store()
    return store, Feed(store), Feed(store)


def test_batches_of_several_recorders_with_growing_words(tmp_path: Path) -> None:
    store, one, two = feeds()
    path = tmp_path / "traffic.arrow"
    recording = Recording(path, {"zinspector": "test"})
    for number in range(5):
        one.messages([[b"a%d" % number]], node=f"one-{number}")
        two.messages([[b"b%d" % number, b"x" * 100]], node=f"two-{number % 2}", types=("PUSH", None))
        one.event("one-0", f"EVENT{number}")
    for batch in store.batches():
        recording.append(batch)
    recording.close()
    assert recording.rows == 15
    table = open_capture(path)
    assert table.to_pylist() == store.table().to_pylist()
    reader = pa.ipc.open_file(path)
    assert reader.schema.metadata[b"zinspector"] == b"test"
    assert reader.read_all().num_rows == 15
    assert reader.stats.num_dictionary_deltas == 0, "polars reads none"


def test_a_file_that_was_never_closed_has_all_its_batches(tmp_path: Path) -> None:
    store, one, two = feeds()
    path = tmp_path / "cut.arrow"
    recording = Recording(path)
    one.messages([[b"a"]])
    two.messages([[b"b"]], node="other")
    for batch in store.batches():
        recording.append(batch)
    assert open_capture(path).num_rows == 2
    recording.close()


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.arrow")
    with pytest.raises(FileError, match="another zinspector records"):
        Recording(tmp_path / "a.arrow")
    recording.close()
    Recording(tmp_path / "a.arrow").close()
    with pytest.raises(FileError, match="can't be written"):
        Recording(tmp_path / "none" / "a.arrow")


def test_a_full_disk_is_told_and_what_was_written_stays(tmp_path: Path) -> None:
    store, one, _ = feeds()
    path = tmp_path / "full.arrow"
    recording = Recording(path)
    one.messages([[b"first"]])
    recording.append(store.batches()[0])
    with files_end_at(path.stat().st_size + 1000):
        one.messages([[bytes(100_000)]])
        with pytest.raises(FileError, match="File too large"):
            recording.append(store.batches()[1])
        recording.close()
    assert open_capture(path)["frames"].to_pylist() == [[b"first"]]


def recorded(path: Path, store: Store) -> Recording:
    """A whole recording, written batch by batch."""
    with closing(Recording(path)) as recording:
        for batch in store.batches():
            recording.append(batch)
    return recording


def test_whichever_write_is_refused_what_was_written_before_stays(tmp_path: Path) -> None:
    store, one, _ = feeds()
    for number in range(6):
        one.messages([[b"%d" % number, bytes(700)]])
    whole = recorded(tmp_path / "whole.arrow", store)
    counts = []
    for limit in range(0, whole.bytes, 97):
        path = tmp_path / f"{limit}.arrow"
        with pytest.raises(FileError, match="can't be written: File too large"), files_end_at(limit):
            recorded(path, store)
        if path.exists():
            opened = load_store(path)
            assert opened.rows(1, 100) == store.rows(1, opened.retained)
            counts.append(opened.retained)
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2, 3, 4, 5, 6}


def test_only_its_own_digits_are_written_over(tmp_path: Path) -> None:
    notes = {"a": NONE_MISSING, "drawing": f"x{NONE_MISSING}{NONE_MISSING}", "zinspector": NONE_MISSING}
    path = tmp_path / "digits.arrow"
    with closing(Recording(path, notes)) as recording, files_end_at(recording.bytes):
        with pytest.raises(FileError, match="File too large"):
            recording.finish()
        recording.miss(17)
    found = ArrowFile(path)
    assert found.lacks == 17
    assert found.notes | notes == found.notes


def test_a_recording_that_can_not_begin_leaves_the_old_one(tmp_path: Path) -> None:
    store, one, _ = feeds()
    one.messages([[b"old"]])
    path = tmp_path / "a.arrow"
    recording = Recording(path)
    recording.append(*store.batches())
    recording.close()
    with files_end_at(100), pytest.raises(FileError, match="File too large"):
        Recording(path)
    assert load_store(path).rows(1, 10) == store.rows(1, 10)
    assert [each.name for each in tmp_path.iterdir()] == ["a.arrow"]


def test_a_recording_without_rows_opens_at_any_time(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.arrow")
    assert load_store(recording.path).retained == 0
    recording.close()
    assert load_store(recording.path).remarks == []
