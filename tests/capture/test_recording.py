"""Recording while it happens: one file from several recorders, readable at any moment, refused where it can't be."""

from __future__ import annotations

import resource
from pathlib import Path

import pyarrow as pa
import pytest

from tests.helpers.captured import Feed
from zinspector.capture.files import open_capture
from zinspector.capture.recording import Recording
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
    assert pa.ipc.open_file(path).schema.metadata[b"zinspector"] == b"test"


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
