"""Latencies from stamps and from replies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zinspector.capture.clock import Clock
from zinspector.capture.writer import Recorder
from zinspector.measure.latency import ASK, END, REPLY, LatencyBook, Queue, stamp

START = 10_000_000_000


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), min_size=1, max_size=60), st.integers(0, 20))
def test_every_stamp_that_arrives_is_measured(delays: list[tuple[int, bool]], skip: int) -> None:
    clock, book = Clock(), LatencyBook()
    recorder = Recorder(clock)
    source = recorder.source("a", "in", "PUSH", "PULL")
    for index, (delay, big) in enumerate(delays):
        sent = START + index * 1000
        payload = b"x" * 40 if big else b"tiny"
        recorder.add_run(source, [sent + delay], [payload, stamp(sent)], [2], "l")
    batch = recorder.flush()
    book.consume(batch.slice(skip), clock)
    wanted = [delay for delay, _ in delays][skip:]
    histogram = book.links().get("l")
    if not wanted:
        assert histogram is None
        return
    assert histogram is not None
    assert (histogram.count, histogram.min, histogram.max) == (len(wanted), min(wanted), max(wanted))
    ago, p50, p99, p999 = book.history("l")
    assert len(ago) == len(p50) == len(p99) == len(p999) > 0
    assert ago[-1] == 0


def test_what_only_looks_like_a_stamp_is_not_measured() -> None:
    clock, book = Clock(), LatencyBook()
    recorder = Recorder(clock)
    source = recorder.source("a", "in", "PUSH", "PULL")
    frames = [b"ZINSTAMX" + bytes(8), b"1234567890123456", b"ZINSTAMP", b"", stamp(5) + b"x"]
    recorder.add_run(source, [START] * 5, frames, None, "l")
    recorder.add_run(recorder.source("b", "out", "PUSH", "PULL"), [START], [stamp(START - 5)], None, "l")
    recorder.add_event("a", "CONNECTED", "x", START)
    book.consume(recorder.flush(), clock)
    assert not book.links()


def test_requests_are_matched_with_their_replies() -> None:
    clock, book = Clock(), LatencyBook()
    recorder = Recorder(clock)
    ask, answer = recorder.source("q", "out", "REQ", "REP"), recorder.source("q", "in", "REP", "REQ")
    for index, delay in enumerate([100, 200, 300]):
        recorder.add_run(ask, [START + index * 1000], [b"?"], None, "l")
        if index == 1:
            book.consume(recorder.flush(), clock)  # the reply comes in another batch
        recorder.add_run(answer, [START + index * 1000 + delay], [b"!"], None, "l")
    book.consume(recorder.flush(), clock)
    histogram = book.links()["l"]
    assert (histogram.count, histogram.min, histogram.max) == (3, 100, 300)


def test_a_dealers_replies_are_taken_in_order() -> None:
    clock, book = Clock(), LatencyBook()
    recorder = Recorder(clock)
    ask, answer = recorder.source("d", "out", "DEALER", "ROUTER"), recorder.source("d", "in", "ROUTER", "DEALER")
    recorder.add_run(ask, [START, START + 10], [b"1", b"2"], None, "l")
    recorder.add_run(answer, [START + 50, START + 80], [b"1", b"2"], None, "l")
    book.consume(recorder.flush(), clock)
    assert np.isclose(book.links()["l"].mean, (50 + 70) / 2)


def test_a_req_that_asks_again_has_given_up() -> None:
    clock, book = Clock(), LatencyBook()
    recorder = Recorder(clock)
    ask, answer = recorder.source("q", "out", "REQ", "REP"), recorder.source("q", "in", "REP", "REQ")
    recorder.add_run(ask, [START, START + 5000], [b"lost", b"again"], None, "l")
    recorder.add_run(answer, [START + 5100], [b"!"], None, "l")
    book.consume(recorder.flush(), clock)
    assert (book.links()["l"].count, book.links()["l"].max) == (1, 100)


def test_a_dealer_that_wants_no_replies_is_given_up_until_its_connection_ends() -> None:
    clock, book = Clock(), LatencyBook()
    recorder = Recorder(clock)
    ask, answer = recorder.source("d", "out", "DEALER", "ROUTER"), recorder.source("d", "in", "ROUTER", "DEALER")
    for _ in range(3):
        recorder.add_run(ask, [START] * 60_000, [b""] * 60_000, None, "l")
        book.consume(recorder.flush(), clock)
    recorder.add_run(answer, [START + 5], [b"!"], None, "l")
    book.consume(recorder.flush(), clock)
    assert not book.links()
    recorder.add_event("d", "DISCONNECTED", "", START + 6, from_type="DEALER")
    recorder.add_run(ask, [START + 10], [b"?"], None, "l")
    recorder.add_run(answer, [START + 17], [b"!"], None, "l")
    book.consume(recorder.flush(), clock)
    assert (book.links()["l"].count, book.links()["l"].max) == (1, 7)


STEPS = st.lists(st.sampled_from([ASK, ASK, REPLY, REPLY, END]), max_size=40)


@given(STEPS, st.booleans(), st.integers(1, 40))
def test_requests_match_alike_in_arrays_and_one_by_one(steps: list[int], alone: bool, size: int) -> None:
    whole, single = Queue(), Queue()
    times = np.arange(len(steps), dtype=np.int64)
    array = np.array(steps, np.int64)
    parts = [slice(start, start + size) for start in range(0, len(steps), size)]
    found = [asked for part in parts for asked in whole.match(array[part], times[part], alone=alone)]
    wanted = [
        asked for i in range(len(steps)) for asked in single.match(array[i : i + 1], times[i : i + 1], alone=alone)
    ]
    assert found == wanted


def test_history_is_relative_to_the_newest_second_of_all_links() -> None:
    clock, book = Clock(), LatencyBook()
    recorder = Recorder(clock)
    second = 1_000_000_000
    source = recorder.source("a", "in", "PUSH", "PULL")
    for at, link in ((0, "old"), (3, "new"), (4, "new")):
        recorder.add_run(source, [START + at * second + 7], [stamp(START + at * second)], None, link)
    book.consume(recorder.flush(), clock)
    assert book.history("old")[0].tolist() == [-4.0]
    assert book.history("new")[0].tolist() == [-1.0, 0.0]
    assert book.history("new")[1].tolist() == [7.0, 7.0]
    now = START + 60 * second  # nothing came for a minute: it is that old
    ends = (START + clock.offset_ns) // second + 5 - (now + clock.offset_ns) / second
    assert book.history("new", now)[0].tolist() == pytest.approx([ends - 1, ends])
