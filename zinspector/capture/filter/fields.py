"""The fields of the filter language: how they are written, what they hold, and what they can be compared with.

| field                                  | holds    |
|---|---|
| n, time (or time_ns), connection, size, frames.count | a number |
| node link direction kind name from_type to_type      | a word   |
| topic                                  | text: the first frame of publish-subscribe traffic |
| text, hex                              | text or bytes of any frame |
| frames[i], frames[i].hex               | the bytes of one frame |
| frames[i].text, frames[i].size         | its text; its true size |
| json.PATH, frames[i].json.PATH         | what JSON holds there, in any frame or in one, of up to 16 MiB |
| proto.Type.field, msgpack.PATH, cbor.PATH | the same in frames that have been decoded |
| anomalies                              | words, of which any may fit |
"""

from __future__ import annotations

import difflib
from typing import Final

from zinspector.capture.filter.errors import FilterError
from zinspector.capture.filter.tree import Field, Operator, Step, Type

PLAIN: Final[dict[str, tuple[Type, str]]] = {
    "n": ("number", "n"),
    "time": ("time", "time_ns"),
    "time_ns": ("time", "time_ns"),
    **{name: ("word", name) for name in ("node", "link")},
    "connection": ("number", "connection"),
    **{name: ("word", name) for name in ("direction", "kind", "name", "from_type", "to_type")},
    "size": ("number", "size"),
    "topic": ("text", "frames"),
    "text": ("text", "frames"),
    "hex": ("bytes", "frames"),
    "anomalies": ("words", "anomalies"),
}
DECODERS = ("proto", "msgpack", "cbor")
PARTS = ("text", "size", "hex", "json")
NAMES = (*PLAIN, "frames", "json", *DECODERS)
MOST_FRAMES = 1 << 31
LONGEST_PATH = 32

ORDER: tuple[Operator, ...] = ("==", "!=", "<", "<=", ">", ">=")
TEXTUAL: tuple[Operator, ...] = ("contains", "startswith", "matches")
OPERATORS: dict[Type, tuple[Operator, ...]] = {
    "number": (*ORDER, "in"),
    "time": (*ORDER, "in"),
    "word": (*ORDER, *TEXTUAL, "in"),
    "words": (*ORDER, *TEXTUAL, "in"),
    "text": (*ORDER, *TEXTUAL, "in"),
    "bytes": ("==", "!=", "contains", "startswith", "in"),
    "json": (*ORDER, *TEXTUAL, "in"),
    "none": (),
}


def resolve(name: str, steps: tuple[Step, ...], at: int, places: tuple[int, ...]) -> Field:
    """The field that is written so. `at` is its column, `places` the columns of its steps. Raises FilterError."""
    written = spelled(name, steps)
    if name == "json" or name in DECODERS:
        return _decoded(written, name, steps, at, None)
    if name == "frames":
        return _frame(written, steps, at, places)
    if name not in NAMES:
        raise _unknown(name, at)
    if steps:
        raise FilterError(f"{name} has no parts", places[0], remedy=f"write only {name}")
    is_topic = name == "topic"
    kind, column = PLAIN[name]
    return Field(written, kind, column, frame=0 if is_topic else None, topic=is_topic, at=at)


def spelled(name: str, steps: tuple[Step, ...]) -> str:
    """A field as it can be read again."""
    return name + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if _plain(step) else f'."{_escaped(step)}"'
        for step in steps
    )


def _frame(written: str, steps: tuple[Step, ...], at: int, places: tuple[int, ...]) -> Field:
    if not steps:
        return Field(written, "none", "frames", at=at)
    first, rest = steps[0], steps[1:]
    if first == "count" and not rest:
        return Field(written, "number", "frames.count", at=at)
    if not isinstance(first, int):
        raise FilterError(
            f"frames has no part {first!r}", places[0], length=len(first), expected="count, or a number in brackets",
            remedy="write frames[1].text, or frames.count",
        )  # fmt: skip
    if abs(first) >= MOST_FRAMES:
        raise FilterError(f"no message has a frame {first}", places[0])
    part = rest[0] if rest else "hex"
    if part == "json":
        return _decoded(written, "json", rest[1:], at, first)
    if part not in PARTS or len(rest) > 1:
        place = places[2] if part in PARTS else places[1]
        raise FilterError(
            f"a frame has no part {spelled('', rest)[1:]!r}", place, expected="text, size, hex or json",
            remedy="write frames[1].text, .size, .hex or .json.PATH",
        )  # fmt: skip
    kind: Type = "number" if part == "size" else "text" if part == "text" else "bytes"
    return Field(written, kind, "frames", frame=first, at=at)


def _decoded(written: str, decoder: str, path: tuple[Step, ...], at: int, frame: int | None) -> Field:
    if len(path) > LONGEST_PATH:
        raise FilterError(f"the path has more than {LONGEST_PATH} parts", at, length=len(written))
    for step in path:
        if isinstance(step, int) and abs(step) >= MOST_FRAMES:
            raise FilterError(f"no list has an item {step}", at, length=len(written))
        if isinstance(step, str) and (not step or "*" in step or "\0" in step):
            raise FilterError(
                f"a key {step!r} can't be looked up", at, length=len(written), remedy="compare the text instead"
            )
    return Field(written, "json", "frames", frame=frame, decoder=decoder, path=path, at=at)


def _unknown(name: str, at: int) -> FilterError:
    near = difflib.get_close_matches(name, NAMES, 1)
    remedy = f"did you mean {near[0]}?" if near else f"in JSON it is json.{name}; text is put in quotes"
    return FilterError(f"there is no field {name}", at, length=len(name), expected="a field", remedy=remedy)


def _plain(step: str) -> bool:
    return step.replace("-", "_").isidentifier() and not step.startswith("-")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
