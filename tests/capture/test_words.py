"""Batches of several recorders get the words of one file: rows stay what they were, and codes what they are."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.arbitrary import ROWS, batch_of, batches_of
from tests.helpers.messages import message
from zinspector.capture.message import Message, messages
from zinspector.capture.schema import SCHEMA, WORDS
from zinspector.capture.words import MANY_HEAPS, REMEMBERED, SMALL_HEAP, Words


def named(node: str) -> pa.RecordBatch:
    return batch_of([message(b"x", node=node)])


def words_of(batch: pa.RecordBatch) -> dict[str, list[str]]:
    return {name: batch.column(name).dictionary.to_pylist() for name in WORDS}


@settings(max_examples=40)
@given(rounds=st.lists(st.tuples(ROWS.filter(bool), st.integers(0, 12)), min_size=1, max_size=3))
def test_rows_stay_what_they_were_and_words_are_only_added(rounds: list[tuple[list[Message], int]]) -> None:
    words = Words()
    before = words_of(words.nothing())
    for rows, at in rounds:
        batches = batches_of(rows, at)
        joined = words.joined(batches)
        joined.validate(full=True)
        assert joined.schema == SCHEMA
        assert [*messages(joined)] == [row for batch in batches for row in messages(batch)]
        after = words_of(joined)
        assert all(after[name][: len(known)] == known for name, known in before.items())
        assert all(len(set(some)) == len(some) for some in after.values())
        before = after


def test_a_set_never_begins_empty() -> None:
    nothing = Words().nothing()
    assert nothing.num_rows == 0
    assert words_of(nothing) == {name: [""] for name in WORDS}


def test_what_was_learnt_adds_nothing_later() -> None:
    words = Words()
    for node in ("a", "b"):
        words.learn(named(node))
    for node in ("b", "a"):
        assert words_of(words.joined([named(node)]))["node"] == ["", "a", "b"]


def test_more_sets_than_are_remembered_are_told_apart() -> None:
    words, names = Words(), [f"node {number}" for number in range(2 * REMEMBERED)]
    batches = [named(name) for name in names]
    for _ in range(2):
        assert words.joined(batches).column("node").to_pylist() == names
        assert [words.joined([batch]).column("node").to_pylist() for batch in batches] == [[name] for name in names]


def test_frames_in_very_many_small_buffers_are_laid_side_by_side() -> None:
    long = [b"%d" % number * 20 for number in range(MANY_HEAPS)]
    joined = Words().joined([batch_of([message(text)]) for text in long])
    assert [row.frames for row in messages(joined)] == [(text,) for text in long]
    assert len(joined.column("frames").values.buffers()) == 3


def test_large_frames_stay_where_they_are() -> None:
    batches = [batch_of([message(bytes([number]) * (SMALL_HEAP + 1))]) for number in range(MANY_HEAPS)]
    lay = [batch.column("frames").values.buffers()[2].address for batch in batches]
    joined = Words().joined(batches)
    assert [heap.address for heap in joined.column("frames").values.buffers()[2:]] == lay
