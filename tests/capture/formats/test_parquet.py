"""Parquet: what other programs read of it, what other programs write, and files that lie about their size."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers.arbitrary import read
from tests.helpers.captured import Feed
from zinspector.capture.files import load_store
from zinspector.capture.formats import parquet
from zinspector.capture.formats.budget import Budget
from zinspector.capture.formats.exporting import export
from zinspector.capture.progress import CancelledError
from zinspector.capture.schema import SCHEMA
from zinspector.capture.store import Store
from zinspector.errors import FileError

MIB = 1 << 20


@pytest.fixture
def store() -> Store:
    store = Store()
    feed = Feed(store, max_frame=64)
    feed.messages([[b"weather.london", b'{"t": %d}' % n, b"\xff" * (n % 100)] for n in range(200)])
    feed.event("display", "CONNECTED")
    feed.command("display", "SUBSCRIBE", b"\1weather")
    return store


@pytest.fixture
def file(store: Store, tmp_path: Path) -> Path:
    path = tmp_path / "c.parquet"
    export(store.batches(), path)
    return path


def test_pandas_opens_it(file: Path) -> None:
    table = pd.read_parquet(file)
    assert len(table) == 202
    assert table.frames[1][1] == b'{"t": 1}'
    assert table.groupby("node")["size"].count().to_dict() == {"display": 202}
    assert table["n"].tolist() == list(range(1, 203))


def test_duckdb_opens_it(file: Path) -> None:
    query = f"select kind, count(*), max(length(true_sizes)) from '{file}' group by kind order by kind"
    assert duck(query) == "[('command', 1, None), ('event', 1, None), ('message', 200, 3)]\n"


def test_what_pandas_wrote_opens_again(file: Path, tmp_path: Path, store: Store) -> None:
    changed = tmp_path / "changed.parquet"
    table = pd.read_parquet(file)
    table[table["size"] > 50].to_parquet(changed)
    kept = [row for row in store.rows(1, 300) if row.size > 50]
    assert [row.frames for row in read(changed)] == [row.frames for row in kept]
    assert [row.connection for row in read(changed)] == [None] * len(kept)


def test_what_duckdb_wrote_opens_again(file: Path, tmp_path: Path, store: Store) -> None:
    changed = tmp_path / "changed.parquet"
    duck(f"copy (select * from '{file}' where kind = 'message') to '{changed}' (format parquet)")
    assert read(changed) == store.rows(1, 200)


def test_what_is_said_often_is_held_once(tmp_path: Path) -> None:
    """A dictionary says a megabyte ten thousand times in a file of some kilobytes; it is no bomb, and opens."""
    rows, path = 10_000, tmp_path / "often.parquet"
    pq.write_table(alike(rows, bytes(MIB)), path, use_dictionary=True, dictionary_pagesize_limit=4 * MIB)
    assert path.stat().st_size < MIB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    store = load_store(path)
    assert store.retained == rows
    assert store.row(rows).frames == (bytes(MIB),)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # KiB


def test_a_file_that_expands_to_more_than_there_is_memory_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    pq.write_table(alike(64, bytes(MIB)), path, use_dictionary=False, compression="zstd")
    assert path.stat().st_size < MIB
    told: list[float] = []
    with pytest.raises(FileError, match=r"64 MiB of memory, and 50 MiB can be had"):
        parquet.load(path, lambda share: told.append(share) is None, Budget(path, 50 * MIB))
    assert told == []


def test_a_file_that_claims_more_rows_than_anyone_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(alike(400_000, b""), path, compression="zstd", row_group_size=1 << 20)
    with pytest.raises(FileError, match="of memory"):
        parquet.load(path, None, Budget(path, 20 * MIB))


def test_texts_that_are_said_often_count_as_often(tmp_path: Path) -> None:
    path = tmp_path / "texts.parquet"
    table = alike(64, b"")
    anomalies = pa.array([["x" * MIB]] * 64, SCHEMA.field("anomalies").type)
    pq.write_table(table.set_column(13, "anomalies", anomalies), path, dictionary_pagesize_limit=4 * MIB)
    assert path.stat().st_size < MIB
    with pytest.raises(FileError, match="of memory"):
        parquet.load(path, None, Budget(path, 50 * MIB))


def test_every_cut_is_told(file: Path, tmp_path: Path) -> None:
    data, cut = file.read_bytes(), tmp_path / "cut.parquet"
    for end in range(4, len(data), max(1, len(data) // 400)):
        cut.write_bytes(data[:end])
        with pytest.raises(FileError, match="damaged"):
            load_store(cut)


def test_flipped_bits_never_crash_nor_change_what_is_shown(file: Path, tmp_path: Path, store: Store) -> None:
    data, path, chance = file.read_bytes(), tmp_path / "flipped.parquet", random.Random(4)
    right = [row.frames for row in store.rows(1, 300)]
    for _ in range(250):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            again = load_store(path)
        except FileError:
            continue
        assert [row.frames for row in again.rows(1, 300)] == right


@pytest.mark.parametrize("data", [b"PAR1", b"PAR1PAR1", b"PAR1" + bytes(1000) + b"PAR1", b"PAR1\xff\xff\xff\x7fPAR1"])
def test_hardly_a_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hardly.parquet"
    path.write_bytes(data)
    with pytest.raises(FileError, match="damaged"):
        load_store(path)


def test_other_tables_are_no_captures(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(FileError, match="not a zinspector capture"):
        load_store(path)
    pq.write_table(alike(2, b"").drop(["size", "kind"]), path)
    with pytest.raises(FileError, match="the columns kind, size are missing"):
        load_store(path)
    pq.write_table(alike(2, b"").replace_schema_metadata({"format": "zinspector-capture", "version": "99"}), path)
    with pytest.raises(FileError, match="newer zinspector"):
        load_store(path)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("frames", pa.array([["text"], ["text"]])),
        ("frames", pa.array([[1], [2]])),
        ("frames", pa.array([b"a", b"b"])),
        ("frames", pa.array([[b"a"], None])),
        ("frames", pa.array([[b"a"], [None]])),
        ("time_ns", pa.array(["a", "b"])),
        ("time_ns", pa.array([1, None])),
        ("node", pa.array([None, "a"])),
        ("node", pa.array([b"\xff", b"\xff"])),
        ("true_sizes", pa.array([[1, 2], [1]])),
        ("connection", pa.array([1 << 40, 1])),
    ],
)
def test_columns_that_can_not_be_are_told(tmp_path: Path, column: str, values: pa.Array) -> None:
    path = tmp_path / "odd.parquet"
    table = alike(2, b"x").drop([column]).append_column(column, values)
    pq.write_table(table, path)
    if pa.types.is_string(getattr(values.type, "value_type", pa.null())):
        assert read(path)[0].frames == (b"text",)
        return
    with pytest.raises(FileError, match="damaged"):
        load_store(path)


def test_opening_can_be_cancelled(file: Path) -> None:
    with pytest.raises(CancelledError):
        load_store(file, lambda _: False)


def duck(query: str) -> str:
    """What DuckDB answers, in a process of its own."""
    script = "import sys, duckdb; found = duckdb.sql(sys.argv[1]); print(found and found.fetchall())"
    return subprocess.run([sys.executable, "-c", script, query], capture_output=True, text=True, check=True).stdout


def alike(rows: int, frame: bytes) -> pa.Table:
    """Rows that are all the same, in plain types."""
    columns: dict[str, pa.Array] = {}
    for field in SCHEMA:
        if field.name == "frames":
            places = np.arange(rows + 1, dtype=np.int32)
            views = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([frame]))
            columns["frames"] = pa.ListArray.from_arrays(places, views)
        elif field.nullable:
            columns[field.name] = pa.nulls(rows, pa.utf8() if pa.types.is_dictionary(field.type) else field.type)
        elif pa.types.is_dictionary(field.type):
            columns[field.name] = pa.array(["in"] * rows)
        else:
            columns[field.name] = pa.array(np.zeros(rows, field.type.to_pandas_dtype()))
    return pa.table(columns)
