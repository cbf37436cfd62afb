"""Expectations: what they mean, and where they are wrong."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture.expect_reading import ExpectationError, read_expectation

LATENCY = {"p50": 80.0, "p90": 90.0, "p99": 120.5, "p99.9": 200.0, "max": 900.0}
REPORT: dict[str, Any] = {
    "duration_s": 5.0,
    "nodes": {
        "a": {"sent": 10, "received": 0, "bytes_sent": 100, "bytes_received": 0, "errors": 0},
        "b": {"sent": 0, "received": 9, "bytes_sent": 0, "bytes_received": 90, "errors": 2},
    },
    "links": {
        "l1": {"messages": 9, "bytes": 90, "rate_msg_s": 1.8, "latency_us": LATENCY},
        "l2": {"messages": 0, "bytes": 0, "rate_msg_s": 0.0, "latency_us": None},
    },
    "captured": 19,
    "dropped": 0,
    "findings": [
        {"code": "Z104", "severity": "error", "node": "b", "link": None, "text": "counted by the node already"},
        {"code": "Z102", "severity": "error", "node": None, "link": "l2", "text": "not counted by any node"},
        {"code": "Z106", "severity": "info", "node": "a", "link": None, "text": "no error"},
    ],
}
NODES = ("a", "b", "with space")
LINKS = ("l1", "l2", "a-b", "p99")


def expect(text: str) -> list[str]:
    return read_expectation(text, NODES, LINKS).failures(REPORT)


@pytest.mark.parametrize(
    "text",
    [
        "count >= 10",
        "captured == 19",
        "messages==9",
        "dropped == 0",
        "duration_s >= 4.9",
        "errors == 3",
        "findings == 3",
        "node a sent >= 10",
        "node b received<10",
        'node "b" errors == 2',
        "link l1 messages > 8",
        "link l1 p99 < 500 and link l1 p99.9 <= 2e2 and dropped == 0",
        "link l1 p99 < 0.5 ms and p99(l1) >= 120us",
        "link l2 p99 != 0",
        'node "with space" received == 0',
        "link p99 bytes == 0",
        "  count  >=  10  ",
    ],
)
def test_what_holds(text: str) -> None:
    if text == "link l2 p99 != 0":
        assert expect(text) == ["expected link l2 p99 != 0, but it was not measured"]
    else:
        assert expect(text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("count >= 20", "expected count >= 20, but it is 19"),
        ("node b received >= 10", "expected node b received >= 10, but it is 9"),
        ("link l1 p99 < 120", "expected link l1 p99 < 120, but it is 120.5 us"),
        ("link l2 p50 < 120", "expected link l2 p50 < 120, but it was not measured"),
    ],
)
def test_what_fails_says_what_was_seen(text: str, told: str) -> None:
    assert expect(text) == [told]


def test_every_part_that_fails_is_told() -> None:
    assert len(expect("count > 100 and dropped == 0 and node a sent < 3")) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected a figure of the run at column 1, not the end"),
        ("count", "expected a comparison at column 6, not the end"),
        ("count >=", "expected a number at column 9, not the end"),
        ("count >= many", "expected a number at column 10, not 'many'"),
        ("count >= nan", "expected a number at column 10, not 'nan'"),
        ("count => 3", "expected a comparison at column 7, not '=> 3'"),
        ("speed > 3", "expected a figure of the run at column 1, not 'speed'"),
        ("node nobody sent > 3", "expected the id of a node at column 6, not 'nobody'"),
        ("node a messages > 3", "expected a figure of a node at column 8, not 'messages'"),
        ("link l1 p95 > 3", "expected a figure of a link at column 9, not 'p95'"),
        ("node a sent > -1", "nothing here is ever below 0, but -1 at column 15"),
        ("count(size > 1) >= -2", "nothing here is ever below 0, but -2 at column 20"),
        ("count(size > 1) >= 1.5", "expected a whole number of rows at column 20, not '1.5'"),
        ("count(size > 1) >= 1 within 0s", "expected a time above 0, such as 5s at column 29, not '0s'"),
        ("count(size > 1) >= 1 within -5s", "nothing here is ever below 0, but -5 at column 29"),
        ("p99(l9) < 5 ms", "expected the id of a link at column 5, not 'l9'"),
        ("p99(l1) < 5", "expected a latency such as 5 ms at column 11, not '5'"),
        ("link l1 p99 < 5 min", "expected a latency such as 5 ms at column 15, not '5 min'"),
        ("count > 3 or dropped == 0", "expected 'and' or the end at column 11, not 'or'"),
    ],
)
def test_what_is_wrong_names_the_column(text: str, told: str) -> None:
    with pytest.raises(ExpectationError) as caught:
        expect(text)
    assert caught.value.text == told
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("coutn(size > 1) >= 1", "count"),
        ("COUNT(size > 1) >= 1", "count"),
        ("count(size > 1) >= 1 withn 5s", "within"),
        ("node a recieved > 1", "received"),
        ("errros == 0", "errors"),
        ("count > 1 adn errors == 0", "and"),
    ],
)
def test_what_is_mistyped_is_guessed(text: str, meant: str) -> None:
    with pytest.raises(ExpectationError) as caught:
        expect(text)
    assert caught.value.remedy == f"did you mean {meant}?"


WORDS = ("node", "link", "a", "l1", "sent", "p99", ">", ">=", "==", "3", "and", "count", '"', "nan")


@given(st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ExpectationError):
        assert isinstance(expect(text), list)


def test_who_knows_no_form_is_told_those_that_take_a_filter() -> None:
    with pytest.raises(ExpectationError) as caught:
        read_expectation("foo", figures={"run": ("count",), "node": (), "link": ()})
    assert caught.value.remedy == "one of count, or count(FILTER), rate(FILTER), no(FILTER), always(FILTER)"


def test_a_word_is_not_guessed_as_itself() -> None:
    with pytest.raises(ExpectationError) as caught:
        read_expectation("captured >= 10 within 5 s")
    assert "did you mean" not in caught.value.remedy
