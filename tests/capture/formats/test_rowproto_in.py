"""Rows read as columns are those that Protobuf reads; what is odd is left to it."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.writer import Writer

from tests.helpers.arbitrary import ROWS, batch_of, batches_of, read
from zinspector.capture.byte_columns import BYTES
from zinspector.capture.formats import rowproto
from zinspector.capture.formats.rowproto_in import unpacked
from zinspector.capture.message import Message, messages

WHOLE = {"n": 7, "time_ns": 5, "node": "a", "direction": "in", "kind": "message", "size": 3, "frames": [b"abc"]}


def by_protobuf(rows: list[bytes]) -> list[tuple[object, ...]]:
    return [rowproto.unpacked(row) for row in rows]


def in_columns(batch: pa.RecordBatch) -> list[tuple[object, ...]]:
    columns = [column.to_pylist() for column in batch.columns]
    return list(zip(*columns, strict=True))


@settings(max_examples=100, deadline=None)
@given(found=ROWS, at=st.integers(0, 12))
def test_any_rows_are_read_together(found: list[Message], at: int) -> None:
    for batch in batches_of(found, at):
        again = unpacked(rowproto.packed(batch))
        assert again is not None
        assert list(messages(again)) == list(messages(batch))


@settings(max_examples=300, deadline=None)
@given(found=ROWS, chance=st.randoms(use_true_random=False))
def test_damaged_rows_are_those_of_protobuf(found: list[Message], chance: random.Random) -> None:
    rows = rowproto.packed(batch_of(found)).to_pylist()
    for place in range(len(rows)):
        row = bytearray(rows[place])
        row[chance.randrange(len(row))] ^= 1 << chance.randrange(8)
        rows[place] = bytes(row[: chance.randrange(len(row) + 1)] if chance.random() < 0.3 else row)
        together = unpacked(pa.array(rows, BYTES))
        if together is not None:
            assert in_columns(together) == by_protobuf(rows)


@pytest.mark.parametrize(
    "odd",
    [
        b"\xff" * 11,
        b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x08" + b"\x80" * 10 + b"\1",
        b"\x1a\5abc",
        b"\x08",
        b"\x72\1\xff",
        b"\x1a\1\xff",
    ],
)
def test_what_is_no_row_is_left_alone(odd: bytes) -> None:
    whole = rowproto.ROW(**WHOLE).SerializeToString()
    assert unpacked(pa.array([whole, whole], BYTES)) is not None
    assert unpacked(pa.array([whole, odd, whole], BYTES)) is None


def test_rows_in_another_order_are_read_one_by_one(tmp_path: Path) -> None:
    whole = rowproto.ROW(**WHOLE).SerializeToString()
    last = rowproto.ROW(node="b").SerializeToString()
    long = rowproto.ROW(**{**WHOLE, "size": 100, "frames": [b"x"] * 100}).SerializeToString()
    rows = [whole, whole + last, b"\xff", long]
    assert unpacked(pa.array(rows[:2], BYTES)) is None
    path = tmp_path / "odd.mcap"
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start("zinspector")
        channel = writer.register_channel("zinspector/rows", "protobuf", 0)
        for row in rows:
            writer.add_message(channel, 0, row, 0)
        writer.finish()
    assert [(row.node, len(row.frames)) for row in read(path)] == [("a", 1), ("b", 1), ("a", 100)]


def test_rows_without_a_number_begin_at_1(tmp_path: Path) -> None:
    path = tmp_path / "c.mcap"
    row = rowproto.ROW(**{key: WHOLE[key] for key in WHOLE if key != "n"}).SerializeToString()
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start("zinspector")
        channel = writer.register_channel("zinspector/rows", "protobuf", 0)
        for _ in range(2):
            writer.add_message(channel, 0, row, 0)
        writer.finish()
    assert [row.n for row in read(path)] == [1, 2]


def test_many_frames_are_read_together() -> None:
    rows = [rowproto.ROW(**{**WHOLE, "frames": [b"x"] * count}).SerializeToString() for count in (0, 60, 1)]
    together = unpacked(pa.array(rows, BYTES))
    assert together is not None
    assert in_columns(together) == by_protobuf(rows)
