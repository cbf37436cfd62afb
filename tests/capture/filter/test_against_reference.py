"""Filters match what a slow and plain evaluator says, whatever the messages hold."""

from __future__ import annotations

import json

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.filtering import matches
from zinspector.capture.clock import Clock
from zinspector.capture.filter.display import Filter
from zinspector.capture.filter.kept import Kept
from zinspector.capture.message import messages
from zinspector.capture.store import Store
from zinspector.capture.writer import Recorder

WORDS = ["a", "b", "weather.london", "ab\"c'", "é", "PUB", "SUB", "", "\0"]
KEYS = ["a", "b", "a b", "0", 'q"', "back\\slash", "é", "$", "a.b", "[0]"]
TYPES = st.sampled_from(["PUB", "SUB", "REQ", "REP", None])

NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 5, 100, 101, 1.5, 2**53, 2**53 + 1, 2**64, -(2**63) - 1, 10**37, 1e300, -0.0]),
    st.integers(-20, 20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**70), 2**70),
)
TEXTS = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)
WRITTEN = st.builds(lambda value, ascii: json.dumps(value, ensure_ascii=ascii).encode(), JSON, st.booleans())
HOSTILE = st.sampled_from(
    [
        *(b'{"a":1', b'{"a":"\\ud800"}', b'{"a":1,"a":2}', b'{"a":1e400}', b"[" * 3000, b"\xff\xfe", b'{"a":"\xff"}'),
        *(
            b"{",
            b"[",
            b"{}",
            b'{"a":01}',
            b"\xef\xbb\xbf{}",
            b' {"a": 1}',
            b'{"a":1} x',
            b"\xc3",
            b"\xe2\x82",
            b"\xf0\x9f",
        ),
        *(
            b"\xc0\x80",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xe0\x80\x80",
            b"\x80",
            b'{"a":"\\u0000"}',
            b"12",
            b'"a"',
        ),
        *(b'{"a":"\\u00e9\\n"}', b'{"a":{"b":null}}', b'[{"a":[1,2.50,"x"]}]', b"x" * 40),
        *(b'{"a":' * 2000, b'{"a":' + b"9" * 400 + b"}", b'{"a":"' + b"y" * 300 + b'"}', b'{"a":-0.0}', b'{"a":1E5}'),
        *(b'{"a":-Infinity}', b'{"a":NaN}', b'{"a":[NaN]}'),
    ]
)
FRAMES = st.one_of(WRITTEN, HOSTILE, TEXTS.map(str.encode), st.binary(max_size=20))


@st.composite
def stores(draw: st.DrawFn) -> Store:
    """Some batches of messages, a command and an event among them; long frames are cut."""
    store, recorder = Store(), Recorder(Clock(), max_frame=200)
    for _ in range(draw(st.integers(1, 3))):
        for _ in range(draw(st.integers(1, 4))):
            source = recorder.source(draw(st.sampled_from(["t1", "é"])), "in", draw(TYPES), draw(TYPES))
            rows = draw(st.lists(st.lists(FRAMES, max_size=4), min_size=1, max_size=4))
            frames, counts = [frame for row in rows for frame in row], [len(row) for row in rows]
            link, connection = draw(st.sampled_from(["l1", None])), draw(st.none() | st.integers(0, 3))
            recorder.add_run(source, [draw(st.integers(0, 9))] * len(rows), frames, counts, link, connection)
        recorder.add_command("t1", "SUBSCRIBE", [b"a"], 5, from_type="SUB", to_type="PUB")
        recorder.add_event("t1", "CLOSED", '{"a": 5}', 6)
        batch = recorder.flush()
        assert batch is not None
        told = [None, [], ["a: b"], ["x: é", "a"]]
        anomalies = pa.array([draw(st.sampled_from(told)) for _ in range(batch.num_rows)], batch.schema[-1].type)
        store.append(batch.set_column(len(batch.schema) - 1, batch.schema[-1], anomalies))
    return store


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\0") + '"'


def written(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return quoted(value) if isinstance(value, str) else repr(value)


def chosen(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


PATTERN = chosen("^a", "b$", "[ab]+", "(?i)PUB", "x|1", ".", "^$", r"\d+", "é")
STEP = st.sampled_from(KEYS).map(lambda key: f".{quoted(key)}") | st.integers(-2, 2).map(lambda place: f"[{place}]")
PLACE = st.integers(-3, 3).map(lambda place: f"frames[{place}]")
PATH = st.builds(
    lambda root, steps: root + "".join(steps),
    st.just("json") | PLACE.map(lambda frame: f"{frame}.json"),
    st.lists(STEP, max_size=2) | st.just([".a"]),
)
ORDER = chosen("==", "!=", "<", "<=", ">", ">=")
TEXT_FIELD = st.one_of(
    chosen("topic", "text", "node", "link", "direction", "kind", "name", "from_type", "to_type", "anomalies"),
    PLACE.map(lambda frame: f"{frame}.text"),
)
NUMBER_FIELD = st.one_of(
    chosen("n", "time", "connection", "size", "frames.count"), PLACE.map(lambda frame: f"{frame}.size")
)
BYTES_FIELD = chosen("hex") | PLACE | PLACE.map(lambda frame: f"{frame}.hex")
HEX = st.one_of(st.binary(max_size=3), st.sampled_from([b"a", b"\xff", b"weather.london"])).map(
    lambda data: f'x"{data.hex()}"'
)
LITERAL = NUMBERS.map(written)
STRING = TEXTS.map(written)


def among(field: st.SearchStrategy[str], value: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    values = st.lists(value, min_size=1, max_size=3).map(", ".join)
    return st.builds(lambda field, values: f"{field} in {{{values}}}", field, values)


def compared(
    field: st.SearchStrategy[str], how: st.SearchStrategy[str], value: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    return st.builds(lambda *parts: " ".join(parts), field, how, value)


TEST = st.one_of(
    st.one_of(TEXT_FIELD, NUMBER_FIELD, BYTES_FIELD, PATH, st.just("frames")),
    compared(TEXT_FIELD, ORDER | chosen("contains", "startswith"), STRING),
    compared(TEXT_FIELD | PATH, chosen("matches"), PATTERN.map(lambda pattern: f'"{pattern}"')),
    compared(NUMBER_FIELD, ORDER, LITERAL),
    compared(BYTES_FIELD, chosen("==", "!=", "contains", "startswith"), HEX),
    compared(PATH, ORDER, LITERAL | STRING),
    compared(PATH, chosen("contains", "startswith"), STRING),
    compared(PATH, chosen("==", "!="), chosen("true", "false", "null")),
    among(TEXT_FIELD, STRING),
    among(NUMBER_FIELD, LITERAL),
    among(PATH, LITERAL | STRING | chosen("true", "null")),
    among(BYTES_FIELD, HEX),
)
FILTERS = st.recursive(
    TEST,
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: "(" + " and ".join(some) + ")"),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: "(" + " or ".join(some) + ")"),
    ),
    max_leaves=4,
)


def check(store: Store, text: str, kept: Kept) -> None:
    asked = Filter(text, kept=kept)
    rows = [message for batch in store.batches() for message in messages(batch)]
    wanted = [message.n for message in rows if matches(asked.tree, message)]
    assert asked.rows(store.batches()).tolist() == wanted, text
    assert asked.rows(store.batches()).tolist() == wanted, f"{text}, again"
    part = store.since(3)
    assert asked.rows(part).tolist() == [n for n in wanted if n >= 3], f"{text}, of a slice"
    assert asked.rows(store.table()).tolist() == wanted


@settings(max_examples=200)
@given(store=stores(), texts=st.lists(FILTERS, min_size=1, max_size=4))
def test_a_filter_matches_what_the_reference_says(store: Store, texts: list[str]) -> None:
    kept = Kept()
    for text in texts:
        check(store, text, kept)
