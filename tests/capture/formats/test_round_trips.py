"""What is written in a format is what is read again: any rows at all, and those of real captures."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batch_of, batches_of, numbered, read
from tests.helpers.messages import message
from tests.helpers.places import shared
from tests.helpers.wired import Wire
from zinspector.capture.files import load_store, notes_of
from zinspector.capture.formats.exporting import FORMS, export
from zinspector.capture.formats.source import Picked
from zinspector.capture.held import HIGHEST
from zinspector.capture.message import Message, messages
from zinspector.capture.standing import Standing
from zinspector.capture.store import Store

LOSSLESS = [".arrow", ".parquet", ".mcap", ".jsonl"]
NOTED = [".arrow", ".parquet", ".mcap"]
NUMBERS = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 7, 7, HIGHEST - 1, HIGHEST, 2**63, 2**64 - 1])
CAPTURES = ["apps/jupyter.pcap", "apps/pyomq.pcap", "zguide/task.pcap", "apps/sec_ironhouse.pcap", "zguide/rtreq.pcap"]


@pytest.mark.parametrize("suffix", LOSSLESS)
@settings(max_examples=40, deadline=None)
@given(found=ROWS, at=st.integers(0, 12))
def test_any_rows_come_back(suffix: str, found: list[Message], at: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"c{suffix}")
        done = export(batches_of(found, at), path)
        assert (done.rows, done.lost) == (len(found), ())
        assert (read(path) if found or suffix != ".jsonl" else []) == numbered(found)


@pytest.mark.parametrize("suffix", LOSSLESS)
@settings(max_examples=40, deadline=None)
@given(found=ROWS, at=st.integers(0, 12), first=st.integers(1, HIGHEST - 1))
def test_numbers_are_kept(suffix: str, found: list[Message], at: int, first: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"c{suffix}")
        export(batches_of(found, at, first), path)
        assert (read(path) if found or suffix != ".jsonl" else []) == numbered(found, first)


@pytest.mark.parametrize("suffix", LOSSLESS)
@settings(max_examples=40, deadline=None)
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=12), at=st.integers(0, 12))
def test_only_the_first_number_is_believed_and_only_if_it_can_be(suffix: str, numbers: list[int], at: int) -> None:
    found = [message(b"%d" % place, n=n) for place, n in enumerate(numbers)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"c{suffix}")
        export([batch_of(part) for part in (found[:at], found[at:]) if part], path)
        assert read(path) == numbered(found, numbers[0] if 0 < numbers[0] < HIGHEST else 1)


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_the_rows_of_a_filter_count_on_from_the_number_of_the_first(tmp_path: Path, suffix: str) -> None:
    batch, path = batch_of([message(b"x", n=n) for n in range(500, 600)]), tmp_path / f"c{suffix}"
    export(Picked([batch], np.array([520, 521, 590], np.uint64)), path)
    assert [row.n for row in read(path)] == [520, 521, 522]


@pytest.mark.parametrize("name", CAPTURES)
@pytest.mark.parametrize("suffix", LOSSLESS)
def test_a_real_capture_comes_back(tmp_path: Path, suffix: str, name: str) -> None:
    store = load_store(shared(f"captures/{name}"))
    path = tmp_path / f"c{suffix}"
    export(store.batches(), path)
    assert read(path) == store.rows(1, store.retained)


@pytest.mark.parametrize("suffix", NOTED)
def test_notes_are_kept(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"c{suffix}"
    assert export([], path, metadata={"drawing": '{"ä": "\\u0000"}'}).lost == ()
    assert notes_of(path)["drawing"] == '{"ä": "\\u0000"}'
    assert read(path) == []


@pytest.mark.parametrize("form", [form for form in FORMS if form.suffix not in NOTED])
def test_that_a_drawing_is_lost_is_said(tmp_path: Path, form: object) -> None:
    path = tmp_path / f"c{form.suffix}"
    lost = export([], path, metadata={"drawing": "{}"}).lost
    assert any("drawing" in text for text in lost) or "can't be opened" in lost[0]


def begun() -> Store:
    """Two connections that are open, one of them subscribed, and one that is closed."""
    store = Store()
    for number in (1, 2, 3):
        wire = Wire(store, number)
        wire.opened()
        wire.shaken()
    Wire(store, 3).event("CLOSED")
    Wire(store, 2).command("SUBSCRIBE", b"a")
    return store


def standing_of(store: Store) -> pa.RecordBatch:
    kept = Standing()
    kept.consume(store.batches())
    rows = kept.rows()
    assert rows is not None
    return rows


@pytest.mark.parametrize("suffix", NOTED)
def test_what_held_before_the_first_row_is_carried_on(tmp_path: Path, suffix: str) -> None:
    rows, path = standing_of(begun()), tmp_path / f"c{suffix}"
    assert export([batch_of([message(b"x", n=500)])], path, standing=rows).lost == ()
    came = load_store(path)
    assert came.standing is not None
    assert [*messages(came.standing)] == [replace(row, n=0) for row in messages(rows)]
    assert [(row.n, row.frames) for row in read(path)] == [(500, (b"x",))]
    assert "standing" not in notes_of(path)


@pytest.mark.parametrize(("suffix", "where"), [(".jsonl", "lines of JSON"), (".pcapng", "pcapng")])
def test_that_it_is_lost_is_said(tmp_path: Path, suffix: str, where: str) -> None:
    lost = export([], tmp_path / f"c{suffix}", standing=standing_of(begun())).lost
    assert any(text.startswith("What was noted of the 2 connections") and text.endswith(f"{where}.") for text in lost)


@pytest.mark.parametrize("suffix", [".parquet", ".mcap"])
def test_a_damaged_note_costs_only_itself(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"c{suffix}"
    export([batch_of([message(b"x", n=7)])], path, metadata={"standing": "\u2026no rows"})
    assert load_store(path).standing is None
    assert [row.n for row in read(path)] == [7]


@settings(max_examples=40, deadline=None)
@given(found=ROWS, at=st.integers(0, 12))
def test_pcapng_takes_any_rows(found: list[Message], at: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "c.pcapng")
        assert export(batches_of(found, at), path).rows == len(found)
        again = load_store(path)
        told = [row for row in again.rows(1, again.retained) if row.name in ("DAMAGED", "GAP")]
        assert told == []


@settings(max_examples=40, deadline=None)
@given(found=ROWS, at=st.integers(0, 12))
def test_messages_of_a_pcapng_are_the_same_messages(found: list[Message], at: int) -> None:
    plain = [
        Message(
            *(0, 10**18 + place, "t1", None, 1 + place % 2, "connect->bind" if place % 3 else "bind->connect"),
            *("message", None, "DEALER", "DEALER", sum(map(len, row.frames)), row.frames),
            *(tuple(map(len, row.frames)), ()),
        )
        for place, row in enumerate([row for row in found if row.frames])
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t1.pcapng")
        export(batches_of(plain, at), path)
        assert spoken(read(path)) == spoken(plain)


def spoken(found: list[Message]) -> dict[object, list[object]]:
    """Messages and their times, by connection and direction."""
    said = defaultdict(list)
    for row in found:
        if row.kind == "message":
            said[row.connection, row.direction, row.from_type].append((row.time_ns, row.frames))
    return said


@settings(max_examples=30, deadline=None)
@given(found=ROWS)
def test_csv_has_a_line_for_each_row_and_no_formula(found: list[Message]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "c.csv")
        export(batches_of(found, 3), path)
        lines = path.read_text().split("\n")
        assert len(lines) == len(found) + 2
        assert not any(cell.lstrip('"').startswith(("=", "@")) for line in lines for cell in line.split(",")[2:10])


def test_lines_of_json_are_those_of_the_contract(tmp_path: Path) -> None:
    store = load_store(shared("captures/apps/pyomq.pcap"))
    path = tmp_path / "c.jsonl"
    decoded = '[{"frame": 0, "decoder": "x", "value": 1}]'
    export(store.batches(), path, decode=lambda batch: [decoded] * batch.num_rows)
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [record["n"] for record in records] == list(range(1, store.retained + 1))
    assert records[3]["decoded"] == [{"frame": 0, "decoder": "x", "value": 1}]
    assert records[-1] | {"decoded": []} == store.rows(store.retained, 1)[0].as_json()
