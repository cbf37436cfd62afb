"""Files of a rotation as one capture: all rows as they were, and what does not belong together is told."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batch_of, numbered
from tests.helpers.messages import message
from tests.helpers.waiting import wait_here_until
from tests.helpers.wired import Wire
from zinspector.capture.files import load_store
from zinspector.capture.formats.exporting import export
from zinspector.capture.joining import load_stores
from zinspector.capture.message import Message
from zinspector.capture.store import Store
from zinspector.capture.take import Limits, Take
from zinspector.errors import FileError

SUFFIXES = (".arrow", ".parquet", ".mcap", ".jsonl")


def written(folder: Path, name: str, rows: list[Message], first: int = 1) -> Path:
    path = folder / name
    export([batch_of([*numbered(rows, first)])] if rows else [], path)
    return path


def rows_of(store: Store) -> list[Message]:
    return store.rows(store.first_n, store.retained)


@settings(max_examples=40, deadline=None)
@given(
    parts=st.lists(st.tuples(ROWS, st.sampled_from(SUFFIXES)), min_size=1, max_size=4),
    first=st.integers(1, 1 << 30),
)
def test_the_rows_of_all_files_are_those_of_one(parts: list[tuple[list[Message], str]], first: int) -> None:
    every = [row for rows, _ in parts for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        paths, at = [], first
        for place, (rows, suffix) in enumerate(parts):
            if rows or suffix != ".jsonl":
                paths.append(written(Path(folder), f"c-{place}{suffix}", rows, at))
                at += len(rows)
        if paths:
            store = load_stores(paths)
            assert rows_of(store) == numbered(every, first)
            assert store.remarks == []


def test_what_held_is_told_by_the_first_file(tmp_path: Path) -> None:
    wires = [Wire(Store(), number) for number in (1, 2)]
    paths = [tmp_path / "a.arrow", tmp_path / "b.arrow"]
    for place, (wire, path) in enumerate(zip(wires, paths, strict=True)):
        wire.opened()
        export([batch_of([message(b"x", n=7 + place)])], path, standing=wire.store.batches()[0])
    store = load_stores(paths)
    assert store.standing is not None
    assert store.standing.column("connection").to_pylist() == [1]


def test_rows_that_are_in_no_file_are_told(tmp_path: Path) -> None:
    first = written(tmp_path, "c-0001.arrow", [message(b"a")] * 3)
    third = written(tmp_path, "c-0003.arrow", [message(b"b")] * 2, 10)
    fifth = written(tmp_path, "c-0005.arrow", [message(b"c")] * 2, 13)
    store = load_stores([first, third, fifth])
    assert store.remarks == [
        "rows 4 to 9 are missing between c-0001.arrow and c-0003.arrow: later ones count on without them",
        "row 12 is missing between c-0003.arrow and c-0005.arrow: later ones count on without them",
    ]
    assert [(row.n, row.frames) for row in rows_of(store)] == [
        *((n, (b"a",)) for n in (1, 2, 3)), *((n, (b"b",)) for n in (4, 5)), *((n, (b"c",)) for n in (6, 7)),
    ]  # fmt: skip


def test_the_wrong_order_is_refused(tmp_path: Path) -> None:
    first = written(tmp_path, "c-0001.arrow", [message(b"a")] * 3)
    second = written(tmp_path, "c-0002.arrow", [message(b"b")] * 2, 4)
    with pytest.raises(FileError) as refused:
        load_stores([second, first])
    assert refused.value.where == str(first)
    assert refused.value.text == "does not follow c-0002.arrow: it begins with row 1, and that ends with row 5"
    assert refused.value.remedy.startswith("name the files of one recording in the order of their numbers")
    with pytest.raises(FileError, match="it begins with row 1, and that ends with row 3"):
        load_stores([first, first])


def test_another_recording_of_that_name_is_refused_and_told_apart(tmp_path: Path) -> None:
    """As with `--record c.arrow --rotate-size 1GB` on two days."""
    one = [written(tmp_path, f"c-000{n}.arrow", [message(b"a")] * 2, 2 * n - 1) for n in (1, 2)]
    other = [written(tmp_path, f"c-000{n}.arrow", [message(b"b")] * 2, 2 * n - 5) for n in (3, 4)]
    with pytest.raises(FileError) as refused:
        load_stores([*one, *other])
    assert refused.value.where == str(other[0])
    assert "only c-0001.arrow to c-0002.arrow, or only c-0003.arrow and what follows it" in refused.value.remedy
    assert [load_stores(each).captured for each in (one, other)] == [4, 4]
    with pytest.raises(FileError, match=r"only c-0002\.arrow, or only c-0003\.arrow"):
        load_stores([one[1], *other])


def test_another_recording_of_that_name_is_told_where_the_numbers_would_let_it_follow(tmp_path: Path) -> None:
    """As when a short recording was left, and of a longer one `--rotate-keep` has deleted the oldest files."""
    for count in (3, 8):
        fed, take = Store(), Take(tmp_path / "c.arrow", limits=Limits(bytes=1, most_files=2))
        for _ in range(count):
            fed.append(batch_of([message(b"a")]))
            take.put(fed.since(fed.next_n - 1)[0])
            wait_here_until(lambda: take.rows == fed.captured)  # noqa: B023  # it waits here
        take.close()
    paths = sorted(tmp_path.iterdir())
    assert [path.name for path in paths] == ["c-0002.arrow", "c-0003.arrow", "c-0010.arrow", "c-0011.arrow"]
    assert load_stores(paths).remarks == [
        "c-0010.arrow is of another recording than c-0003.arrow: "
        "one number may stand for two connections, so better read them apart"
    ]
    assert load_stores(paths[:2]).remarks == load_stores(paths[2:]).remarks == []


def test_what_is_wrong_with_a_file_names_it(tmp_path: Path) -> None:
    first = written(tmp_path, "c-0001.arrow", [message(b"a")] * 3)
    second = written(tmp_path, "c-0002.arrow", [message(b"b")] * 2, 4)
    data = second.read_bytes()
    second.write_bytes(data[: data.rindex(b"ARROW1") - 400])
    alone = load_store(second)
    store = load_stores([first, second])
    assert alone.remarks
    assert store.remarks == [f"c-0002.arrow: {text}" for text in alone.remarks]


def test_progress_is_that_of_all(tmp_path: Path) -> None:
    told: list[float] = []
    paths = [written(tmp_path, f"c-{n}.parquet", [message(b"a")], 1 + n) for n in range(4)]
    load_stores(paths, lambda share: told.append(share) is None)
    assert told == [0.25, 0.5, 0.75, 1.0]
