"""What a decoder plugin sees: the only module of zinspector that a plugin may import.

A plugin is one `.py` file or package with `API = 1` and `DECODERS = [...]`, a list of `Decoder` classes. A class
has a `name` and is made with the options of the rule that chose it:
`protobuf(quotes.proto, market.Quote)` makes `Protobuf("/where/it/is/quotes.proto", "market.Quote")`. Automatic
detection makes it without options. It is made once and asked from one thread, while the window waits: be quick.

A decoder may also have `summary(data, context) -> str`, what `decode()` would give as summary. The message table asks
for it with every row that it paints, so it reads only the beginning of a long frame. Decoders without it are not asked
for the summary of a frame of more than 64 KiB.

It may have `value(data, context) -> Any`, too: the plain data alone, which a filter compares, of many frames in a row.

It may have `line(frames, context) -> str | None`: what a whole message says on one line, where its frames belong
together, and None of other messages. The message table then shows that in the place of the summaries. `context` is that
of the first frame of the payload; long frames may be cut.

It may have `schema() -> Schema | None`: what describes its frames to other programs in files that hold a schema. A
recording carries it, and makes the decoder anew where the file is not: with `data:application/x-protobuf;name=
quotes.proto;base64,…` in the place of the file's name.

What comes from the wire is hostile: pass names and texts through `visible()`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

API_VERSION = 1


class Framed(Protocol):
    """What a context needs to know of a message."""

    @property
    def topic(self) -> str | None:
        """The first frame of publish-subscribe traffic, as text."""

    @property
    def frames(self) -> Sequence[bytes]:
        """All frames."""

    @property
    def node(self) -> str | None:
        """Id of the node that saw it."""

    @property
    def link(self) -> str | None:
        """Id of its link."""

    @property
    def from_type(self) -> str | None:
        """Socket type of the sender."""

    @property
    def to_type(self) -> str | None:
        """Socket type of the receiver."""


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

    @classmethod
    def of(cls, message: Framed, frame: int) -> Context:
        """The place of a frame in a captured message."""
        return cls(
            topic=message.topic,
            frame=frame,
            frame_count=len(message.frames),
            node=message.node,
            link=message.link,
            from_type=message.from_type,
            to_type=message.to_type,
        )


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


@dataclass(frozen=True)
class Schema:
    """What describes a decoder's frames in other programs' terms, those of MCAP's registry.

    With encoding `protobuf`, `name` is the full name of the message and `data` a FileDescriptorSet.
    """

    encoding: str
    name: str
    data: bytes


class DecodeError(Exception):
    """The bytes are not what the decoder reads: the reason, and the byte offset where it gave up."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Decoder(Protocol):
    """Turns one frame into a readable tree."""

    name: ClassVar[str]

    def __init__(self, *options: str) -> None: ...

    def match(self, data: bytes, context: Context) -> float:
        """How sure it is, 0 to 1, that `data` is its own; negative: not mine. Cheap: looks at a few bytes."""
        ...

    def decode(self, data: bytes, context: Context) -> Decoded:
        """The readable tree. Raises DecodeError."""
        ...


def visible(text: str, limit: int = 0) -> str:
    """`text` on one line and harmless: controls, bidirectional overrides and lone surrogates are shown as escapes.

    With a `limit`, longer text ends in an ellipsis.
    """
    if limit and len(text) > limit:
        text = f"{text[:limit]}…"
    if text.isprintable():
        return text
    return "".join(_ESCAPES.get(char) or (char if _shows(char) else _escape(char)) for char in text)


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
_UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _shows(char: str) -> bool:
    return unicodedata.category(char) not in _UNSHOWN


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
