"""What is written for a frame, and where it is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.ui.inspect.frame_text import KINDS, FrameError, editable, frame_bytes


@pytest.mark.parametrize(
    ("kind", "text", "data"),
    [
        ("text", "weather.lóndon", "weather.lóndon".encode()),
        ("text", "", b""),
        ("json", ' {"n": 1.0}\n', b' {"n": 1.0}\n'),  # sent as it is written
        ("hex", "0a 04\n41FF", b"\n\x04A\xff"),
        ("hex", "", b""),
        ("base64", "aGVs\nbG8=", b"hello"),
    ],
)
def test_what_it_means(kind: str, text: str, data: bytes) -> None:
    assert frame_bytes(kind, text) == data


@pytest.mark.parametrize(
    ("kind", "text", "reason", "position"),
    [
        ("json", '{"a": 1,}', "line 1, column 9", 8),
        ("json", '{\n "a": x}', "line 2, column 7", 8),
        ("json", "", "line 1, column 1", 0),
        ("json", "[NaN]", "NaN is not JSON", None),
        ("json", "[" * 100_000, "nested too deeply", None),
        ("json", "1" * 5000, "4300 digits", None),
        ("hex", "0a zz", "“z” is no hex digit: line 1, column 4", 3),
        ("hex", "0a\n4", "half a byte: line 2, column 1", 3),
        ("hex", "0a 414 41", "half a byte: line 1, column 6", 5),
        ("base64", "aG?s", "“?” is not in the alphabet: line 1, column 3", 2),
        ("base64", "aGVsb", "one digit too many", 4),
        ("base64", "aGVsbG8", "the padding is wrong (=)", 6),
        ("text", "a\ud800", "half a surrogate pair", 1),
    ],
)
def test_where_it_is_wrong(kind: str, text: str, reason: str, position: int | None) -> None:
    with pytest.raises(FrameError) as caught:
        frame_bytes(kind, text)
    assert reason in str(caught.value)
    assert caught.value.position == position


@given(st.binary() | st.text(st.characters(codec="utf-8")).map(str.encode))
def test_what_can_be_edited_means_the_same_bytes(data: bytes) -> None:
    assert frame_bytes(*editable(data)) == data


@given(st.sampled_from(KINDS), st.text())
def test_any_text_is_bytes_or_an_error_with_a_place_in_it(kind: str, text: str) -> None:
    error = None
    try:
        frame_bytes(kind, text)
    except FrameError as caught:
        error = caught
    place = error.position if error is not None else None
    assert place is None or 0 <= place <= len(text)


def test_json_is_offered_as_json() -> None:
    data = json.dumps({"a": [1, 2]}).encode()
    assert editable(data) == ("json", data.decode())
    assert editable(b"{oops")[0] == "text"
    assert editable(b"a\r\nb")[0] == "hex"
