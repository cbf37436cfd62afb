"""Where each JSON value stands in the bytes. The input is known to be valid; this only finds places."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from zinspector.decode.api import Value, visible

MOST_VALUES = 20_000
TEXT_CHARS = 10_000
TOKEN = re.compile(r'[ \t\r\n,:]*("(?:[^"\\]|\\.)*"|[\[\]{}]|[^\s,:\[\]{}"]+)', re.DOTALL)
CLOSING = "]}"
KINDS = {"t": "bool", "f": "bool", "n": "null"}


@dataclass
class _Open:
    """An object or array whose end has not come yet. `key` is the name that waits for its value."""

    name: str
    start: int
    is_object: bool
    children: list[Value] = field(default_factory=list)
    key: str | None = None

    def next_name(self) -> str:
        """The name of the next value: its key, or its index."""
        if not self.is_object:
            return f"[{len(self.children)}]"
        name, self.key = self.key or "", None
        return name

    def close(self, end: int) -> Value:
        """The finished value."""
        count = len(self.children)
        text = f"{{{count}}}" if self.is_object else f"[{count}]"
        return Value(self.name, text, "object" if self.is_object else "array", self.start, end, tuple(self.children))


def scan(data: bytes) -> tuple[tuple[Value, ...], int]:
    """The top-level values, and the number of values shown if there were more than that, else 0.

    An object at the top is unfolded: its members are the values.
    """
    text = data.decode("latin-1")
    root = _Open("", 0, is_object=False)
    stack, count = [root], 0
    position = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while (token := TOKEN.match(text, position)) is not None:
        position = token.end()
        start, word = token.start(1), token[1]
        top = stack[-1]
        if word in CLOSING:
            stack.pop()
            stack[-1].children.append(top.close(position))
            continue
        if top.is_object and top.key is None:
            top.key = _string(data[start:position])
            continue
        count += 1
        if count > MOST_VALUES:
            break
        name = top.next_name() if top is not root else "value"
        if word in "[{":
            stack.append(_Open(name, start, word == "{"))
        else:
            top.children.append(_leaf(name, word, data[start:position], start, position))
    more = count > MOST_VALUES
    while len(stack) > 1:
        top = stack.pop()
        stack[-1].children.append(top.close(len(data)))
    values = tuple(root.children)
    if len(values) == 1 and values[0].children:
        values = values[0].children
    return values, MOST_VALUES if more else 0


def _leaf(name: str, word: str, raw: bytes, start: int, end: int) -> Value:
    if word[0] == '"':
        return Value(name, f'"{visible(_string(raw), TEXT_CHARS)}"', "string", start, end)
    return Value(name, visible(word, TEXT_CHARS), KINDS.get(word[0], "number"), start, end)


def _string(raw: bytes) -> str:
    text = str(json.loads(raw.decode("utf-8", "replace"), strict=False))
    return text.encode("utf-8", "backslashreplace").decode()
