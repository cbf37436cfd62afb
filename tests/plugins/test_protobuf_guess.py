"""Protobuf without a schema: what is guessed, how seldom it is wrong, and that it ends."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.decode.api import Context
from zinspector.decode.registry import Registry
from zinspector.decode.rules import Rule

HERE = Context()
GUESS = [Rule.parse("*=protobuf")]
QUOTE = b"\x0a\x04ACME\x11" + struct.pack("<d", 101.25) + b"\x1d" + struct.pack("<f", 0.1) + b" \xb9\xb0\x05"


def test_a_message_without_a_schema(registry: Registry) -> None:
    decoded = registry.decode(QUOTE, HERE)
    assert decoded.decoder == "protobuf"
    assert decoded.summary == '{ 1: "ACME" 2: 101.25 3: 0.1 4: 88121 }'
    assert decoded.value == {"1": "ACME", "2": 101.25, "3": 0.1, "4": 88121}
    assert decoded.notes[0].startswith("guessed without a schema")
    assert [QUOTE[value.start : value.end] for value in decoded.tree] == [
        QUOTE[:6],
        QUOTE[6:15],
        QUOTE[15:20],
        QUOTE[20:],
    ]
    assert registry.summary(QUOTE, HERE) == decoded.summary


def test_what_bytes_may_be(registry: Registry) -> None:
    inner = b"\x0a\x0aACMEACMEAC\x10\x01"
    data = (
        b"\x0a"
        + bytes([len(inner)])
        + inner
        + b"\x12\x03\xff\xfe\xfd\x1a\x00\x20"
        + b"\xff" * 9
        + b"\x01\x28\x01\x28\x02"
    )
    decoded = registry.decode(data, HERE)
    assert decoded.summary == '{ 1 { 1: "ACMEACMEAC" 2: 1 } 2: 3 B  ff fe fd 3: "" 4: -1 5: 1 5: 2 }'
    assert decoded.value == {"1": {"1": "ACMEACMEAC", "2": 1}, "2": "3 B  ff fe fd", "3": "", "4": -1, "5": [1, 2]}


def test_accidents_are_rarely_taken_for_protobuf(registry: Registry) -> None:
    source = random.Random(1)
    lengths = [source.randrange(8, 200) for _ in range(3000)]
    taken = sum(registry.decode(source.randbytes(length), HERE).decoder == "protobuf" for length in lengths)
    assert taken / len(lengths) < 0.01


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<4d", 1.5, 2.5, 3.5, 4.5),
        struct.pack("<8f", *range(8)),
        struct.pack("<Q", 1_700_000_000_000_000_000),
        struct.pack(">I", 77),
        b"\x00\x6b\x8b\x45\x67",
        b"ZINSTAMP" + struct.pack("<Q", 123_456_789),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\x82\xa1a\x01\xa1b\x02",
        b"\x01",
        b"",
        b"\x0aa printable line, though it reads as a message"[:12],
    ],
)
def test_other_binary_formats_are_left_alone(registry: Registry, data: bytes) -> None:
    assert registry.decode(data, HERE).decoder in ("hex", "text")


@pytest.mark.parametrize(
    "data",
    [
        b"\x08\x01" * 500_000,
        b"\x0b" * 2_000_000,
        (b"\x0b" * 90 + b"\x08\x01" * 20_000) * 20,
        b"\x0b" * 90 + b"\x08\x01" * 500_000,
        b"\x0a\xff\xff\xff\xff\x07",
        b"\x12\x80\x80\x80\x02" + b"\x08\x01" * 2_000_000,
        b"".join(b"\x0a" + bytes([n]) for n in range(120, 0, -2)),
        b"\x0a\x7f" + b"\x12\x7d" * 60,
    ],
    ids=["fields", "groups", "many groups", "a group", "length", "half", "nested", "almost nested"],
)
def test_of_hostile_bytes_a_part_is_shown(registry: Registry, data: bytes) -> None:
    decoded = registry.decode(data, HERE, GUESS)
    registry.summary(data, HERE, GUESS)
    assert sum(1 for top in decoded.tree for _ in top.walk()) <= 10_000


@given(
    data=st.recursive(
        st.binary(max_size=20),
        lambda inner: st.builds(lambda n, x: bytes([n << 3 | 2, len(x) % 128]) + x, st.integers(1, 15), inner),
        max_leaves=5,
    )
)
def test_a_guess_is_bounded_and_whole(registry: Registry, data: bytes) -> None:
    decoded = registry.decode(data, HERE, GUESS)
    if decoded.decoder == "protobuf":
        assert [value.start for value in decoded.tree] == [0, *(value.end for value in decoded.tree)][
            : len(decoded.tree)
        ]
        assert not data or decoded.tree[-1].end == len(data)
    for top in decoded.tree:
        for value in top.walk():
            assert all(value.start <= child.start <= child.end <= value.end for child in value.children)
