"""Fields of greetings and commands: in order, in place, and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import zmtp
from zinspector.zmtp.describe import READERS, fields

NAMES = [*READERS, "FOO", ""]


@given(name=st.sampled_from(NAMES), data=st.binary(max_size=400))
def test_fields_are_in_order_and_cover_what_they_say(name: str, data: bytes) -> None:
    at = 0
    for field in fields(name, data):
        assert at <= field.start <= field.end <= len(data)
        assert field.value.isprintable()
        at = field.end


@given(size=st.integers(0, 64))
def test_a_greeting_as_far_as_it_came(size: int) -> None:
    found = fields("GREETING", zmtp.greeting()[:size])
    assert (found[-1].end if found else 0) == size


TREES: list[tuple[str, bytes, list[tuple[str, str]]]] = [
    (
        "READY",
        zmtp.metadata(Socket_Type=b"REQ", Identity=b"", X_Raw=b"\xff\0"),
        [("Socket-Type", "REQ"), ("Identity", "none"), ("X-Raw", "ff 00")],
    ),
    ("HELLO", b"\5admin\6******", [("user", "admin"), ("password", "******")]),
    ("PING", b"\0\x1eabc", [("time to live", "3 s"), ("context", "abc")]),
    ("PONG", b"abc", [("context", "abc")]),
    ("ERROR", b"\x03400", [("reason", "400")]),
    ("SUBSCRIBE", b"weather.", [("topic", "weather.")]),
    ("SUBSCRIBE", b"", [("topic", "(empty)")]),
    ("FOO", b"data", [("data", "data")]),
    ("WELCOME", b"", []),
    ("IDENTITY", b"me", [("identity", "me")]),
]


@pytest.mark.parametrize(("name", "data", "expected"), TREES)
def test_trees(name: str, data: bytes, expected: list[tuple[str, str]]) -> None:
    assert [(field.name, field.value) for field in fields(name, data)] == expected


def test_a_greeting() -> None:
    found = {field.name: field for field in fields("GREETING", zmtp.greeting(b"CURVE"))}
    assert (found["mechanism"].value, found["mechanism"].start, found["mechanism"].end) == ("CURVE", 12, 32)
    assert found["padding"].value == "identity of 0 bytes (libzmq's hint)"
    old = {field.name: field.value for field in fields("GREETING", zmtp.SIGNATURE + b"\1\5")}
    assert (old["revision"], old["socket type"]) == ("1: ZMTP 2.0", "5: DEALER")


def test_curve() -> None:
    assert [field.end for field in fields("HELLO", bytes(194))] == [1, 2, 74, 106, 114, 194]
    assert [field.name for field in fields("INITIATE", b"\xfe" * 300)][:2] == ["cookie", "nonce"]
    assert [field.end for field in fields("READY", b"\xfe" * 44)] == [8, 44]
    assert [field.end for field in fields("WELCOME", b"\xfe" * 160)] == [16, 160]
