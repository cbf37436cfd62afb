"""Recording while it happens: one file from several recorders, readable at any moment, refused where it can't be."""

from __future__ import annotations

import resource
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest

from tests.helpers.captured import Feed
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
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 1000, before[1]))
    try:
        one.messages([[bytes(100_000)]])
        with pytest.raises(FileError, match="File too large"):
            recording.append(store.batches()[1])
        recording.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert open_capture(path)["frames"].to_pylist() == [[b"first"]]


def test_whichever_write_is_refused_what_was_written_before_stays(tmp_path: Path) -> None:
    store, one, _ = feeds()
    for number in range(6):
        one.messages([[b"%d" % number, bytes(700)]])
    whole = Recording(tmp_path / "whole.arrow")
    for batch in store.batches():
        whole.append(batch)
    whole.close()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    counts = []
    for limit in range(0, whole.bytes, 97):
        path = tmp_path / f"{limit}.arrow"
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        try:
            with closing(Recording(path)) as recording:
                for batch in store.batches():
                    recording.append(batch)
        except FileError as error:
            refused = str(error)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert "can't be written: File too large" in refused
        if path.exists():
            opened = load_store(path)
            assert opened.rows(1, 100) == store.rows(1, opened.retained)
            counts.append(opened.retained)
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2, 3, 4, 5, 6}


def test_only_its_own_digits_are_written_over(tmp_path: Path) -> None:
    notes = {"a": NONE_MISSING, "drawing": f"x{NONE_MISSING}{NONE_MISSING}", "zinspector": NONE_MISSING}
    path = tmp_path / "digits.arrow"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(Recording(path, notes)) as recording:
        resource.setrlimit(resource.RLIMIT_FSIZE, (recording.bytes, before[1]))
        try:
            with pytest.raises(FileError, match="File too large"):
                recording.finish()
            recording.miss(17)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
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
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(FileError, match="File too large"):
            Recording(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert load_store(path).rows(1, 10) == store.rows(1, 10)
    assert [each.name for each in tmp_path.iterdir()] == ["a.arrow"]


def test_a_recording_without_rows_opens_at_any_time(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.arrow")
    assert load_store(recording.path).retained == 0
    recording.close()
    assert load_store(recording.path).remarks == []
