"""The two decoders that can always read something: text and hex."""

from __future__ import annotations

import re
from typing import ClassVar

from zinspector.decode.api import Context, Decoded, DecodeError, Value, visible

SUMMARY_CHARS = 300
SUMMARY_BYTES = 64 << 10
SHOWN_BYTES = 32
LINE_CHARS = 10_000
MOST_LINES = 1000
SNIFFED_BYTES = 512
EMPTY = "(empty)"
STRANGE = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffe\uffff]")  # an ANSI escape is still text


class Text:
    """UTF-8 text, line by line."""

    name: ClassVar[str] = "text"

    def __init__(self, encoding: str = "utf-8") -> None:
        """`text(latin-1)` reads another encoding. Raises DecodeError."""
        self._encoding = encoding
        try:
            "a".encode(encoding).decode(encoding)
        except (LookupError, ValueError):
            raise DecodeError(f"no text encoding is called {encoding}") from None

    def match(self, data: bytes, context: Context) -> float:
        """Sure of printable UTF-8 (a C string's closing NUL is forgiven), or not at all."""
        head = data[:SNIFFED_BYTES]
        try:
            text = head.decode("utf-8")
        except UnicodeDecodeError as error:
            if len(data) <= SNIFFED_BYTES or error.start < len(head) - 3:
                return -1.0
            text = head[: error.start].decode("utf-8")
        return -1.0 if text == "\0" or STRANGE.search(text.removesuffix("\0")) else 0.3

    def decode(self, data: bytes, context: Context) -> Decoded:
        """One value a line, with its bytes. Raises DecodeError."""
        text = self._text(data)
        lines = tuple(self._lines(data, text))
        notes = (f"only the first {MOST_LINES:,} lines are shown",) if len(lines) > MOST_LINES else ()
        value = text.encode("utf-8", "backslashreplace").decode()
        return Decoded(self.name, self._summary(text), lines[:MOST_LINES], value, notes)

    def summary(self, data: bytes, context: Context) -> str:
        """The first characters. Raises DecodeError."""
        if len(data) <= SUMMARY_BYTES:
            return self._summary(self._text(data))
        return self._summary(data[: 4 * SUMMARY_CHARS + 4].decode(self._encoding, "replace"))

    def _text(self, data: bytes) -> str:
        try:
            return data.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise DecodeError(f"not {self._encoding}: {error.reason}", error.start) from None
        except UnicodeError as error:
            raise DecodeError(f"not {self._encoding}: {error}") from None

    def _summary(self, text: str) -> str:
        return visible(text, SUMMARY_CHARS) if text else EMPTY

    def _lines(self, data: bytes, text: str) -> list[Value]:
        newline = "\n".encode(self._encoding)
        if newline != b"\n":  # in UTF-16 and the like the places of lines are not known
            pieces = text.split("\n", MOST_LINES)
            return [Value(f"line {n}", visible(line, LINE_CHARS)) for n, line in enumerate(pieces, 1)]
        lines, start = [], 0
        for number, line in enumerate(data.split(newline, MOST_LINES), 1):
            end = start + len(line)
            shown = visible(line[: 4 * LINE_CHARS + 4].decode(self._encoding, "replace"), LINE_CHARS)
            lines.append(Value(f"line {number}", shown, "string", start, end))
            start = end + 1
        return lines


class Hex:
    """Any bytes at all."""

    name: ClassVar[str] = "hex"

    def match(self, data: bytes, context: Context) -> float:
        """Always possible, never preferred."""
        return 0.0

    def decode(self, data: bytes, context: Context) -> Decoded:
        """The size and the first bytes; as a value, the first 4 KiB."""
        return Decoded(self.name, self.summary(data, context), (), data[:4096].hex())

    def summary(self, data: bytes, context: Context) -> str:
        """`118 B  0a 04 41 43 …`."""
        if not data:
            return EMPTY
        return f"{len(data):,} B  {data[:SHOWN_BYTES].hex(' ')}{' …' if len(data) > SHOWN_BYTES else ''}"
