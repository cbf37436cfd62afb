"""Protobuf with a schema: values against Google's JSON mapping, places against its parser, on real files too."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError as WrongBytes
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.places import shared
from tests.helpers.protos import EVERYTHING, OLD, message_class, pool_of
from zinspector.decode.api import Context, Decoded, Value, visible
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule
from zinspector.shipped import shipped

Decode = Callable[[bytes, str], Decoded]
HERE = Context()
ALL = "protobuf(everything.proto, test.Everything)"
QUOTE = bytes.fromhex("0a0441434d45 110000000000505940 19a4703d0ad7535940 20b9b005")


def summed(value: Any, field: Any) -> str:
    """How a scalar ought to read."""
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known is not None else str(value)
    if isinstance(value, str):
        return f'"{visible(value)}"'
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def same(shown: Value, value: Any, field: Any) -> bool:
    if isinstance(value, float):
        real = float(shown.text)
        return (math.isnan(real) and math.isnan(value)) or value in (real, _as_float32(real))
    if isinstance(value, bytes):
        return shown.text.startswith(f"{len(value):,} B")
    return shown.text == summed(value, field)


def _as_float32(value: float) -> float | None:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return None


def agrees(values: tuple[Value, ...], message: Any) -> None:
    """All that Google's parser found is in the tree, in its order."""
    named: dict[str, list[Value]] = {}
    for value in values:
        name = value.name if value.name.startswith("[") else value.name.partition("[")[0]
        named.setdefault(name, []).extend(value.children if value.kind == "array" else [value])
    for field, content in message.ListFields():
        shown = named[f"[{field.full_name}]" if field.is_extension else field.name.lower()]
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            assert len(shown) >= len(content)
            for key, value in content.items():
                entry = [
                    each for each in shown if each.name == f"{field.name}[{summed(key, field.message_type.fields[0])}]"
                ]
                held = next((child for child in entry[-1].children if child.name == "value"), None)
                if held is None:
                    assert not value or not value.ListFields()
                elif field.message_type.fields_by_name["value"].message_type is not None:
                    agrees(held.children, value)
                else:
                    assert same(held, value, field.message_type.fields_by_name["value"])
        elif field.is_repeated:
            assert len(shown) == len(content)
            for each, value in zip(shown, content, strict=True):
                if field.message_type is not None:
                    agrees(each.children, value)
                else:
                    assert same(each, value, field)
        elif field.full_name == "google.protobuf.Any.value":
            assert shown[-1].kind in ("bytes", "object")  # perhaps the message in it
        elif field.message_type is not None:
            agrees(tuple(child for each in shown for child in each.children), content)  # parts are merged
        else:
            assert same(shown[-1], content, field)


def places_agree(data: bytes, values: tuple[Value, ...], kind: Any) -> None:
    """The fields stand side by side and fill the frame, and each reads alone as that field and no other."""
    assert [value.start for value in values] == [0, *(value.end for value in values)][: len(values)]
    assert not values or values[-1].end == len(data)
    for value in values:
        alone = kind.FromString(data[value.start : value.end])
        assert {field.name for field, _ in alone.ListFields()} <= {value.name.partition("[")[0]}


INNER = st.deferred(
    lambda: st.fixed_dictionaries({}, optional={"name": st.text(max_size=5), "inner": INNER, "depth": INT32})
)
INT32 = st.integers(-(2**31), 2**31 - 1)
UINT32 = st.integers(0, 2**32 - 1)
INT64 = st.integers(-(2**63), 2**63 - 1)
UINT64 = st.integers(0, 2**64 - 1)
FLOAT = st.floats(width=32)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **{"f64": st.floats(), "f32": FLOAT, "i32": INT32, "i64": INT64, "u32": UINT32, "u64": UINT64, "s32": INT32},
    **{"s64": INT64, "x32": UINT32, "x64": UINT64, "sx32": INT32, "sx64": INT64, "flag": st.booleans()},
    **{"text": st.text(max_size=10), "raw": st.binary(max_size=20), "colour": st.sampled_from([0, 1, -2, 77])},
    **{"inner": INNER, "packed": st.lists(INT32, max_size=5), "loose": st.lists(INT32, max_size=5)},
    **{"texts": st.lists(st.text(max_size=5), max_size=3), "inners": st.lists(INNER, max_size=3)},
    **{"floats": st.lists(FLOAT, max_size=4), "colours": st.lists(st.sampled_from([0, 1, -2, 9]), max_size=3)},
    **{"flags": st.lists(st.booleans(), max_size=3), "word": st.text(max_size=5), "other": INNER},
    "counts": st.dictionaries(st.text(max_size=5), INT32, max_size=3),
    "tree": st.dictionaries(INT32, INNER, max_size=2),
}


def build(kind: Any, content: dict[str, Any]) -> Any:
    message = kind()
    for name, value in content.items():
        if name == "tree":
            for key, inner in value.items():
                message.tree[key].CopyFrom(build(type(message.inner), inner))
        elif name == "inners":
            message.inners.extend(build(type(message.inner), inner) for inner in value)
        elif name in ("inner", "other"):
            getattr(message, name).CopyFrom(build(type(getattr(message, name)), value))
        elif isinstance(value, list):
            getattr(message, name).extend(value)
        elif isinstance(value, dict):
            getattr(message, name).update(value)
        else:
            setattr(message, name, value)
    return message


@given(content=st.fixed_dictionaries({}, optional=FIELDS))
def test_values_and_places_agree_with_google(decode: Decode, content: dict[str, Any]) -> None:
    kind = message_class(EVERYTHING, "test.Everything")
    message = build(kind, {k: v for k, v in content.items() if not isinstance(v, str) or v.isprintable()})
    data = message.SerializeToString()
    decoded = decode(data, ALL)
    assert decoded.decoder == "protobuf"
    assert decoded.value == MessageToDict(message, preserving_proto_field_name=True)
    agrees(decoded.tree, message)
    places_agree(data, decoded.tree, kind)
    decoded.summary.encode()


@given(data=st.binary(max_size=60))
def test_what_google_accepts_is_accepted(decode: Decode, data: bytes) -> None:
    kind = message_class(EVERYTHING, "test.Everything")
    try:
        message = kind.FromString(data)
    except WrongBytes:
        decode(data, ALL)
        return
    decoded = decode(data, ALL)
    assert decoded.decoder == "protobuf"
    agrees(decoded.tree, message)
    places_agree(data, decoded.tree, kind)


@pytest.mark.parametrize(
    "name", ["model_1.onnx", "model_2.onnx", "model_3.onnx", *(f"tensor_{n}.pb" for n in range(6))]
)
def test_real_files(registry: Registry, name: str) -> None:
    schema = shared("proto/onnx-ml.proto")
    data = shared(f"proto/{name}").read_bytes()
    kind = "onnx.ModelProto" if name.startswith("model") else "onnx.TensorProto"
    message = message_class(schema, kind).FromString(data)
    decoded = registry.decode(data, HERE, [Rule.parse(f"*=protobuf({schema}, {kind})")])
    assert decoded.decoder == "protobuf"
    assert decoded.notes == ()
    assert decoded.value == MessageToDict(message, preserving_proto_field_name=True)
    assert decoded.summary.startswith(f"{kind} {{ ")
    agrees(decoded.tree, message)
    places_agree(data, decoded.tree, type(message))


def test_the_example_of_the_manual(registry: Registry) -> None:
    rules = [Rule.parse("topic:quotes.* frame:1=protobuf(quotes.proto, market.Quote)", shipped("resources/schemas"))]
    context = Context(topic="quotes.ACME", frame=1, frame_count=2)
    decoded = registry.decode(QUOTE, context, rules)
    assert decoded.summary == 'market.Quote { symbol: "ACME" bid: 101.25 ask: 101.31 seq: 88121 }'
    assert registry.summary(QUOTE, context, rules) == decoded.summary
    assert [QUOTE[value.start : value.end].hex() for value in decoded.tree] == [
        "0a0441434d45",
        "110000000000505940",
        "19a4703d0ad7535940",
        "20b9b005",
    ]


def test_every_sort_of_field_reads_well(decode: Decode) -> None:
    kind = message_class(EVERYTHING, "test.Everything")
    message = kind(f32=0.1, colour=-2, raw=b"\xff\x01", packed=[3, -4], texts=["a", "b"], counts={"a": 1}, word="w")
    message.inner.inner.name = "deep"
    message.tree[7].name = "seven"
    message.at.FromJsonString("2026-01-02T03:04:05.6Z")
    message.any.Pack(message.inner)
    decoded = decode(message.SerializeToString(deterministic=True), ALL)
    whole = (
        'test.Everything { f32: 0.1 raw: 2 B  ff 01 colour: GREEN inner { inner { name: "deep" } } packed: [3, -4] '
        'texts[0]: "a" texts[1]: "b" counts["a"]: 1 tree[7] { key: 7 value { name: "seven" } } word: "w" '
        'any { type_url: "type.googleapis.com/test.Inner" value { inner { name: "deep" } } } '
        "at: 2026-01-02T03:04:05.6Z }"
    )
    assert decoded.summary == visible(whole, 300)
    any_value = next(value for value in decoded.tree if value.name == "any").children[1]
    assert [child.name for child in any_value.children] == ["inner"]
    packed = next(value for value in decoded.tree if value.name == "packed")
    assert [(child.name, child.text, child.end - child.start) for child in packed.children] == [
        ("[0]", "3", 1),
        ("[1]", "-4", 10),
    ]


def test_groups_and_extensions(decode: Decode) -> None:
    kind = message_class(OLD, "old.Record")
    message = kind(id=5)
    message.result.add(url="x").deep.x = 7
    message.Extensions[pool_of(OLD).FindExtensionByName("old.note")] = "hi"
    data = message.SerializeToString()
    decoded = decode(data, "protobuf(old.proto, old.Record)")
    assert decoded.summary == 'old.Record { id: 5 result[0] { url: "x" deep { x: 7 } } [old.note]: "hi" }'
    assert decoded.value == MessageToDict(message, preserving_proto_field_name=True)
    assert data[decoded.tree[1].start : decoded.tree[1].end] == data[2:-5]


def test_a_missing_required_field_is_told(decode: Decode) -> None:
    decoded = decode(bytes.fromhex("13 1a0178 14"), "protobuf(old.proto, old.Record)")
    assert decoded.summary == 'old.Record { result[0] { url: "x" } }'
    assert decoded.value == {"result": [{"url": "x"}]}
    assert decoded.notes == ("required fields are missing: id",)


def test_fields_that_the_schema_does_not_know(decode: Decode) -> None:
    data = bytes.fromhex("9a06 05 68656c6c6f 1801 0a0178 d206 04 0802 1203")
    decoded = decode(data, ALL)
    assert decoded.notes == ("fields that the schema doesn't know are shown by number",)
    assert ('"hello"' in decoded.summary, "i32: 1" in decoded.summary) == (True, True)


def test_an_any_of_unknown_type(decode: Decode) -> None:
    kind = message_class(EVERYTHING, "test.Everything")
    message = kind(i32=4)
    message.any.type_url, message.any.value = "type.googleapis.com/no.Such", b"\x08\x96\x01\xff"
    decoded = decode(message.SerializeToString(), ALL)
    assert decoded.value["i32"] == 4
    assert decoded.notes[0].startswith("it has no JSON form")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x72\x05abc", "not test.Everything: a length of 5 where 3 bytes are left"),
        (b"\x08", "not test.Everything: the bytes end inside a varint at byte 1"),
        (b"\x09\x00", "not test.Everything: the bytes end inside a number"),
        (b"\x00\x00", "not test.Everything: field number 0 is not allowed"),
        (b"\x0f", "not test.Everything: there is no wire type 7"),
        (b"\x08" + b"\xff" * 11, "not test.Everything: a varint of more than 10 bytes at byte 1"),
        (b"\x72\xff\xff\xff\xff\x07", "not test.Everything: a length of 2,147,483,647 where 0 bytes are left"),
        (b"\xa3\x06\x08\x01", "not test.Everything: the group 100 is never ended at byte 2"),
        (b"\x1c", "not test.Everything: the end of a group 3 that was not begun"),
        (b"\xa3\x06" * 200 + b"\xa4\x06" * 200, "not test.Everything: nested more than"),
    ],
)
def test_wrong_bytes_say_what_and_where(decode: Decode, data: bytes, reason: str) -> None:
    decoded = decode(data, ALL)
    assert decoded.decoder != "protobuf" or "guessed" in decoded.notes[0]
    assert any(note.startswith(f"protobuf: {reason}") for note in decoded.notes)


def test_too_much_nesting(decode: Decode) -> None:
    data = b""
    for _ in range(150):
        data = b"\x12" + varint(len(data)) + data
    decoded = decode(b"\x8a\x01" + varint(len(data)) + data, ALL)
    assert any("nested more than 100 deep" in note for note in decoded.notes)


def test_bad_utf_8_is_shown_with_the_reason(decode: Decode) -> None:
    decoded = decode(b"\x72\x03a\xffb\x18\x05", ALL)
    assert decoded.summary == 'test.Everything { text: "a\\xffb" i32: 5 }'
    assert decoded.value == {"text": "a\\xffb", "i32": 5}
    assert decoded.notes[0].startswith("Google's library refuses it: ")


def test_hostile_text_is_made_visible(decode: Decode) -> None:
    decoded = decode(b"\x72\x0b" + "a\u202eb\0\x1b[c".encode() + b"\n\n", ALL)
    assert decoded.tree[0].text == '"a\\u202eb\\0\\x1b[c\\n\\n"'
    assert decoded.summary.isprintable()


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])
