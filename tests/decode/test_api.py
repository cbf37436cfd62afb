"""What plugins are given: `visible()` and the walk over values."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zinspector.decode.api import Value, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Zürich 東京 ☂", "Zürich 東京 ☂"),
        ("a\nb\tc\r\0", "a\\nb\\tc\\r\\0"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("\u2066x\u2069\u200f\u061c", "\\u2066x\\u2069\\u200f\\u061c"),
        ("\ud800", "\\ud800"),
        ("\u2028", "\\u2028"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_hides_or_reorders_is_shown_as_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_limit_ends_in_an_ellipsis() -> None:
    assert visible("abcdef", 3) == "abc…"
    assert visible("abc", 3) == "abc"


@given(st.text(alphabet=st.characters()))
def test_visible_text_is_one_harmless_line(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)
    assert visible(shown) == shown


def test_walk_goes_through_all_values_in_order() -> None:
    tree = Value("a", "", children=(Value("b", "", children=(Value("c", ""),)), Value("d", "")))
    assert [value.name for value in tree.walk()] == ["a", "b", "c", "d"]
