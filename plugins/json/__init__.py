"""JSON: every value with the bytes that it stands in.

The standard library says whether it is JSON and what the values are; the scanner beside it says where they are. Data is
scanned as Latin-1, so that places in the text are places in the bytes.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from zinspector.decode.api import Context, Decoded, DecodeError, visible

from .scan import scan

API = 1

SUMMARY_CHARS = 300
STARTS = frozenset(b'{["')
WORDS = (b"true", b"false", b"null")


class Json:
    """JSON text in UTF-8."""

    name: ClassVar[str] = "json"

    def __init__(self, *options: str) -> None:
        """Has no options."""

    def match(self, data: bytes, context: Context) -> float:
        """Sure of what begins and ends like an object or an array."""
        text = data.strip(b" \t\r\n")
        if not text:
            return -1.0
        pair = text[:1] + text[-1:]
        if pair in (b"{}", b"[]"):
            return 0.9
        return 0.6 if pair == b'""' and len(text) > 1 else -1.0

    def decode(self, data: bytes, context: Context) -> Decoded:
        """The tree of values. Raises DecodeError."""
        notes: list[str] = []
        value = _load(data, notes)
        tree, more = scan(data)
        if more:
            notes.append(f"only the first {more:,} values are shown")
        return Decoded(self.name, _summary(value), tree, value, tuple(notes))


def _load(data: bytes, notes: list[str]) -> Any:
    def constant(name: str) -> float:
        notes.append(f"{name} is not JSON, though Python and JavaScript write it")
        return float(name.replace("Infinity", "inf"))

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            names = [name for name, _ in items]
            twice = next(name for name in names if names.count(name) > 1)
            notes.append(f"the key {visible(twice, 60)!r} is there more than once; the last counts")
        return made

    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, parse_constant=constant, object_pairs_hook=pairs)
    except UnicodeDecodeError as error:
        raise DecodeError("not UTF-8", error.start) from None
    except json.JSONDecodeError as error:
        raise DecodeError(error.msg, len(text[: error.pos].encode("utf-8", "surrogatepass"))) from None
    except RecursionError:
        raise DecodeError("nested too deeply") from None
    except ValueError as error:
        raise DecodeError(str(error).partition(";")[0]) from None
    return _escaped(value) if "\\u" in text else value


def _escaped(value: Any) -> Any:
    """`value` with lone surrogates as escapes, since no other program takes them."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {_escaped(name): _escaped(item) for name, item in value.items()}
    return value


def _summary(value: Any) -> str:
    chunks, length = [], 0
    for chunk in json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).iterencode(value):
        chunks.append(chunk)
        length += len(chunk)
        if length > SUMMARY_CHARS:
            break
    return visible("".join(chunks), SUMMARY_CHARS)


DECODERS = [Json]
