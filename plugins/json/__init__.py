"""JSON: every value with the bytes that it stands in.

The standard library says whether it is JSON and what the values are; the scanner beside it says where they are. What
no other program would take is put in words: NaN, infinities and lone surrogates become strings in `Decoded.value`. Of a
key that is there more than once the first value counts, as in filters and SQL; the tree shows all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from math import isfinite, nan
from typing import Any, ClassVar

from zinspector.decode.api import Context, Decoded, DecodeError

from .scan import deepest, scan, squeeze

API = 1

SUMMARY_CHARS = 300
SUMMARY_BYTES = 64 << 10
MOST_DEPTH = 500  # readers in C and Python give up near 1,000
BLANKS = " \t\r\n"
BRACKETS = (b"{}", b"[]")
BOM = b"\xef\xbb\xbf"
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
READ = json.JSONDecoder().raw_decode


class Json:
    """JSON text in UTF-8."""

    name: ClassVar[str] = "json"

    def match(self, data: bytes, context: Context) -> float:
        """Sure of what begins and ends like an object or an array, less so of a quoted string."""
        pair = data[:1] + data[-1:]
        if pair not in BRACKETS:
            pair = data[:256].removeprefix(BOM).lstrip(BLANKS.encode())[:1] + data[-256:].rstrip(BLANKS.encode())[-1:]
        if pair in BRACKETS:
            return 0.9
        return 0.6 if pair == b'""' and len(data) > 1 else -1.0

    def decode(self, data: bytes, context: Context) -> Decoded:
        """The tree of values. Raises DecodeError."""
        notes: list[str] = []
        text, value = _load(data, notes)
        tree = scan(data, len(BOM) if data.startswith(BOM) else 0, notes)
        return Decoded(self.name, squeeze(text, SUMMARY_CHARS), tree, value, tuple(dict.fromkeys(notes)))

    def value(self, data: bytes, context: Context) -> Any:
        """The value alone, which needs no scanner. Raises DecodeError."""
        return _load(data, [])[1]

    def summary(self, data: bytes, context: Context) -> str:
        """The text without its blanks; of a long one only the beginning is read. Raises DecodeError."""
        if len(data) > SUMMARY_BYTES:
            return squeeze(data[:SUMMARY_BYTES].decode("utf-8-sig", "replace"), SUMMARY_CHARS)
        return squeeze(_load(data, [])[0], SUMMARY_CHARS)


def _load(data: bytes, notes: list[str]) -> tuple[str, Any]:
    """The text and its value. Raises DecodeError."""

    text = ""
    try:
        text = data.removeprefix(BOM).decode()
        if data.count(b"[") + data.count(b"{") > MOST_DEPTH and deepest(text) > MOST_DEPTH:
            raise DecodeError(f"nested more than {MOST_DEPTH} deep")
        value, end = _read(text)
        if end != len(text.rstrip(BLANKS)) or _members([value]) not in _colons(text):
            value = _carefully(text, notes)
        return text, _escaped(value) if "\\u" in text and SURROGATE.search(text) else value
    except UnicodeDecodeError as error:
        raise DecodeError("not UTF-8", error.start) from None
    except json.JSONDecodeError as error:
        skipped = len(BOM) if data.startswith(BOM) else 0
        raise DecodeError(error.msg, skipped + len(text[: error.pos].encode())) from None
    except RecursionError:
        raise DecodeError("nested too deeply") from None
    except ValueError as error:  # an integer of too many digits
        raise DecodeError(str(error).partition(";")[0]) from None


def _read(text: str) -> tuple[Any, int]:
    """The value that text begins with, and where it ends: what json.loads does without its doubts."""
    try:
        return READ(text)
    except json.JSONDecodeError:  # there may be blanks in front
        return None, -1


def _members(values: Iterable[Any]) -> float:
    """How many members the objects in some values have; NaN where some float is not finite."""
    count: float = 0
    for value in values:
        kind = type(value)
        if kind is dict:
            count += len(value) + _members(value.values())
        elif kind is list:
            count += _members(value)
        elif kind is float and not isfinite(value):
            return nan
    return count


def _colons(text: str) -> Iterator[float]:
    """How many keys there are at most, counted in two ways. With a key lost, the members are fewer.

    Before the colon of a key are quotes or a blank; in strings, times of day for example, they seldom are.
    """
    yield text.count(":")
    yield text.count('":') + sum(text.count(f"{blank}:") for blank in BLANKS)


def _carefully(text: str, notes: list[str]) -> Any:
    """The value with the first of the same keys, and words where no other program would take what is written."""

    def no_number(word: str) -> str:
        notes.append(f"{word} is not JSON, though some programs write it")
        return word

    def number(word: str) -> float | str:
        value = float(word)
        if value in (float("inf"), float("-inf")):
            notes.append(f"{word[:40]} is more than a 64-bit float holds")
            return word
        return value

    return json.loads(text, parse_constant=no_number, parse_float=number, object_pairs_hook=_first)


def _first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which the first value of a key counts."""
    made = dict(pairs)
    if len(made) < len(pairs):
        made = {}
        for name, value in pairs:
            made.setdefault(name, value)
    return made


def _escaped(value: Any) -> Any:
    """`value` with lone surrogates as escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {_escaped(name): _escaped(item) for name, item in value.items()}
    return value


DECODERS = [Json]
