"""Batches that are looked at when they are taken: checked once, and what a first look may say before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from tests.helpers.captured import Feed
from zinspector.capture.arrow_piece import DAMAGED, Piece
from zinspector.capture.held import Held
from zinspector.capture.schema import SCHEMA
from zinspector.capture.store import Store


def rows() -> pa.RecordBatch:
    store = Store()
    Feed(store).messages([(b"a", b"x" * size) for size in (5, 1, 3)])
    return store.batches()[0]


def held(batch: pa.RecordBatch, start: int = 1) -> Held:
    return Held(start, Piece(Path("r.arrow"), 1, batch, None, None), 0)


def replaced(batch: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(name), pa.field(name, column.type), column)


def without_frames(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Rows that can't be read: their frames are missing."""
    return replaced(batch, "frames", pa.nulls(batch.num_rows, SCHEMA.field("frames").type))


def test_a_look_before_it_is_checked() -> None:
    one = held(rows())
    seen = one.peek("size", "kind")
    assert not one.checked
    assert seen.schema.names == ["size", "kind"]
    assert seen.column("size").to_pylist() == [6, 2, 4]
    assert one.batch() is one.batch() is one.peek("size")
    assert one.checked
    assert not one.damaged


def test_a_look_at_some_of_the_rows() -> None:
    one = held(rows(), 11)
    later = one.since(12)
    assert later.peek("size").column("size").to_pylist() == [2, 4]
    assert not later.checked
    assert later.batch().column("n").to_pylist() == [12, 13]
    assert one.checked


def test_what_proves_damaged_had_other_columns_before() -> None:
    one = held(without_frames(rows()))
    later = one.since(2)
    assert one.peek("kind").column("kind").to_pylist() == ["message"] * 3
    assert not one.damaged
    assert one.batch().column("name").to_pylist() == [DAMAGED] * 3
    assert one.peek("kind").column("kind").to_pylist() == ["event"] * 3
    assert one.damaged
    assert later.damaged


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("size", pa.array([1, None, 3])),
        ("size", pa.array([1.5, 2.5, 3.5])),
        ("kind", pa.array(["message"] * 3)),
        ("kind", pa.DictionaryArray.from_arrays(pa.array([0, 7, 0], pa.int32()), pa.array(["message"]), safe=False)),
    ],
)
def test_a_column_that_can_be_none_is_not_seen_before_it_is_checked(name: str, column: pa.Array) -> None:
    one = held(replaced(rows(), name, column))
    assert one.peek(name).num_columns == len(SCHEMA)
    assert one.checked


def test_two_threads_check_once() -> None:
    one = held(rows())
    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(lambda _: one.batch(), range(16))
    assert all(other is first for other in others)
