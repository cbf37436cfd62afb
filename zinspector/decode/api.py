"""What a decoder plugin sees: the only module of zinspector that a plugin may import.

A plugin is one `.py` file or package with `API = 1` and `DECODERS = [...]`, a list of `Decoder` classes. A class
has a `name`, an optional `OPTIONS` description, and is made with the options of the rule that chose it:
`protobuf(quotes.proto, market.Quote)` makes `Protobuf("quotes.proto", "market.Quote")`. File names arrive as
absolute paths. Automatic detection makes it without options.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

API_VERSION = 1


@dataclass(frozen=True)
class Context:
    """Where a frame comes from. `frame` counts from 0 in the message, envelope included."""

    topic: str | None = None
    frame: int = 0
    frame_count: int = 1
    node: str | None = None
    link: str | None = None
    from_type: str | None = None
    to_type: str | None = None


@dataclass(frozen=True)
class Value:
    """One named value of a decoded frame, with the byte range [start, end) that it was read from.

    `text` is how it reads; `kind` is one of string, number, bool, null, bytes, enum, time, object, array, error and
    chooses its colour. start == end means that the range isn't known.
    """

    name: str
    text: str
    kind: str = "string"
    start: int = 0
    end: int = 0
    children: tuple[Value, ...] = ()

    def walk(self) -> Iterator[Value]:
        """This value and all below it, in order."""
        stack = [self]
        while stack:
            value = stack.pop()
            yield value
            stack.extend(reversed(value.children))


@dataclass(frozen=True)
class Decoded:
    """A readable frame: `summary` fits one line of the message table, `value` is plain JSON data."""

    decoder: str
    summary: str
    tree: tuple[Value, ...] = ()
    value: Any = None
    notes: tuple[str, ...] = field(default_factory=tuple)


class DecodeError(Exception):
    """The bytes are not what the decoder reads: the reason, and the byte offset where it gave up."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Decoder(Protocol):
    """Turns one frame into a readable tree."""

    name: ClassVar[str]

    def match(self, data: bytes, context: Context) -> float:
        """How sure it is, 0 to 1, that `data` is its own; negative: not mine. Cheap: looks at a few bytes."""
        ...

    def decode(self, data: bytes, context: Context) -> Decoded:
        """The readable tree. Raises DecodeError."""
        ...
