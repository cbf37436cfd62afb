"""JSON: the values against the standard library, the places against the bytes, and input that wants to hurt."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zinspector.decode.api import Context, Decoded, DecodeError, Decoder, Value
from zinspector.decode.registry import Registry

HERE = Context()
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=30,
)


@pytest.fixture(scope="module")
def plugin(registry: Registry) -> Decoder:
    return registry.decoder("json")


def places_agree(data: bytes, values: tuple[Value, ...], expected: Any) -> None:
    """Every value of the tree stands for what the standard library reads in its bytes."""
    for value, (name, part) in zip(values, members(expected), strict=True):
        assert value.start < value.end
        assert json.loads(data[value.start : value.end]) == part
        assert value.kind == kind(part)
        if value.children or (isinstance(part, list | dict) and part):
            places_agree(data, value.children, part)
        if name.isprintable():
            assert value.name == name


def members(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return [(f"[{index}]", item) for index, item in enumerate(value)]


def kind(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "bool", type(None): "null"}
    return names.get(type(value), "number")


@given(value=JSON, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]), bom=st.booleans())
def test_values_and_places_agree_with_the_standard_library(
    plugin: Decoder, value: Any, ascii_only: bool, indent: int | None, bom: bool
) -> None:
    data = b"\xef\xbb\xbf" * bom + json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    decoded = plugin.decode(data, HERE)
    assert decoded.value == value
    if isinstance(value, list | dict) and value:
        places_agree(data, decoded.tree, value)
    else:
        (whole,) = decoded.tree
        assert whole.name == "value"
        assert json.loads(data[whole.start : whole.end]) == value


@given(value=JSON)
def test_the_summary_is_the_text_without_blanks(registry: Registry, value: Any) -> None:
    data = json.dumps(value, indent=2, ensure_ascii=False).encode()
    decoded = registry.decode(data, HERE)
    if decoded.decoder == "json":
        compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if compact.isprintable() and len(compact) < 150 and "\\u" not in compact:
            assert decoded.summary == compact
        assert registry.summary(data, HERE) == decoded.summary


def test_the_example_of_the_manual(registry: Registry) -> None:
    data = b' { "city": "London",\n "temperature": 11.4, "wind": {"from": [1, 2]}, "ok": true, "none": null }\n'
    decoded = registry.decode(data, HERE)
    assert decoded.decoder == "json"
    assert decoded.summary == '{"city":"London","temperature":11.4,"wind":{"from":[1,2]},"ok":true,"none":null}'
    assert [(value.name, value.text, value.kind) for value in decoded.tree] == [
        ("city", '"London"', "string"),
        ("temperature", "11.4", "number"),
        ("wind", '{"from":[1,2]}', "object"),
        ("ok", "true", "bool"),
        ("none", "null", "null"),
    ]
    temperature = decoded.tree[1]
    assert data[temperature.start : temperature.end] == b"11.4"


@pytest.mark.parametrize(
    ("data", "decoder"),
    [
        (b"{}", "json"),
        (b" [] ", "json"),
        (b'\n"text"\n', "json"),
        (b"\xef\xbb\xbf[1]", "json"),
        (b"[INFO] started [1]", "text"),
        (b"{hello}", "text"),
        (b"42", "text"),
        (b"true", "text"),
        (b'"', "text"),
        (b'"a" and "b"', "text"),
        (b'{"a": 1', "text"),
        (b'{"a":1}\n{"a":2}', "text"),
        (b'{"a": "\xff"}', "hex"),
    ],
)
def test_what_is_taken_for_json(registry: Registry, data: bytes, decoder: str) -> None:
    assert registry.decode(data, HERE).decoder == decoder
    assert registry.summary(data, HERE) == registry.decode(data, HERE).summary


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "nested more than 500 deep"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "nested more than 500 deep"),
        (b"[" + b"9" * 100_000 + b"]", "Exceeds the limit (4300 digits) for integer string conversion"),
        (b'["\xff"]', "not UTF-8 at byte 2"),
        ('["üü", x]'.encode(), "Expecting value at byte 9"),
        (b'\xef\xbb\xbf["\xc3\xbc", x]', "Expecting value at byte 10"),
        (b'["\x00"]', "Invalid control character at at byte 2"),
        (b'{"a": 1', "Expecting ',' delimiter at byte 7"),
    ],
)
def test_what_is_no_json_is_shown_raw_with_the_reason(registry: Registry, data: bytes, reason: str) -> None:
    from zinspector.decode.rules import Rule

    decoded = registry.decode(data, HERE, [Rule.parse("*=json")])
    assert decoded.decoder in ("text", "hex")
    assert decoded.notes[0].startswith(f"json: {reason.partition(' at byte')[0]}")
    if "at byte" in reason:
        assert decoded.notes[0].endswith(reason[reason.rindex("at byte") :])


def test_deep_json_has_a_tree_that_widgets_can_recurse_into(plugin: Decoder) -> None:
    decoded = plugin.decode(b"[" * 400 + b"]" * 400, HERE)
    depth, values = 0, decoded.tree
    while values:
        depth, values = depth + 1, values[0].children
    assert depth <= 102
    assert decoded.notes == ("only the first 100 levels are shown",)
    json.dumps(decoded.value)


def test_numbers_that_only_python_knows_become_words(plugin: Decoder) -> None:
    decoded = plugin.decode(b"[NaN, -Infinity, 1e400, 1e4, 12345678901234567890123]", HERE)
    assert decoded.value == ["NaN", "-Infinity", "1e400", 10000.0, 12345678901234567890123]
    assert [value.text for value in decoded.tree] == ["NaN", "-Infinity", "1e400", "1e4", "12345678901234567890123"]
    assert decoded.notes == (
        "NaN is not JSON, though some programs write it",
        "-Infinity is not JSON, though some programs write it",
        "1e400 is more than a 64-bit float holds",
    )
    json.loads(json.dumps(decoded.value, allow_nan=False))


@pytest.mark.parametrize("text", ['{"a": "NaN", "b": [%s]}', '[{"a": {"a": %s}}]', " %s\n", '{"a": %s, "a": 1}'])
@pytest.mark.parametrize("word", ["NaN", "-Infinity", "1e400", "-1E+999", "9" * 400 + ".0"])
def test_no_number_that_is_not_finite_gets_out(plugin: Decoder, text: str, word: str) -> None:
    decoded = plugin.decode((text % word).encode(), HERE)
    assert f'"{word}"' in json.dumps(decoded.value, allow_nan=False)
    assert any(note.startswith(f"{word[:40]} is ") for note in decoded.notes)


def test_keys_that_are_there_twice(plugin: Decoder) -> None:
    decoded = plugin.decode(b'{"a": 1, "b": 2, "a": 3}', HERE)
    assert decoded.value == {"a": 1, "b": 2}
    assert [value.name for value in decoded.tree] == ["a", "b", "a"]
    assert decoded.notes == ("the key “a” is there more than once; the first counts here, the last in many programs",)


class Pairs(list[Any]):
    """An object, with keys that may be there twice."""


TWICE = st.recursive(
    st.integers(0, 9) | st.sampled_from(["a:b", "{", ":", '":', " :", ":a:"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(st.sampled_from("ab:"), inner), max_size=3).map(Pairs)
    ),
    max_leaves=8,
)


COLONS = st.sampled_from([":", ": ", " :", "\n:\t"])


def written(value: Any, colon: str) -> str:
    if isinstance(value, Pairs):
        return "{" + ", ".join(f"{json.dumps(name)}{colon}{written(inner, colon)}" for name, inner in value) + "}"
    if isinstance(value, list):
        return f"[{','.join(written(inner, colon) for inner in value)}]"
    return json.dumps(value)


def first(value: Any) -> Any:
    if isinstance(value, Pairs):
        return {name: first(inner) for name, inner in reversed(value)}
    return [first(inner) for inner in value] if isinstance(value, list) else value


@settings(max_examples=300)
@given(TWICE.filter(lambda value: isinstance(value, list)), COLONS)
def test_the_first_of_the_same_keys_counts_as_in_filters(plugin: Decoder, value: Any, colon: str) -> None:
    text = written(value, colon)
    assert plugin.decode(text.encode(), HERE).value == first(value)
    (found,) = duckdb.execute("SELECT json_extract(v, '$.a') FROM (SELECT ? AS v)", [text]).fetchone() or (None,)
    if isinstance(value, Pairs):
        assert first(json.loads(found, object_pairs_hook=Pairs) if found else None) == first(value).get("a")


def test_lone_surrogates_leave_as_escapes(plugin: Decoder) -> None:
    decoded = plugin.decode(rb'{"\ud800": "x\udfffy", "pair": "\ud83d\ude00"}', HERE)
    assert decoded.value == {"\\ud800": "x\\udfffy", "pair": "😀"}
    assert [(value.name, value.text) for value in decoded.tree] == [("\\ud800", '"x\\udfffy"'), ("pair", '"😀"')]
    assert decoded.summary == '{"\\ud800":"x\\udfffy","pair":"😀"}'


def test_what_hides_or_reorders_is_shown(plugin: Decoder) -> None:
    decoded = plugin.decode('{"a\u202eb": "\u2066\\u202e\\u0000\\n\x7f<img src=file:x>"}'.encode(), HERE)
    (value,) = decoded.tree
    assert value.name == "a\\u202eb"
    assert value.text == '"\\u2066\\u202e\\0\\n\\x7f<img src=file:x>"'
    assert decoded.summary.isprintable()


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"1," * 2_000_000 + b"1]",
        b'["' + b"x" * 4_000_000 + b'"]',
        b'["' + b"\\u0041" * 600_000 + b'"]',
        b"{" + b",".join(b'"%d":%d' % (n % 3, n) for n in range(50_000)) + b"}",
        b"[" + b" " * 4_000_000 + b"1]",
        b"[" + b"[]," * 1_300_000 + b"1]",
        b'["' + b"\\" * 4_000_000,
        b'"' * 4_000_001,
        b"[" * 4_000_000 + b"]",
        b'{"a":' * 300_000 + b"}",
    ],
    ids=["numbers", "string", "escapes", "twice", "blanks", "arrays", "backslashes", "quotes", "deep", "deep keys"],
)
def test_of_large_frames_a_part_is_shown(registry: Registry, data: bytes) -> None:
    decoded = registry.decode(data, HERE)
    summary = registry.summary(data, HERE)
    assert sum(1 for top in decoded.tree for _ in top.walk()) <= 20_001
    assert len(summary) < 310
    assert len(decoded.summary) < 310


def test_a_long_frame_is_summed_up_by_its_beginning(registry: Registry) -> None:
    data = json.dumps([{"n": n} for n in range(20_000)]).encode()
    assert registry.summary(data, HERE).startswith('[{"n":0},{"n":1},')
    assert registry.summary(data, HERE).endswith("…")


def test_the_decoder_raises_nothing_but_its_own(plugin: Decoder) -> None:
    for data in (b"", b"\xff", b"[", b"\xef\xbb\xbf", b"[1e999999999]", b"-", b"nul"):
        try:
            assert isinstance(plugin.decode(data, HERE), Decoded)
        except DecodeError:
            continue
