"""The two decoders that can always read something: text and hex."""

from __future__ import annotations

from typing import ClassVar

from zinspector.decode.api import Context, Decoded, DecodeError, Value, visible

SUMMARY_CHARS = 300
SUMMARY_BYTES = 32
MOST_LINES = 1000
SNIFFED_BYTES = 512


class Text:
    """UTF-8 text, line by line."""

    name: ClassVar[str] = "text"

    def __init__(self, *options: str) -> None:
        """`text(latin-1)` reads another encoding."""
        self.encoding = options[0] if options else "utf-8"

    def match(self, data: bytes, context: Context) -> float:
        """Sure of printable UTF-8, or not at all."""
        if not data:
            return 0.1
        head = data[:SNIFFED_BYTES]
        try:
            text = head.decode("utf-8")
        except UnicodeDecodeError as error:
            if len(data) <= SNIFFED_BYTES or error.start < len(head) - 3:
                return -1.0
            text = head[: error.start].decode("utf-8")
        strange = sum(not (char.isprintable() or char in "\r\n\t") for char in text)
        return 0.3 if not strange else -1.0

    def decode(self, data: bytes, context: Context) -> Decoded:
        """One value a line, with its bytes. Raises DecodeError."""
        try:
            text = data.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise DecodeError(f"not {self.encoding} text: {error.reason}", error.start) from None
        except LookupError:
            raise DecodeError(f"no encoding is called {self.encoding}") from None
        lines, start = [], 0
        for number, line in enumerate(data.split(b"\n", MOST_LINES), 1):
            shown = visible(line.decode(self.encoding, "replace"), 10_000)
            lines.append(Value(f"line {number}", shown, "string", start, start + len(line)))
            start += len(line) + 1
        notes = (f"only the first {MOST_LINES} lines are shown",) if len(lines) > MOST_LINES else ()
        return Decoded(self.name, visible(text, SUMMARY_CHARS), tuple(lines[:MOST_LINES]), text, notes)


class Hex:
    """Any bytes at all."""

    name: ClassVar[str] = "hex"

    def __init__(self, *options: str) -> None:
        """Has no options."""

    def match(self, data: bytes, context: Context) -> float:
        """Always possible, never preferred."""
        return 0.0

    def decode(self, data: bytes, context: Context) -> Decoded:
        """The size and the first bytes."""
        if not data:
            return Decoded(self.name, "(empty)", (), "")
        head = data[:SUMMARY_BYTES].hex(" ")
        return Decoded(self.name, f"{head} …" if len(data) > SUMMARY_BYTES else head, (), data[:4096].hex())
