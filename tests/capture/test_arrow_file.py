"""Captures read where they lie: cut, damaged, hostile and enormous ones (hostile.md F1, F4, F7, F8)."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.capture.test_store import fill
from tests.helpers.captured import Feed
from zinspector.capture.arrow_file import ArrowFile
from zinspector.capture.checksum import checksum_of_others
from zinspector.capture.files import load_store, save
from zinspector.capture.message import Message
from zinspector.capture.recording import Recording
from zinspector.capture.remarks import remarks
from zinspector.capture.schema import SCHEMA
from zinspector.capture.store import Store
from zinspector.errors import FileError


@pytest.fixture
def store() -> Store:
    """Three batches of rows of all kinds."""
    store = Store()
    feed = Feed(store)
    for number in range(3):
        feed.messages([[b"weather.london", b"%d" % number * 30], [], [b"short"]])
        feed.event("display", "CONNECTED")
    return store


@pytest.fixture
def path(tmp_path: Path, store: Store) -> Path:
    """A recording of them that was never finished."""
    recording = Recording(tmp_path / "r.arrow")
    for batch in store.batches():
        recording.append(batch)
    data = recording.path.read_bytes()
    recording.close()
    cut = tmp_path / "cut.arrow"
    cut.write_bytes(data)
    return cut


def rows(path: Path) -> list[Message]:
    opened = load_store(path)
    return opened.rows(1, opened.retained)


def doubted(row: Message) -> bool:
    return any(anomaly.startswith("DOUBTFUL: ") for anomaly in row.anomalies)


def test_cut_anywhere_all_whole_batches_are_there(path: Path, store: Store) -> None:
    data, whole = path.read_bytes(), store.rows(1, 100)
    counts = []
    for end in (*range(0, len(data) - 300, 23), *range(len(data) - 300, len(data) + 1)):  # the header of the last batch
        path.write_bytes(data[:end])
        try:
            opened = load_store(path)
        except FileError:
            counts.append(-1)
            continue
        found = opened.rows(1, 100)
        assert found == whole[: len(found)]
        counts.append(len(found))
        (remark,) = opened.remarks
        assert remark.startswith("the end is missing")
    assert counts == sorted(counts)
    assert counts[-1] == 12
    assert {-1, 0, 3, 4, 7, 8, 11, 12} == set(counts)


def test_what_was_being_written_last_is_counted(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-20])  # the last batch is one event
    (remark,) = load_store(path).remarks
    assert remark == (
        "the end is missing after message 11: it was not closed; the 1 messages that were being written last are lost"
    )


def test_who_has_only_the_first_bytes_is_told_what_to_do(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(FileError, match=r"damaged before its first message: .* \(copy the file again, or take the"):
        load_store(path)


def test_a_tail_of_zeros_or_noise_is_cut(path: Path, store: Store) -> None:
    data = path.read_bytes()
    for tail in (bytes(4096), b"\xff" * 4096, random.Random(1).randbytes(4096), b"\xff\xff\xff\xff\xf0\xff\xff\x7f"):
        path.write_bytes(data + tail)
        assert rows(path) == store.rows(1, 100)


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.9])
def test_a_footer_that_is_half_written_costs_nothing(tmp_path: Path, store: Store, kept: float) -> None:
    path = tmp_path / "r.arrow"
    save(store.batches(), path)
    data = path.read_bytes()
    length = int.from_bytes(data[-10:-6], "little")
    start, whole = len(data) - 10 - length, int(kept * length)
    path.write_bytes(data[: start + whole] + bytes(length - whole) + data[-10:])
    opened = load_store(path)
    assert opened.rows(1, 100) == store.rows(1, 100)
    assert "cut or damaged" in opened.remarks[0]


def test_a_footer_that_is_damaged_anywhere_costs_no_rows(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "r.arrow"
    save(store.batches(), path)
    data, chance = path.read_bytes(), random.Random(11)
    start = len(data) - 10 - int.from_bytes(data[-10:-6], "little")
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 20)):
            damaged[chance.randrange(start, len(data))] = chance.randrange(256)
        path.write_bytes(damaged)
        assert load_store(path).rows(1, 100) == store.rows(1, 100)


def test_a_file_of_no_rows_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "r.arrow"
    save([], path)
    opened = load_store(path)
    assert (opened.retained, opened.remarks) == (0, [])


@pytest.mark.parametrize("finished", [True, False])
def test_a_flipped_bit_is_never_shown_as_if_it_were_sent(
    path: Path, store: Store, tmp_path: Path, finished: bool
) -> None:
    if finished:
        save(store.batches(), path)
    data, whole = path.read_bytes(), {row.n: row for row in store.rows(1, 100)}
    chance = random.Random(7)
    told = 0
    for _ in range(600):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            opened = load_store(path)
            found = opened.rows(1, 100)
        except FileError:
            told += 1
            continue
        for row in found:
            if row.name == "DAMAGED":
                told += 1
                assert str(path) in row.frames[0].decode()
            elif doubted(row):
                told += 1
            elif not opened.remarks:
                right = whole[row.n]
                assert row == right
    assert told > 100


@pytest.mark.parametrize("word", [b"display", b"CONNECTED"])
def test_another_word_is_noticed(path: Path, store: Store, tmp_path: Path, word: bytes) -> None:
    save(store.batches(), tmp_path / "saved.arrow")
    for each in (path, tmp_path / "saved.arrow"):
        assert "DAMAGED" not in {row.name for row in rows(each)}
        each.write_bytes(each.read_bytes().replace(word, b"attack!" + word[7:]))
        found = rows(each)
        assert all(map(doubted, (row for row in found if "attack!" in str(row))))
        assert any(map(doubted, found))
        assert any("columns beside times, sizes and frames" in text for text in remarks(load_store(each)))


def test_a_file_with_the_sum_of_the_frames_alone_opens(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zinspector.capture.arrow_writer.KEY_OF_OTHERS", b"unknown")
    save(store.batches(), tmp_path / "old.arrow")
    assert rows(tmp_path / "old.arrow") == store.rows(1, 100)


def test_other_columns_have_a_sum_of_what_they_say() -> None:
    batch = pa.RecordBatch.from_arrays(hostile("n", pa.array([1, 2, 3], pa.uint64())).columns, schema=SCHEMA)
    sums = {checksum_of_others(batch), checksum_of_others(batch.slice(0, 2))}
    for name, one, other in [
        ("n", [1, 2, 3], [1, 2, 4]),
        ("connection", [None, 0, 7], [0, 0, 7]),
        ("link", [None, "a", "b"], [None, "b", "a"]),
        ("true_sizes", [None, [5], None], [None, [6], None]),
        ("anomalies", [None, ["a", "bc"], []], [["a", "bc"], None, []]),
    ]:
        place = SCHEMA.get_field_index(name)
        kind = SCHEMA.field(name).type
        for values in (one, other):
            column = pa.array([None, *values], kind)
            changed = batch.set_column(place, SCHEMA.field(name), column.slice(1))
            sums.add(checksum_of_others(changed))
            assert checksum_of_others(changed) == checksum_of_others(pa.concat_batches([changed]))
    assert len(sums) == 2 + 2 * 5 - 1  # the first is the batch as it was


def test_two_percent_of_flips(path: Path) -> None:
    data, chance = path.read_bytes(), random.Random(3)
    for _ in range(200):
        damaged = bytearray(data)
        for _ in range(len(data) // 50):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            rows(path)
        except FileError:
            continue


def test_damage_stays_where_it_is(tmp_path: Path) -> None:
    store = Store()
    for _ in range(3):
        fill(store, [70_000])
    path = tmp_path / "c.arrow"
    save(store.batches(), path)
    data = bytearray(path.read_bytes())
    place = data.index(b"%020d" % 40_000, len(data) // 3)
    data[place] ^= 1
    path.write_bytes(data)
    opened = load_store(path)
    assert opened.retained == 210_000
    assert opened.rows(1, 3) == store.rows(1, 3)
    assert opened.rows(209_999, 3) == store.rows(209_999, 3)
    row = opened.row(70_000 + 40_001)
    assert row is not None
    doubt = f"DOUBTFUL: {path}, batch 2: times, sizes or frames of messages 70,001 to 140,000 are damaged somewhere"
    assert row.anomalies == (doubt,)
    assert row.topic == store.rows(110_001, 1)[0].topic
    assert remarks(opened) == [doubt]
    assert not doubted(opened.rows(70_000, 1)[0])


def test_opening_looks_at_no_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr("zinspector.capture.arrow_piece.checksum", lambda rows: looked.append(rows.num_rows) or 0)
    opened = load_store(path)
    assert (opened.retained, looked) == (12, [])
    opened.row(1)
    assert looked == [3]
    assert opened.batches().rows == 12
    assert looked == [3]


def hostile(name: str, column: pa.Array) -> pa.RecordBatch:
    """Three rows with another column."""
    store = Store()
    fill(store, [3])
    batch = store.batches()[0]
    fields = [pa.field(each.name, column.type) if each.name == name else each for each in SCHEMA]
    columns = [column if each.name == name else batch.column(each.name) for each in SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields, SCHEMA.metadata))


def views(*numbers: int) -> pa.ListArray:
    """Three frames whose views say what they like."""
    made = np.array([*numbers, *[0] * 8], np.uint32)
    values = pa.Array.from_buffers(pa.binary_view(), 3, [None, pa.py_buffer(made), pa.py_buffer(bytes(64))])
    return pa.ListArray.from_arrays(pa.array([0, 1, 2, 3], pa.int32()), values)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("frames", views(1 << 30, 0, 0, 0)),
        ("frames", views(50, 0, 9, 0)),
        ("frames", views(50, 0, 0, 1 << 30)),
        ("frames", pa.array([[b"a"], None, [b"c"]], pa.list_(pa.binary_view()))),
        ("frames", pa.array([[b"a"], [None], [b"c"]], pa.list_(pa.binary_view()))),
        ("frames", pa.array([1, 2, 3])),
        ("true_sizes", pa.array([[1, 2], None, None], pa.list_(pa.int64()))),
        ("anomalies", pa.array([[None], None, None], pa.list_(pa.utf8()))),
        ("node", pa.DictionaryArray.from_arrays(pa.array([0, 7, 1 << 30], pa.int32()), ["a"], safe=False)),
        ("node", pa.array(["a", None, "b"]).dictionary_encode()),
        ("kind", pa.nulls(3, pa.int64())),
        ("size", pa.array(["x", "y", "z"])),
        ("n", pa.array([None, 2, 3], pa.uint64())),
    ],
)
def test_columns_that_lie_are_events(tmp_path: Path, name: str, column: pa.Array) -> None:
    path = tmp_path / "h.arrow"
    batch = hostile(name, column)
    with pa.ipc.new_file(str(path), batch.schema) as writer:
        writer.write_batch(batch)
    assert [row.name for row in rows(path)] == ["DAMAGED"] * 3


@pytest.mark.parametrize("name", ["n", "time_ns"])
def test_rows_without_substance_are_refused(tmp_path: Path, name: str) -> None:
    batch = hostile(name, pa.nulls(3))
    with pa.ipc.new_file(str(tmp_path / "h.arrow"), batch.schema) as writer:
        writer.write_batch(batch)
    with pytest.raises(FileError, match=f"the column {name} is null"):
        load_store(tmp_path / "h.arrow")


def test_files_of_other_programs(tmp_path: Path, store: Store) -> None:
    columns = {
        name: store.table()[name].cast(pa.large_list(pa.large_binary()) if name == "frames" else pa.large_string())
        for name in ("node", "kind", "direction", "name")
    }
    frames = pa.array(store.table()["frames"].to_pylist(), pa.large_list(pa.large_binary()))
    table = store.table()
    for name, column in {**columns, "frames": frames}.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    path = tmp_path / "pandas.arrow"
    with pa.ipc.new_file(str(path), table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table.replace_schema_metadata(SCHEMA.metadata))
    assert rows(path) == store.rows(1, 100)


def test_huge_frames_and_a_million_of_them(tmp_path: Path) -> None:
    store = Store()
    feed = Feed(store, max_frame=1 << 30)
    feed.messages([[bytes(100_000_000)]])
    feed.messages([[b""] * 1_000_000])
    path = tmp_path / "huge.arrow"
    save(store.batches(), path)
    one, many = rows(path)
    assert one.size == 100_000_000
    assert len(many.frames) == 1_000_000


def test_numbers_go_on_from_file_to_file(tmp_path: Path, store: Store) -> None:
    first, second = Recording(tmp_path / "1.arrow"), Recording(tmp_path / "2.arrow")
    first.append(*store.since(1)[:2])
    second.append(*store.since(1)[2:])
    first.close()
    second.close()
    assert [row.n for row in load_store(tmp_path / "2.arrow").rows(1, 100)] == [5, 6, 7, 8, 9, 10, 11, 12]


def test_a_file_that_is_being_recorded_opens_and_says_so(tmp_path: Path, store: Store) -> None:
    recording = Recording(tmp_path / "live.arrow")
    recording.append(*store.batches())
    assert load_store(recording.path).remarks == ["it is still being recorded: what came later is not shown"]
    with pytest.raises(FileError, match="another zinspector records"):
        save(store.batches(), recording.path)
    recording.close()
    mapped = load_store(recording.path)
    again = Recording(recording.path)  # the old rows stay for those who have them open
    assert mapped.rows(1, 100) == store.rows(1, 100)
    again.close()
    assert ArrowFile(again.path).rows == 0
