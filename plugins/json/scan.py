"""Where each JSON value stands in the bytes, and JSON text on one line. The input is known to be valid.

Bytes are read as Latin-1, so that places in the text are places in the bytes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from itertools import accumulate

from zinspector.decode.api import Value, visible

MOST_VALUES = 20_000
MOST_LEVELS = 100
TEXT_CHARS = 10_000
PREVIEW_CHARS = 80
STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
TOKEN = re.compile(rf'{STRING}|[\[\]{{}}]|[^\s,:\[\]{{}}"]+', re.DOTALL)
PIECE = re.compile(rf'{STRING}|"[^\n]*|[^\s"]+', re.DOTALL)  # a string that was cut off is a piece too
NO_BRACKETS = re.compile(rf"{STRING}|[^\[\]{{}}]+", re.DOTALL)
STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
BY_HAND = re.compile(r"[\\\x7f]")  # valid strings have no other control characters
KINDS = {"t": "bool", "f": "bool", "n": "null"}


class _Open:
    """An object or array whose end has not come yet. `key` is the name that waits for its value."""

    __slots__ = ("children", "is_object", "key", "name", "start")

    def __init__(self, name: str, start: int, is_object: bool) -> None:
        self.name = name
        self.start = start
        self.is_object = is_object
        self.key: str | None = None
        self.children: list[Value] = []


def scan(data: bytes, start: int, notes: list[str]) -> tuple[Value, ...]:
    """The values in data[start:]; the members of an object or array at the top. `notes` gets what there is to say."""
    text = data.decode("latin-1")
    plain = len(data) <= TEXT_CHARS and data.isascii() and not BY_HAND.search(text)
    top = root = _Open("", start, is_object=False)
    stack: list[_Open] = []
    left = MOST_VALUES
    for token in TOKEN.finditer(text, start):
        word = token[0]
        first = word[0]
        if first == '"':
            shown = word[1:-1] if plain else visible(_string(word), TEXT_CHARS)
            if top.is_object and top.key is None:
                top.key = shown
                continue
        elif first in "]}":
            top = _close(stack, top, data, token.end(), notes)
            continue
        if left == 0:
            notes.append(f"only the first {MOST_VALUES:,} values are shown")
            break
        left -= 1
        children = top.children
        name = top.key if top.key is not None else f"[{len(children)}]"
        top.key = None
        if first == '"':
            children.append(Value(name, f'"{shown}"', "string", token.start(), token.end()))
        elif first in "[{":
            stack.append(top)
            top = _Open(name, token.start(), first == "{")
        else:
            children.append(Value(name, word[:TEXT_CHARS], KINDS.get(first, "number"), token.start(), token.end()))
    while stack:
        top = _close(stack, top, data, len(data), notes)
    whole = root.children[0]
    return whole.children or (replace(whole, name="value"),)


def squeeze(text: str, limit: int) -> str:
    """JSON text without the blanks between its values, up to `limit` characters; escapes of visible characters undone.

    Reads no more than a few times `limit`.
    """
    head = text[: 8 * limit]
    pieces = PIECE.findall(head)
    if "\\u" in head:
        pieces = [_unescaped(piece) if "\\u" in piece else piece for piece in pieces]
    line = "".join(pieces)
    more = "…" if len(text) > len(head) and len(line) <= limit else ""
    return visible(line, limit) + more


def deepest(text: str) -> int:
    """How many brackets are open at once."""
    brackets = NO_BRACKETS.sub("", text)
    return max(accumulate(map(STEPS.get, brackets, [0] * len(brackets))), default=0)


def _close(stack: list[_Open], top: _Open, data: bytes, end: int, notes: list[str]) -> _Open:
    """Put the finished `top` into the one around it, which is returned."""
    parent = stack.pop()
    children = tuple(top.children)
    if top.is_object and len({child.name for child in children}) < len(children):
        twice = Counter(child.name for child in children).most_common(1)[0][0]
        notes.append(
            f"the key “{twice[:60]}” is there more than once; the first counts here, the last in many programs"
        )
    if len(stack) > MOST_LEVELS and children:
        notes.append(f"only the first {MOST_LEVELS} levels are shown")
        children = ()
    # what has the whole frame to itself is shown as its members, and needs no preview
    head = data[top.start : min(end, top.start + 8 * PREVIEW_CHARS)] if stack or not children else b""
    preview = squeeze(head.decode("utf-8", "replace"), PREVIEW_CHARS)
    kind = "object" if top.is_object else "array"
    parent.children.append(Value(top.name, preview, kind, top.start, end, children))
    return parent


def _string(word: str) -> str:
    text: str = json.loads(word.encode("latin-1").decode("utf-8"), strict=False)
    return text


def _unescaped(piece: str) -> str:
    try:
        return json.dumps(json.loads(piece, strict=False), ensure_ascii=False)
    except ValueError:  # cut off
        return piece
