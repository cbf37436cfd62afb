"""Expectations about rows: what filters find, when it is decided, and what is said when it is not so."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.captured import Feed
from zinspector.capture.expect import SECOND_NS, Expectation, Watch
from zinspector.capture.expect_reading import ExpectationError, read_expectation
from zinspector.capture.store import Store

LINKS = ("l1",)
REPORT = {
    "duration_s": 2.0,
    "nodes": {},
    "links": {"l1": {"messages": 9, "bytes": 90, "latency_us": {"p50": 80.0, "p99": 4000.0, "max": 9000.0}}},
    "captured": 6,
    "findings": [],
}


def captured() -> Store:
    """Five prices of ticks, and a subscription."""
    store = Store()
    feed = Feed(store)
    feed.messages([[b"ticks.ACME", b'{"price": %d}' % price] for price in (99, 100, 101, 102)])
    feed.messages([[b"ticks.OTHER", b'{"price": "none"}']])
    feed.command("display", "SUBSCRIBE", b"\x01ticks.")
    return store


def watched(*texts: str) -> Watch:
    watch = Watch([read_expectation(text, (), LINKS) for text in texts])
    watch.take_all(captured().batches())
    return watch


@pytest.mark.parametrize(
    "text",
    [
        'count(topic == "ticks.ACME") == 4',
        'count(topic == "ticks.ACME") >= 4 within 5s',
        'count(json.price > 100) == 2 and count(kind == "command") < 2',
        'count((topic == ")" or size > 1)) > 1',
        "rate(topic) == 2.5",
        "rate(topic) >= 2 msg/s",
        "no(json.price > 102)",
        "no(json.price > 102) within 1 min and captured == 6",
        'always(topic startswith "ticks.")',
        "p99(l1) < 5 ms",
        'p99("l1") <= 4000 us',
        "max(l1) < 0.1 s and p50(l1) == 80 us",
    ],
)
def test_holds(text: str) -> None:
    assert watched(text).failures(REPORT) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('count(topic == "ticks.ACME") >= 5', 'expected count(topic == "ticks.ACME") >= 5, but it is 4'),
        ("count(size > 1) >= 10 within 5s", "expected count(size > 1) >= 10 within 5s, but it is 6"),
        ("rate(topic) > 3", "expected rate(topic) > 3, but it is 2.5"),
        ("no(json.price > 100)", "expected no(json.price > 100), but 2 rows match, first row 3"),
        ("no(json.price > 101)", "expected no(json.price > 101), but one row matches, first row 4"),
        ("always(json.price > 99)", "expected always(json.price > 99), but 2 of 5 messages don't match, first row 1"),
        ("p99(l1) < 1 ms", "expected p99(l1) < 1 ms, but it is 4 ms"),
        ("p90(l1) < 1 ms", "expected p90(l1) < 1 ms, but it was not measured"),
    ],
)
def test_says_what_was_found_instead(text: str, found: str) -> None:
    assert watched(text).failures(REPORT) == [found]


def test_always_of_nothing_does_not_hold() -> None:
    assert Watch([read_expectation("always(size > 1)")]).failures(REPORT) == [
        "expected always(size > 1), but there was no message"
    ]


@pytest.mark.parametrize(
    ("text", "column", "remedy"),
    [
        ('count(topic = "x") > 1', 13, "write =="),
        ("no(size >)", 10, "write it like"),
        ("no(sice > 1)", 4, "size"),
        ("count(size > 1", 7, "write it like"),
        ("count(size > 1)", 16, "one of == !="),
        ("count(size > 1) >= 10 within", 29, "write it like"),
        ("count(size > 1) >= 10 within 5 parsecs", 30, "the units are s, ms, min"),
        ("count(size > 1) >= 10 within 5", 30, "write 5s or 5ms or 5min"),
        ("count(size > 1) >= 10 within 1m", 30, "write 1ms or 1min"),
        ("count(size > 1) >= 10k", 20, "write 10000"),
        ("count >= 1.5k", 10, "write 1500"),
        ("rate(size > 1) >= 10kHz", 19, "the units are /s"),
        ("duration_s > 5s", 14, "5 has no unit here"),
        ("count(size > 1) >= many", 20, "write it like"),
        ("p99(l9) < 5 ms", 5, "there are l1"),
        ("p99(l1) < 5 kg", 11, "the units are us"),
        ("total(size) > 5", 1, "write it like"),
        ("no(size) or no(topic)", 10, "write it like"),
    ],
)
def test_what_is_wrong_and_where(text: str, column: int, remedy: str) -> None:
    with pytest.raises(ExpectationError) as caught:
        read_expectation(text, (), LINKS)
    assert f"column {column}" in caught.value.text
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("text", ["p99(l1) < 5 ms", "node a received > 1", "link l1 messages > 1"])
def test_a_file_has_no_figures_of_a_run(text: str) -> None:
    with pytest.raises(ExpectationError, match="here") as caught:
        read_expectation(text)
    assert "zinspector run measures" in caught.value.remedy


@given(st.text("cnortuaelwys()<>=\"' 15msfip9", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ExpectationError):
        assert isinstance(read_expectation(text, (), LINKS), Expectation)


@pytest.mark.parametrize(
    ("text", "after", "decided"),
    [
        ("count(topic) >= 5 within 5s", 0.1, True),
        ("count(topic) >= 6 within 5s", 0.1, False),
        ("count(topic) >= 6 within 5s", 5.0, True),
        ("count(topic) < 5 within 5s", 0.1, True),
        ("count(topic) == 4 within 5s", 0.1, True),
        ("count(topic) == 5 within 5s", 0.1, False),
        ("no(topic) within 5s", 0.1, True),
        ("no(json.error) within 5s", 4.9, False),
        ("no(json.error) within 5s", 5.1, True),
        ("count(topic) >= 5", 100.0, False),
        ("count(topic) >= 5 within 5s and no(json.error) within 9s", 5.0, False),
        ("count(topic) >= 9 within 5s and no(json.error) within 9s", 5.0, True),
        ("count(topic) >= 5 within 5s and captured == 6", 0.1, True),
    ],
)
def test_when_it_is_decided(text: str, after: float, *, decided: bool) -> None:
    watch = watched(text)
    assert watch.decided(watch.start_ns + int(after * SECOND_NS)) is decided


def test_what_comes_after_the_time_does_not_count() -> None:
    watch = Watch([read_expectation("count(topic) >= 1 within 1s"), read_expectation("no(topic) within 1s")])
    store = captured()
    watch.begin(store.rows(1, 1)[0].time_ns - 2 * SECOND_NS)
    for batch in store.batches():
        watch.take(batch)
    assert len(watch.failures(REPORT)) == 1


def test_rows_that_nobody_could_look_at_are_a_failure() -> None:
    watch = watched("count(topic) >= 1")
    watch.missed = 1000
    assert watch.failures(REPORT) == ["1,000 rows came too fast to be looked at"]


def test_a_rate_is_of_what_came_before_the_time_was_over() -> None:
    watch = Watch([read_expectation(text) for text in ("rate(topic) == 2", "count(topic) == 5")])
    store = captured()
    watch.end_ns = store.rows(5, 1)[0].time_ns - 1
    for batch in store.batches():
        watch.take(batch)
    assert watch.failures({"duration_s": 2.0}) == []
