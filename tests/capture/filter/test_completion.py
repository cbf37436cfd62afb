"""What is offered while a filter is typed: it fits, it can be read, and nothing that is typed breaks it."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.capture.clock import Clock
from zinspector.capture.filter.completion import completions
from zinspector.capture.filter.errors import FilterError
from zinspector.capture.filter.reading import read
from zinspector.capture.filter.seen import Seen
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder


def store(*payloads: bytes) -> Store:
    made, recorder = Store(), Recorder(Clock())
    source = recorder.source("t1", "in", "PUB", "SUB")
    for number, payload in enumerate(payloads):
        recorder.add_run(source, [1], [b"ticks.%d" % (number % 2), payload], [2], "l1", None)
    batch = recorder.flush()
    assert batch is not None
    made.append(batch)
    return made


TICKS = store(*(json.dumps({"price": n, "the city": {"x\ny": f'"{n}'}, "on": [True]}).encode() for n in range(4)))
SEEN = Seen.sample(TICKS.batches(), lambda _: iter([("proto", {"Quote": {"bid": 1.5}})]))


def offered(text: str, cursor: int | None = None) -> list[str]:
    return [found.text for found in completions(text, len(text) if cursor is None else cursor, SEEN)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "topic"),
        ("to", "topic"),
        ("not fr", "frames["),
        ("(size > 1 and kin", "kind"),
        ("pri", "json.price"),
        ("bid", "proto.Quote.bid"),
        ("json.", 'json."the city"'),
        ('json."the', 'json."the city"'),
        ("json.the", 'json."the city"'),
        ("frames[", "frames[1]."),
        ("frames[1].te", "frames[1].text"),
        ("frames[1].json.pr", "frames[1].json.price"),
        ("proto.Quote.", "proto.Quote.bid"),
        ("topic ", "contains"),
        ("topic st", "startswith"),
        ("size ", "in {"),
        ("size !", "!="),
        ("kind == ", '"command"'),
        ("kind in {", '"handshake"'),
        ('kind in {"message", "e', '"event"'),
        ("node == ", '"t1"'),
        ("link == l", '"l1"'),
        ('topic == "ti', '"ticks.0"'),
        ("json.price == ", "3"),
        ("json.on[0] == ", "true"),
        ("topic a", "and"),
        ('topic == "a" ', "or"),
    ],
)
def test_what_fits_is_offered(text: str, wanted: str) -> None:
    assert wanted in offered(text)


@pytest.mark.parametrize("text", ["size contains", "size > ", "bogus ", "topic == == ", "size st", "topic matches "])
def test_nothing_is_offered_where_nothing_fits(text: str) -> None:
    assert not offered(text)


def test_the_word_under_the_cursor_is_replaced() -> None:
    text = 'topic == "tix" and size > 1'
    found = completions(text, 12, SEEN)[0]
    assert text[: found.start] + found.text + text[found.end :] == 'topic == "ticks.0" and size > 1'
    found = completions("tox == 1", 2, SEEN)[0]
    assert (found.start, found.end) == (0, 3)


def test_keys_and_values_are_written_so_that_they_are_read() -> None:
    path = next(text for text in offered("json.") if "x" in text)
    assert path == r'json."the city"."x\ny"'
    for value in offered(f"{path} == "):
        read(f"{path} == {value}")
    assert offered(f"{path} == ")


def test_hostile_payloads_are_passed_over() -> None:
    batches = store(b"[" * 60_000, b'{"a":' * 9000, b'{"\\ud800": 1}', b'{"a": NaN}', b"{\xff}", b'{"": 1, "*": 2}')
    seen = Seen.sample(batches.batches())
    assert list(seen.paths["json"]) == [("a",)]
    for found in completions("json.", 5, seen):
        read(found.text)
    assert not completions("json.a == ", 10, seen)


PIECES = st.sampled_from(
    [
        "topic",
        "json",
        ".",
        "price",
        "[",
        "0",
        "]",
        "==",
        " ",
        '"',
        "'",
        "ticks",
        "in",
        "{",
        "}",
        ",",
        "(",
        ")",
        "and",
        "not",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20), st.integers(0, 30))
def test_whatever_is_typed(text: str, cursor: int) -> None:
    for found in completions(text, min(cursor, len(text)), SEEN):
        assert 0 <= found.start <= min(cursor, len(text)) <= found.end <= len(text)
        assert found.text


@given(st.lists(PIECES, max_size=8).map("".join))
def test_what_is_offered_can_be_read_that_far(text: str) -> None:
    for found in completions(text, len(text), SEEN)[:5]:
        begun = text[: found.start] + found.text
        with contextlib.suppress(FilterError):
            read(begun)
            continue
        with pytest.raises(FilterError) as raised:
            read(begun)
        assert raised.value.column > found.start, begun
