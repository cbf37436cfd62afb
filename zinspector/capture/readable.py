"""Bytes as text that is safe to print and still readable: one line, no control characters, no tricks of direction.

What can't be printed is escaped as in Python: `\\n`, `\\x1b`, `\\u202e`. Bytes that are no UTF-8 are shown as hex.
"""

from __future__ import annotations

import re

UNSAFE = re.compile(r"[^\x20-\x7e]")
UNSAFE_IN_QUOTES = re.compile(r"[\\\"]|[^\x20-\x7e]")
NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
UTF8_LONGEST = 4
JSON = ("{", "[")


def printable(text: str) -> str:
    """Text with everything escaped that could move a cursor, hide, or reverse what follows."""
    plain = text.isascii() and text.isprintable()  # nearly all text is, and this is quickly seen
    return text if plain else UNSAFE.sub(_escaped, text)


def quoted(text: str) -> str:
    """The same in quotes, which are escaped inside."""
    return f'"{UNSAFE_IN_QUOTES.sub(_escaped, text)}"'


def shown(data: bytes, most: int) -> str:
    """A frame in quotes (JSON without), or as hex, cut after about `most` bytes with `...`."""
    cut = len(data) > most
    head = data[:most] if cut else data
    text = _decoded(head, cut=cut)
    tail = "..." if cut else ""
    if text is None:
        return f"0x{head.hex()}{tail}"
    return (printable(text) if text.startswith(JSON) else quoted(text)) + tail


def _decoded(head: bytes, *, cut: bool) -> str | None:
    """UTF-8 text, where a cut may have hit its last character; None for other bytes."""
    for shorter in range(UTF8_LONGEST if cut else 1):
        try:
            text = head[: len(head) - shorter].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return None if _mostly_controls(text) else text
    return None


def _mostly_controls(text: str) -> bool:
    if text.isprintable():
        return False
    controls = sum(character < " " and character not in "\n\r\t" for character in text)
    return controls * 4 > len(text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in NAMED:
        return NAMED[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
