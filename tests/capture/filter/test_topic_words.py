"""Topics as words say what each message says by itself, whether they repeat or not."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.filter import vocabulary
from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.frames import BatchFrames
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.topic_words import TOPICS, coded, topics
from zinspector.capture.filter.vocabulary import Vocabulary
from zinspector.capture.message import messages
from zinspector.capture.store import Store

FIRST = st.sampled_from([b"a", b"weather.london", b"", b"\xff", b"\xed\xa0\x80 and more of it", "é".encode()])
RUN = st.tuples(
    st.sampled_from([("PUB", "SUB"), ("PUSH", "PULL"), (None, "XSUB")]),
    st.lists(st.lists(FIRST | st.binary(max_size=20), max_size=2), min_size=1, max_size=8),
)


@settings(max_examples=60)
@given(
    runs=st.lists(RUN, min_size=1, max_size=3),
    times=st.sampled_from([1, 2, 5]),
    start=st.integers(0, 6),
    most=st.sampled_from([1, 3, vocabulary.MOST]),
)
def test_each_row_has_the_topic_of_its_message(
    runs: list[tuple[tuple[str | None, str | None], list[list[bytes]]]], times: int, start: int, most: int
) -> None:
    store, kept = Store(), Kept()
    for types, run in runs:
        Feed(store).messages(run * times, types=types)
    for batch in store.batches():
        for some in (batch, batch.slice(start)):
            wanted = [message.topic for message in messages(some)]
            for _ in range(2):
                with patch.object(vocabulary, "MOST", most):
                    found = topics(BatchFrames(some), kept)
                assert found.type == TOPICS
                assert found.to_pylist() == wanted


@pytest.mark.parametrize("text", ['topic == "a"', 'topic in {"", "é"}', 'topic != "a"', 'topic contains "a"'])
@settings(max_examples=30)
@given(runs=st.lists(RUN, min_size=1, max_size=3))
def test_filters_find_the_same_rows_where_topics_are_kept(
    text: str, runs: list[tuple[tuple[str | None, str | None], list[list[bytes]]]]
) -> None:
    store, kept = Store(), Kept()
    for types, run in runs:
        Feed(store).messages(run * 5, types=types)
    wanted = Filter(text, kept=Kept()).rows(store.batches())
    for batch in store.batches():
        coded(BatchFrames(batch), kept)
    assert Filter(text, kept=kept).rows(store.batches()).tolist() == wanted.tolist()


@pytest.mark.parametrize(("different", "is_kept"), [(3, True), (100, False)])
def test_only_what_repeats_is_kept(different: int, is_kept: bool) -> None:
    store, kept = Store(), Kept()
    Feed(store).messages([[b"weather.station.%d" % (n % different)] for n in range(100)])
    found = topics(BatchFrames(store.batches()[0]), kept)
    assert found.to_pylist() == [f"weather.station.{n % different}" for n in range(100)]
    assert (len(found.dictionary), kept.bytes > 0) == (different + 1, is_kept)  # and null


@pytest.mark.parametrize(("different", "kind"), [(3, "u1"), (255, "u1"), (256, "u2"), (70_000, "u4")])
def test_rows_have_the_smallest_codes_that_do(different: int, kind: str) -> None:
    store, kept = Store(), Kept()
    words = [b"station.%d" % n for n in range(different)]
    Feed(store).messages([[words[0]]] * 20_000 + [[word] for word in words])
    found = coded(BatchFrames(store.batches()[0]), kept)
    assert found.codes.dtype == kind
    assert [words[code - 1] for code in found.codes.tolist()] == [words[0]] * 20_000 + words
    assert coded(BatchFrames(store.batches()[0]), kept) is found
    assert kept.bytes == found.size


def batches(*runs: list[bytes]) -> list[pa.RecordBatch]:
    store = Store()
    for run in runs:
        Feed(store).messages([[word] for word in run])
    return [*store.batches()]


def test_batches_share_their_words() -> None:
    kept, words = Kept(), [b"weather.station.%d" % n for n in range(50)]
    held = batches(words * 2, [*words[::-1], b"new"] * 2)
    empty = kept.vocabulary.size
    first, second = (coded(BatchFrames(batch), kept) for batch in held)
    assert first.vocabulary is second.vocabulary
    assert first.words.to_pylist() == [None, *words, b"new"]
    assert (first.codes.tolist(), second.codes.tolist()) == ([*range(1, 51)] * 2, [*range(50, 0, -1), 51] * 2)
    assert np.flatnonzero(first.used).tolist() == list(range(1, 51))
    assert kept.bytes == 100 + 51 + 102 + 52 + kept.vocabulary.size - empty, "a byte for each row and code; and words"


def test_small_batches_have_words_of_their_own() -> None:
    kept, words = Kept(), [b"weather.station.%d" % n for n in range(50)]
    held = batches(words * 2, words[::-1][:5] * 2)
    first, small = (coded(BatchFrames(batch), kept) for batch in held)
    assert first.vocabulary is kept.vocabulary
    assert small.words.to_pylist() == [None, *words[::-1][:5]]
    assert kept.bytes == first.size + small.size > first.size + small.vocabulary.size


def test_another_vocabulary_begins_when_one_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST", 3)
    kept = Kept()
    held = batches([b"a", b"b"] * 4, [b"c"] * 8, [b"d"] * 8)
    found = [coded(BatchFrames(batch), kept) for batch in held]
    assert [each.words.to_pylist() for each in found] == [[None, b"a", b"b"], [None, b"c"], [None, b"d"]]
    assert [each.vocabulary is kept.vocabulary for each in found] == [False, False, True]
    every = sum(each.codes.nbytes + each.used.nbytes + each.vocabulary.size for each in found)
    assert kept.bytes == every - 2 * Vocabulary().size, "but for what the two that are shared began with"
