"""Filters that mean harm: each is a quick error with its place, or an answer; none raises anything else."""

from __future__ import annotations

import pytest

from zinspector.capture.clock import Clock
from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.errors import FilterError
from zinspector.capture.query import Query
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder


@pytest.fixture(scope="module")
def store() -> Store:
    """A message of text, one of JSON, and one that is neither."""
    store, recorder = Store(), Recorder(Clock())
    bodies = [b"a" * 50_000, b'{"a":[{"b":1}]}', b"\xff"]
    recorder.add_run(recorder.source("t1", "in", "PUB", "SUB"), [1, 2, 3], bodies)
    batch = recorder.flush()
    assert batch is not None
    store.append(batch)
    return store


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("(size > 1 or (n > 1 and " * 70 + "n > 1" + ")" * 140, "deep"),
        ("size in {" + ",".join(map(str, range(1001))) + "}", "comparisons"),
        ("size > 1 and " * 1001 + "size > 1", "comparisons"),
        ("x" * (1 << 17), "longer"),
        ('text matches "(a{1000}){1000}"', "repetition"),
        ('text matches "((((a{100}){100}){100}){100})"', "repetition"),
        (r'text matches "(a)\1"', "escape"),
        ('text matches "(?=a)"', "RE2"),
        ("json" + ".a" * 40, "parts"),
        ("json[99999999999999999999] == 1", "item"),
        ("frames[0].json[-99999999999999999999]", "item"),
        ("proto.a[99999999999999999999] == 1", "item"),
        ("frames[99999999999].text", "frame"),
        ("n == 1e400", "large"),
        ("n == " + "9" * 60_000, "large"),
        ("size > \ud800", "character"),
    ],
    ids=range(16),
)
def test_it_is_refused(text: str, word: str) -> None:
    with pytest.raises(FilterError, match=word) as found:
        Filter(text)
    assert found.value.column > 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('topic == "ticks.1" # c', "'or', 'and' or the end"),
        ('(topic == "ticks.1" # c', "'or', 'and' or ')'"),
        ("size in {1 # c", "'}' or ','"),
    ],
)
def test_only_what_is_open_can_be_closed(text: str, expected: str) -> None:
    with pytest.raises(FilterError) as found:
        Filter(text)
    assert found.value.text == f"expected {expected}, not '#'"


def test_a_remedy_is_given_for_what_re2_does_not_have_and_for_nothing_else() -> None:
    for pattern, told in [("([", False), ("a{5000}", False), (r"(a)\1", True), ("(?=a)", True), ("(?<!a)b", True)]:
        with pytest.raises(FilterError, match="no pattern") as found:
            Filter(f'text matches "{pattern}"')
        assert bool(found.value.remedy) == told


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(" * 10_000 + "size > 1" + ")" * 10_000, [1, 2]),
        ("not " * 10_001 + "size > 1", [3]),
        ('text matches "(a*)*c"', []),
        ('text matches "' + "(a+a+)+" * 50 + '$"', [1]),
        ("json[2147483647] == 1", []),
        ("json[-2147483647] == 1", []),
        ("json.a[-2147483647]", []),
        ("""json."a'); SELECT 1; --" == 1""", []),
        ("""text == "'; SELECT * FROM read_text('/etc/passwd'); --" """, []),
        ("n > -1e38 and n < 99999999999999999999999999999999999999", [1, 2, 3]),
    ],
    ids=range(10),
)
def test_it_is_answered(store: Store, text: str, wanted: list[int]) -> None:
    assert Filter(text).rows(store.batches()).tolist() == wanted


def test_json_too_long_to_be_looked_into_is_only_text() -> None:
    store, recorder = Store(), Recorder(Clock(), max_frame=1 << 30)
    recorder.add_run(recorder.source("t1", "in", "PUSH", "PULL"), [1, 2], [b'{"a":"%s"}' % (b"x" * 30_000_000), b"[1]"])
    batch = recorder.flush()
    assert batch is not None
    store.append(batch)
    wanted = {'json.a contains "x"': [], "json": [2], "json[0] == 1": [2], 'text contains "xx"': [1]}
    assert {text: Filter(text).rows(store.batches()).tolist() for text in wanted} == wanted
    found = Query("SELECT n, payload->>'a' FROM messages WHERE payload IS NOT NULL").run(store.batches())
    assert found.table.column("n").to_pylist() == [2]


@pytest.mark.parametrize("text", ['json.data["text/plain"] == 1', "frames[5].json.data['text/plain']"])
def test_a_key_in_brackets_is_told_how_it_is_written(text: str) -> None:
    with pytest.raises(FilterError) as found:
        Filter(text)
    assert found.value.column == text.index("[", 9) + 2
    assert found.value.remedy == f"write a key after a point: .{text[text.index('[', 9) + 1 : text.rindex(']')]}"
