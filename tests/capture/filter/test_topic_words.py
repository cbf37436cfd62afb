"""Topics as words say what each message says by itself, whether they repeat or not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.frames import BatchFrames
from zinspector.capture.filter.kept import Kept
from zinspector.capture.filter.topic_words import TOPICS, coded, topics
from zinspector.capture.message import messages
from zinspector.capture.store import Store

FIRST = st.sampled_from([b"a", b"weather.london", b"", b"\xff", b"\xed\xa0\x80 and more of it", "é".encode()])
RUN = st.tuples(
    st.sampled_from([("PUB", "SUB"), ("PUSH", "PULL"), (None, "XSUB")]),
    st.lists(st.lists(FIRST | st.binary(max_size=20), max_size=2), min_size=1, max_size=8),
)


@settings(max_examples=60)
@given(runs=st.lists(RUN, min_size=1, max_size=3), times=st.sampled_from([1, 2, 5]), start=st.integers(0, 6))
def test_each_row_has_the_topic_of_its_message(
    runs: list[tuple[tuple[str | None, str | None], list[list[bytes]]]], times: int, start: int
) -> None:
    store, kept = Store(), Kept()
    for types, run in runs:
        Feed(store).messages(run * times, types=types)
    for batch in store.batches():
        for some in (batch, batch.slice(start)):
            wanted = [message.topic for message in messages(some)]
            for _ in range(2):
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
