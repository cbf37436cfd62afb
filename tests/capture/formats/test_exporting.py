"""The door for writing: which rows, which format, stopping half-way; and the footers of hostile Parquet files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batches_of
from tests.helpers.captured import Feed
from zinspector.capture.files import load_store
from zinspector.capture.formats.exporting import FORMS, Form, export, form_of
from zinspector.capture.formats.footer import BadFooterError, read_footer
from zinspector.capture.formats.source import Picked, Source, kept_bytes
from zinspector.capture.message import Message, messages
from zinspector.capture.progress import CancelledError
from zinspector.capture.recording import Recording
from zinspector.capture.store import Store
from zinspector.errors import FileError


@settings(max_examples=60, deadline=None)
@given(found=ROWS, at=st.integers(0, 12), wanted=st.sets(st.integers(0, 14)))
def test_picked_rows_are_those_with_the_numbers(found: list[Message], at: int, wanted: set[int]) -> None:
    batches = batches_of(found, at)
    picked = Picked(batches, np.array(sorted(wanted), np.uint64))
    rows = [row for batch in picked for row in messages(batch)]
    assert rows == [row for batch in batches for row in messages(batch) if row.n in wanted]
    assert picked.rows == len(rows)


@settings(max_examples=60, deadline=None)
@given(found=ROWS, at=st.integers(0, 12), rows=st.integers(1, 5), size=st.integers(1, 60))
def test_slices_hold_all_rows_and_no_more_bytes_than_asked(found: list[Message], at: int, rows: int, size: int) -> None:
    batches, told = batches_of(found, at), list[float]()
    source = Source(batches, lambda share: told.append(share) is None, Path("c"))
    parts = list(source.slices(rows, size))
    assert [row.n for part in parts for row in messages(part)] == list(range(1, len(found) + 1))
    for part in parts:
        kept = [sum(map(len, row.frames)) for row in messages(part)]
        assert kept_bytes(part).tolist() == kept
        assert part.num_rows == 1 or (part.num_rows <= rows and sum(kept) <= size)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.suffix)
def test_stopping_half_way_leaves_what_was_there(tmp_path: Path, form: Form) -> None:
    store = Store()
    for _ in range(3):
        Feed(store).many(5000, b"t", b'{"a": 1}')
    path = tmp_path / f"c{form.suffix}"
    path.write_bytes(b"old")
    with pytest.raises(CancelledError):
        export(store.batches(), path, lambda share: share < 0.3 and form.suffix != ".arrow")  # small: one piece
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.suffix)
def test_a_file_that_is_recorded_into_is_left_alone(tmp_path: Path, form: Form) -> None:
    path = tmp_path / f"c{form.suffix}"
    recording = Recording(path)
    with pytest.raises(FileError, match="another zinspector records into this file"):
        export([], path)
    recording.close()


def test_formats_are_known_by_extension_in_any_case() -> None:
    assert [form_of(Path(f"a{form.suffix.upper()}")) for form in FORMS] == list(FORMS)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 2**32 - 1) | st.none())
def test_any_footer_is_read_or_refused(data: bytes, length: int | None) -> None:
    size = (len(data) if length is None else length).to_bytes(4, "little")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "c.parquet")
        path.write_bytes(b"PAR1" + data + size + b"PAR1")
        with pytest.raises(BadFooterError):
            read_footer(path)


def test_footers_say_what_the_file_holds(tmp_path: Path) -> None:
    store, path = Store(), tmp_path / "c.parquet"
    Feed(store).many(100_000, b"t", b"payload")
    export(store.batches(), path)
    footer = read_footer(path)
    assert footer.rows == 100_000
    assert sum(group.rows for group in footer.groups) == 100_000
    frames = [chunk for group in footer.groups for chunk in group.chunks if chunk.path[0] == "frames"]
    assert sum(chunk.values for chunk in frames) == 200_000
    assert not any(chunk.by_dictionary for chunk in frames)
    assert load_store(path).retained == 100_000
