"""Frame templates: what they make, how they fail, and that they never fail while sending."""

from __future__ import annotations

import base64
import json
import random
import struct
import time
import tracemalloc
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.topologies import json_values
from zinspector.errors import TemplateError
from zinspector.topology.document import FrameTemplate
from zinspector.topology.template_functions import FUNCTIONS
from zinspector.topology.templates import check_frames, compile_frames

HERE = Path()


def made(kind: Any, value: Any, n: int = 1) -> bytes:
    return compile_frames([FrameTemplate(kind, value)], HERE, random.Random(7))(n)[0]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "", b""),
        ("text", "weather.london", b"weather.london"),
        ("text", "grün", "grün".encode()),
        ("text", "n={{n}}!", b"n=12!"),
        ("text", "{{ n }}{{n()}}", b"1212"),
        ("text", '{{"{{"}}n}}', b"{{n}}"),
        ("text", "{{cycle('a', 'b', 'c')}}", b"a"),
        ("text", "{{cycle(1, 2.5)}}{{choice('x')}}", b"1x"),
        ("text", "{{sin(12, 10, 20)}}", b"15.0"),
        ("text", "{{round(2.567, 1)}} {{round(2.5)}} {{round(-3.7)}}", b"2.6 2 -4"),
        ("text", r'{{"a\"b\n\\"}}', b'a"b\n\\'),
        ("text", "a } b }} c {d}", b"a } b }} c {d}"),
        ("json", {"city": "London", "n": "{{n}}"}, b'{"city":"London","n":12}'),
        ("json", ["x{{n}}", "{{n}}", "{{cycle('q\"', 'b')}}", "{{1.5}}"], b'["x12",12,"q\\"",1.5]'),
        (
            "json",
            {"k{{n}}": [], "e": {}, "z": None, "t": True, "f": 1.5},
            b'{"k12":[],"e":{},"z":null,"t":true,"f":1.5}',
        ),
        ("json", "{{n}}", b"12"),
        ("json", "ü\n", b'"\xc3\xbc\\n"'),
        ("hex", "", b""),
        ("hex", "00 fF\n10", b"\x00\xff\x10"),
        ("hex", "0a{{prefixed('ACME')}} 20{{varint(n)}}", b"\x0a\x04ACME\x20\x0c"),
        ("hex", "{{u8(n)}}{{u16(n)}}{{u32(n)}}{{u64(-1)}}", b"\x0c\x0c\x00\x0c\x00\x00\x00" + b"\xff" * 8),
        ("hex", "{{u8(257)}}{{u8(2.9)}}", b"\x01\x02"),
        ("hex", "{{f64(1.5)}}{{f32(n)}}{{f32(1e300)}}", struct.pack("<dff", 1.5, 12, float("inf"))),
        ("hex", "{{utf8('é')}}{{utf8(n)}}{{utf8(cycle('a', 'b'))}}", b"\xc3\xa912a"),
        ("base64", "aGVsbG8=\n", b"hello"),
    ],
)
def test_what_a_template_makes(kind: str, value: Any, expected: bytes) -> None:
    assert made(kind, value, 12) == expected


def test_values_that_differ_each_time() -> None:
    assert 1 <= int(made("text", "{{randint(1, 6)}}")) <= 6
    assert 1 <= int(made("text", "{{randint(6, 1)}}")) <= 6
    assert 2.0 <= float(made("text", "{{uniform(2, 3)}}")) <= 3.0
    assert made("text", "{{choice('a', 'b')}}") in (b"a", b"b")
    assert uuid.UUID(made("text", "{{uuid}}").decode()).version == 4
    assert abs(int(made("text", "{{now_ns}}")) - time.time_ns()) < 10**10
    assert time.strptime(made("text", "{{now_iso}}").decode(), "%Y-%m-%dT%H:%M:%SZ")
    assert 100 <= struct.unpack("<d", made("hex", "{{f64(uniform(100,102))}}"))[0] <= 102
    make = compile_frames([FrameTemplate("text", "{{uuid}}")], HERE)
    assert make(1) != make(1)


def test_the_same_seed_makes_the_same_messages() -> None:
    frames = [FrameTemplate("text", "{{uuid}}{{randint(1, 1000)}}"), FrameTemplate("size", 20)]
    first, second = (compile_frames(frames, HERE, random.Random(3)) for _ in range(2))
    assert [first(n) for n in range(5)] == [second(n) for n in range(5)]
    assert len(first(1)[1]) == 20


def test_a_message_may_be_changed_by_its_receiver() -> None:
    make = compile_frames([FrameTemplate("text", "a"), FrameTemplate("text", "{{n}}")], HERE)
    make(1).append(b"stamp")
    assert make(2) == [b"a", b"2"]


def test_a_file_beside_the_topology(tmp_path: Path) -> None:
    (tmp_path / "payload.bin").write_bytes(b"\0\1")
    assert compile_frames([FrameTemplate("file", "payload.bin")], tmp_path)(1) == [b"\0\1"]


@pytest.mark.parametrize(
    ("kind", "value", "where", "says"),
    [
        ("text", "a{{n", "column 5", "'{{' without '}}'"),
        ("text", "abc {{nn}}", "column 7", "there is no 'nn'"),
        ("text", "{{}}", "column 3", "expected a name"),
        ("text", "{{n(}}", "column 5", "expected a name"),
        ("text", "{{n(1)}}", "column 3", "n takes no arguments, not 1"),
        ("text", "{{randint(1)}}", "column 3", "randint takes 2 arguments, not 1"),
        ("text", "{{sin()}}", "column 3", "sin takes 1 to 3 arguments, not 0"),
        ("text", "{{choice()}}", "column 3", "choice takes 1 or more arguments, not 0"),
        ("text", "{{choice(1,)}}", "column 12", "expected a name"),
        ("text", "{{choice(1 2)}}", "column 12", "expected ',' or ')'"),
        ("text", "{{randint('a', 2)}}", "column 3", "argument 1 of randint must be a number"),
        ("text", "{{u8(1)}}", "column 1", "this gives bytes, not text"),
        ("text", "{{choice(u8(1))}}", "column 3", "must be a number or text"),
        ("text", "{{n n}}", "column 5", "expected '}}'"),
        ("text", "{{€}}", "column 3", "can't read"),
        ("text", "{{'a}}", "column 3", "can't read"),
        ("text", "{{1e999}}", "column 3", "too large"),
        ("text", "{{123456789012345678901}}", "column 3", "at most 64 bits"),
        ("text", "{{" + "round(" * 40 + "1" + ")" * 40 + "}}", "column 201", "nested too deeply"),
        ("json", {"a": [{"b": "x{{foo}}"}]}, "a[0].b, column 4", "there is no 'foo'"),
        ("json", {"{{foo}}": 1}, "{{foo}}, column 3", "there is no 'foo'"),
        ("json", float("nan"), "", "not valid JSON"),
        ("json", {"a": "\ud800"}, "", "surrogate"),
        ("text", "{{n}}\ud800", "", "surrogate"),
        ("hex", "0a1", "column 3", "half a byte"),
        ("hex", "0a 1{{u8(1)}}", "column 4", "half a byte"),
        ("hex", "0a zz", "column 4", "'z' is not a hex digit"),
        ("hex", "0a{{n}}", "column 3", "this gives a number, not bytes"),
        ("hex", "{{cycle('a')}}", "column 1", "this gives a text, not bytes"),
        ("base64", "@@", "", "not base64"),
        ("file", "nowhere.bin", "", "nowhere.bin"),
        ("file", "a\0b", "", "null"),
        ("file", ".", "", "directory"),
        ("size", -1, "", "size must be"),
        ("size", 1 << 40, "", "size must be"),
        ("text", 5, "", "text must be a text"),
    ],
)
def test_a_mistake_is_named_with_its_place(kind: Any, value: Any, where: str, says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_frames([FrameTemplate("text", "fine"), FrameTemplate(kind, value)], HERE)
    assert says in caught.value.text
    assert caught.value.where == ", ".join(filter(None, ("frame 1", where)))
    with pytest.raises(TemplateError) as found:
        check_frames([FrameTemplate("text", "fine"), FrameTemplate(kind, value)], HERE)
    assert (found.value.text, found.value.where) == (caught.value.text, caught.value.where)


def test_checking_makes_nothing_large() -> None:
    tracemalloc.start()
    check_frames([FrameTemplate("size", 1 << 30)], HERE)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_json_nested_beyond_reason_is_a_mistake() -> None:
    value: Any = "{{n}}"
    for _ in range(5000):
        value = [value]
    with pytest.raises(TemplateError, match="nested too deeply"):
        made("json", value)


@given(json_values)
def test_json_without_placeholders_is_that_json(value: Any) -> None:
    try:
        found = made("json", value)
    except TemplateError:
        assert "{{" in json.dumps(value)
        return
    if "{{" not in json.dumps(value):
        assert json.loads(found) == value


@given(st.sampled_from(("text", "hex", "base64")), st.text(st.characters()), st.booleans())
def test_any_source_makes_bytes_or_a_mistake(kind: Any, source: str, wrapped: bool) -> None:
    try:
        found = made(kind, f"{{{{{source}}}}}" if wrapped else source)
    except TemplateError:
        return
    assert isinstance(found, bytes)


numbers = st.integers(-(10**18), 10**18).map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr)
numeric = st.recursive(
    numbers | st.just("n") | st.just("now_ns"),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(("randint", "uniform", "round", "choice", "cycle")), inner, inner).map(
            lambda call: f"{call[0]}({call[1]}, {call[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda args: f"sin({', '.join(args)})"),
    ),
    max_leaves=6,
)
binary = st.tuples(st.sampled_from([name for name, row in FUNCTIONS.items() if row.gives == "bytes"]), numeric)


@given(binary.map(lambda call: f"{call[0]}({call[1]})"), numeric, st.integers(0, 2**63))
def test_what_compiles_never_fails_while_sending(fields: str, number: str, n: int) -> None:
    make = compile_frames(
        [
            FrameTemplate("hex", "{{" + fields + "}}"),
            FrameTemplate("text", "{{" + number + "}}"),
            FrameTemplate("json", {"v": "{{" + number + "}}"}),
        ],
        HERE,
    )
    for number_ in (1, n):
        assert json.loads(make(number_)[2])["v"] is not None


@given(st.integers(0, 2**64 - 1))
def test_a_varint_is_protobufs(value: int) -> None:
    found = made("hex", "{{varint(n)}}", value)
    assert sum((byte & 127) << 7 * index for index, byte in enumerate(found)) == value
    assert [byte > 127 for byte in found] == [True] * (len(found) - 1) + [False]


@given(st.binary())
def test_base64_is_base64(data: bytes) -> None:
    assert made("base64", base64.b64encode(data).decode()) == data


def test_every_function_has_an_example_that_works() -> None:
    for function in FUNCTIONS.values():
        example = function.help.split(":")[0]
        kind = "hex" if function.gives == "bytes" else "text"
        assert isinstance(made(kind, example), bytes)
