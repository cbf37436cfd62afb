"""One batch by itself: numbered anew, doubted beside the anomalies that it has, or replaced by events."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from tests.capture.test_store import fill
from zinspector.capture.arrow_piece import Piece
from zinspector.capture.checksum import checksum, checksum_of_others
from zinspector.capture.message import messages
from zinspector.capture.schema import SCHEMA
from zinspector.capture.store import Store

PATH = Path("r.arrow")
ANOMALIES = [["short-ping: 1"], None, ["error: a", "error: b"]]
DOUBT = "DOUBTFUL: r.arrow, batch 2: times, sizes or frames of messages 11 to 13 are damaged somewhere"


def batch(anomalies: list[list[str] | None] = ANOMALIES) -> pa.RecordBatch:
    store = Store()
    fill(store, [3])
    field = SCHEMA.field("anomalies")
    column = pa.array([["before"], *anomalies], field.type).slice(1)
    return store.batches()[0].set_column(SCHEMA.get_field_index("anomalies"), field, column)


def sums(rows: pa.RecordBatch) -> tuple[bytes, bytes]:
    return b"%016x" % checksum(rows), b"%016x" % checksum_of_others(rows)


def test_a_sound_batch_has_other_numbers_only() -> None:
    rows = batch()
    checked = Piece(PATH, 2, rows, *sums(rows)).checked(11)
    assert checked.column("n").to_pylist() == [11, 12, 13]
    assert checked.drop_columns("n") == rows.drop_columns("n")


def test_a_wrong_sum_is_one_more_anomaly_of_each_row() -> None:
    rows = batch()
    _, right = sums(rows)
    checked = Piece(PATH, 2, rows, b"0" * 16, right).checked(11)
    assert checked.column("anomalies").to_pylist() == [
        ["short-ping: 1", DOUBT],
        [DOUBT],
        ["error: a", "error: b", DOUBT],
    ]
    assert checked.column("frames") == rows.column("frames")
    checked.validate(full=True)


def test_rows_without_any_anomaly_are_doubted_as_well() -> None:
    rows = batch([None, None, None])
    right, _ = sums(rows)
    doubt = DOUBT.replace("times, sizes or frames", "columns beside times, sizes and frames")
    checked = Piece(PATH, 2, rows, right, b"0" * 16).checked(11)
    assert checked.column("anomalies").to_pylist() == [[doubt]] * 3


def test_what_can_not_be_read_is_an_event_a_row() -> None:
    rows = batch()
    place = SCHEMA.get_field_index("kind")
    broken = rows.set_column(place, pa.field("kind", pa.int64()), pa.nulls(3, pa.int64()))
    checked = Piece(PATH, 2, broken, *sums(rows)).checked(11)
    assert [(row.n, row.name) for row in messages(checked)] == [(11, "DAMAGED"), (12, "DAMAGED"), (13, "DAMAGED")]
    assert checked.column("time_ns") == rows.column("time_ns")
