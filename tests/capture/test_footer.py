"""The footer of a finished recording: it names whole words, and nothing before it is moved or changed."""

from __future__ import annotations

import io
import struct
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batch_of, numbered
from tests.helpers.messages import message
from zinspector.capture import footer
from zinspector.capture.arrow_writer import ArrowWriter
from zinspector.capture.flatbuffer import Table
from zinspector.capture.footer import with_whole_words
from zinspector.capture.message import Message
from zinspector.capture.schema import WORDS

HEADER = 2  # of a Message (Message.fbs)
ID, IS_DELTA = 0, 2  # of a DictionaryBatch


class Dictionary(NamedTuple):
    """A set of words that a footer names: of which column, whether only an addition, and where it lies."""

    column: int
    adds: bool
    start: int
    end: int


def written(path: Path, parts: list[list[Message]]) -> pa.RecordBatch:
    """A file of these batches as Arrow leaves it; returns all its words."""
    with path.open("wb") as file:
        writer = ArrowWriter(file)
        writer.begin()
        for rows in parts:
            writer.write([batch_of(rows)])
        writer.close()
    return writer.words


def footer_of(data: bytes) -> tuple[int, bytes]:
    """Where the footer begins, and its bytes."""
    (length,) = struct.unpack("<i", data[-10:-6])
    start = len(data) - 10 - length
    return start, data[start:-10]


def named(data: bytes) -> list[Dictionary]:
    """The words that the footer names."""
    start, tail = footer_of(data)
    place = Table.root(tail, 0).pointed(footer.DICTIONARIES)
    (count,) = struct.unpack_from("<I", tail, place)
    found = []
    for number in range(count):
        at, head, body = footer.BLOCK.unpack_from(tail, place + 4 + number * footer.BLOCK.size)
        inside = Table.root(data, at + 8).table(HEADER)
        found.append(Dictionary(inside.number(ID, "q"), bool(inside.number(IS_DELTA, "B")), at, at + head + body))
        assert found[-1].end <= start
    return found


def nodes(count: int, first: int = 0) -> list[Message]:
    return numbered([replace(message(b"x"), node=f"node-{number}") for number in range(first, first + count)])


def test_words_that_were_added_are_named_whole(tmp_path: Path) -> None:
    """Other readers refuse additions, and take the first set of a column for all of it."""
    path = tmp_path / "a.arrow"
    words = written(path, [nodes(2), nodes(2, 2), nodes(3, 1)])
    assert any(each.adds for each in named(path.read_bytes())), "else there is nothing to do"
    with_whole_words(path, words)
    found = named(path.read_bytes())
    assert not any(each.adds for each in found)
    assert sorted(each.column for each in found) == list(range(len(WORDS)))
    with pa.ipc.open_file(path) as reader:
        table = reader.read_all()
        assert reader.stats.num_dictionary_deltas == 0
    assert table["node"].to_pylist() == [f"node-{number}" for number in (0, 1, 2, 3, 1, 2, 3)]


def test_any_batch_can_be_read_first(tmp_path: Path) -> None:
    """As those do who read the words that the footer names, and then only some batches."""
    path = tmp_path / "a.arrow"
    with_whole_words(path, written(path, [nodes(1, number) for number in range(5)]))
    for place in range(5):
        with pa.ipc.open_file(path) as reader:
            assert reader.get_batch(place + 1).column("node").to_pylist() == [f"node-{place}"]


def test_where_nothing_was_added_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    words = written(path, [])
    before = path.read_bytes()
    with_whole_words(path, words)
    assert path.read_bytes() == before


def test_what_was_recorded_stays_in_its_place_for_who_reads_without_the_footer(tmp_path: Path) -> None:
    """Who maps the file meanwhile, and who reads it as a stream, see what they saw."""
    path = tmp_path / "a.arrow"
    words = written(path, [nodes(2), nodes(2, 2)])
    before = path.read_bytes()
    with_whole_words(path, words)
    after, start = path.read_bytes(), footer_of(before)[0]
    assert after[:start] == before[:start]
    assert pa.ipc.open_stream(io.BytesIO(after[8:])).read_all().num_rows == 4
    assert {each.start % 8 for each in named(after)} == {0}, "Arrow asks for that: arrays are mapped where they lie"


@pytest.mark.parametrize("count", [1 << 8, 1 << 13])
def test_many_words(tmp_path: Path, count: int) -> None:
    path = tmp_path / "a.arrow"
    rows = nodes(count)
    with_whole_words(path, written(path, [rows[:1], rows[1 : count // 2], rows[count // 2 :]]))
    with pa.ipc.open_file(path) as reader:
        assert reader.read_all()["node"].to_pylist() == [row.node for row in rows]


def test_it_is_small(tmp_path: Path) -> None:
    """The words once more, no more than that."""
    path = tmp_path / "a.arrow"
    words = written(path, [nodes(1, number) for number in range(200)])
    before = path.stat().st_size
    with_whole_words(path, words)
    assert path.stat().st_size - before < words.get_total_buffer_size() + 4096


@settings(max_examples=25)
@given(parts=st.lists(ROWS, max_size=4))
def test_whatever_was_recorded_reads_the_same(parts: list[list[Message]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.arrow")
        words = written(path, [numbered(rows) for rows in parts])
        with pa.ipc.open_file(path) as reader:
            before = reader.read_all()
        with_whole_words(path, words)
        with pa.ipc.open_file(path) as reader:
            after = reader.read_all()
        assert after.schema.equals(before.schema, check_metadata=True)
        assert after.to_pylist() == before.to_pylist()
        assert not any(each.adds for each in named(path.read_bytes()))


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    words = written(path, [nodes(1), nodes(1, 1)])
    path.unlink()
    with pytest.raises(OSError, match="No such file"):
        with_whole_words(path, words)
