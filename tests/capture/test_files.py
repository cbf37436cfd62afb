"""Captures on disk: round trips, recovery of what was cut, clear errors for everything else."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.test_store import fill
from tests.helpers.rows import SENT, Sent, record
from zinspector.capture.files import CancelledError, load_store, open_capture, save
from zinspector.capture.schema import SCHEMA
from zinspector.capture.store import Store
from zinspector.errors import FileError


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(SENT, max_size=5), max_size=4), st.sampled_from([4, 1 << 20]))
def test_what_is_saved_is_what_is_opened(batches: list[list[Sent]], max_frame: int) -> None:
    store = Store()
    record(batches, store, max_frame)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.arrow"
        assert save(store.batches(), path, {"note": "x"}) == store.retained
        again = load_store(path)
        assert again.rows(1, 1000) == store.rows(1, 1000)
        assert open_capture(path).schema.metadata is not None


DUCK = """
import sys, duckdb, pyarrow.feather
messages = pyarrow.feather.read_table(sys.argv[1])
print(duckdb.sql("select node, count(*), sum(size), max(frames[1])::varchar from messages group by node").fetchall())
"""


def test_other_programs_open_it_as_it_is(tmp_path: Path) -> None:
    store = Store()
    fill(store, [10, 20])
    path = tmp_path / "c.arrow"
    save(store.batches(), path)
    assert pyarrow.feather.read_table(path).num_rows == 30
    done = subprocess.run([sys.executable, "-c", DUCK, path], capture_output=True, text=True, check=True)
    assert done.stdout == f"[('a', 30, 600, '{19:020d}')]\n"


def test_every_cut_opens_up_to_the_last_whole_batch_or_says_why_not(tmp_path: Path) -> None:
    store = Store()
    fill(store, [2, 2, 2])
    whole = tmp_path / "whole.arrow"
    save(store.batches(), whole)
    data = whole.read_bytes()
    cut = tmp_path / "cut.arrow"
    counts = []
    for end in range(0, len(data), 7):
        cut.write_bytes(data[:end])
        try:
            counts.append(load_store(cut).captured)
        except FileError:
            counts.append(-1)
    assert set(counts) <= {-1, 0, 2, 4, 6}
    assert counts == sorted(counts)
    assert counts[-1] == 6


def test_flipped_bytes_never_crash(tmp_path: Path) -> None:
    store = Store()
    fill(store, [3, 3])
    path = tmp_path / "c.arrow"
    save(store.batches(), path)
    data = path.read_bytes()
    rng = random.Random(7)
    for _ in range(300):
        damaged = bytearray(data)
        damaged[rng.randrange(len(data))] ^= rng.randrange(1, 256)
        path.write_bytes(damaged)
        try:
            loaded = load_store(path)
            loaded.rows(1, 10)
        except FileError:
            continue


@pytest.mark.parametrize("data", [b"", b"hello", b"ARROW1\0\0", b"ARROW1\0\0garbage that goes on", b"PK\x03\x04"])
def test_what_is_no_capture_is_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.arrow"
    path.write_bytes(data)
    with pytest.raises(FileError, match=str(path)):
        load_store(path)


def test_an_arrow_file_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    pyarrow.feather.write_feather(pa.table({"a": [1]}), path, compression="uncompressed")
    with pytest.raises(FileError, match="not a zinspector capture"):
        open_capture(path)


def test_a_newer_capture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    schema = SCHEMA.with_metadata({b"format": b"zinspector-capture", b"version": b"99"})
    with pa.ipc.new_file(str(path), schema):
        pass
    with pytest.raises(FileError, match="newer zinspector"):
        open_capture(path)


def test_cancelling_leaves_the_old_file(tmp_path: Path) -> None:
    store = Store()
    fill(store, [5, 5])
    path = tmp_path / "c.arrow"
    path.write_bytes(b"old")
    with pytest.raises(CancelledError):
        save(store.batches(), path, progress=lambda share: False)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.arrow"]


def test_saving_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="can't be written"):
        save([], tmp_path / "missing" / "c.arrow")
