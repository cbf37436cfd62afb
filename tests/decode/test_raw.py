"""Text and hex: what is taken for text, what the lines' bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.decode.api import Context, DecodeError
from zinspector.decode.raw import MOST_LINES, Hex, Text
from zinspector.decode.registry import Registry

HERE = Context()


@pytest.mark.parametrize(
    "data",
    [
        b"weather.london",
        "Zürich 東京 👩‍👩‍👧".encode(),
        b"two\r\nlines\twith tab",
        b"a C string\0",
        b"\x1b[31mERROR\x1b[0m in colour",
        b"x" * 511 + "ü".encode() + b"y" * 100,
        b"",
    ],
)
def test_this_is_text(data: bytes) -> None:
    assert Text().match(data, HERE) > 0
    assert Registry().decode(data, HERE).decoder == "text"


@pytest.mark.parametrize("data", [b"\0", b"\0\0\0\0", b"a\0b", b"\xff\xfe", b"\x01text", b"abc\x80", b"cut\xe6\x9d"])
def test_this_is_not(data: bytes) -> None:
    assert Text().match(data, HERE) < 0
    assert Registry().decode(data, HERE).decoder == "hex"


def test_text_that_turns_out_binary_later_is_shown_as_hex() -> None:
    decoded = Registry().decode(b"a" * 1000 + b"\xff", HERE)
    assert decoded.decoder == "hex"


def test_every_line_has_its_bytes() -> None:
    data = "erste\nzweite Zeile: ü\r\n\nEnde".encode()
    decoded = Text().decode(data, HERE)
    assert [data[value.start : value.end] for value in decoded.tree] == data.split(b"\n")
    assert [value.text for value in decoded.tree] == ["erste", "zweite Zeile: ü\\r", "", "Ende"]
    assert decoded.summary == "erste\\nzweite Zeile: ü\\r\\n\\nEnde"
    assert decoded.value == data.decode()


def test_many_and_long_lines_are_bounded() -> None:
    decoded = Text().decode(b"x\n" * 5000, HERE)
    assert len(decoded.tree) == MOST_LINES
    assert decoded.notes == ("only the first 1,000 lines are shown",)
    long = Text().decode(b"x" * 3_000_000, HERE)
    assert len(long.tree[0].text) < 11_000
    assert long.tree[0].end == 3_000_000
    assert len(long.summary) < 310


def test_another_encoding() -> None:
    assert Text("latin-1").decode(b"Z\xfcrich", HERE).summary == "Zürich"
    wide = Text("utf-16-le").decode("a\nb".encode("utf-16-le"), HERE)
    assert [(value.text, value.start, value.end) for value in wide.tree] == [("a", 0, 0), ("b", 0, 0)]
    for wrong in ("no-such", "base64", "rot13"):
        with pytest.raises(DecodeError, match="no text encoding"):
            Text(wrong)


def test_what_is_not_this_encoding_says_where() -> None:
    with pytest.raises(DecodeError) as caught:
        Text().decode(b"abc\xff", HERE)
    assert (caught.value.reason, caught.value.offset) == ("not utf-8: invalid start byte", 3)


def test_hex_says_the_size_and_the_first_bytes() -> None:
    assert Hex().decode(b"\x00\xff", HERE).summary == "2 B  00 ff"
    assert Hex().decode(bytes(5000), HERE).summary.startswith("5,000 B  00 00")
    assert Hex().decode(bytes(5000), HERE).summary.endswith("00 …")
    assert Hex().decode(b"", HERE).summary == Text().decode(b"", HERE).summary == "(empty)"
    assert Hex().decode(b"\x0a\x0b", HERE).value == "0a0b"


@given(st.text(max_size=2000))
def test_summary_is_that_of_decode(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    assert Text().summary(data, HERE) == Text().decode(data, HERE).summary


def test_the_summary_of_a_long_text_reads_its_beginning() -> None:
    data = ("ü" * 200_000).encode() + b"\xff"
    assert Text().summary(data, HERE) == "ü" * 300 + "…"
