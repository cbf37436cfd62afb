"""What two messages differ in: as pairs of lines, frame by frame. Pure; every list has an end.

Frames that a decoder reads as values (JSON, Protobuf …) are compared value by value, other text line by line and other
bytes sixteen at a time; of long ones only a part is, from shortly before the first difference on.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from itertools import islice, zip_longest
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from zinspector.capture.envelope import envelope
from zinspector.capture.message import Message
from zinspector.decode.api import Decoded, visible
from zinspector.ui.inspect.times import relative

Sign = Literal["=", "≠", "+", "−", ""]
Read = Callable[[Message, int], Decoded]
MOST_LINES: Final = 5000
MOST_FRAMES: Final = 100
MOST_TEXT: Final = 64 << 10
MOST_BYTES: Final = 4 << 10
MARGIN: Final = 64  # bytes before the first difference
WIDTH: Final = 16
CHARS: Final = 400
MISSING: Final = object()


class Line(NamedTuple):
    """One line of both: `=` the same, `≠` different, `+` only right, `−` only left; none for a heading."""

    sign: Sign
    name: str
    left: str = ""
    right: str = ""


def compared(left: Message, right: Message, read: Read) -> list[Line]:
    """The lines of two messages, at most `MOST_LINES`."""
    lines = list(islice(_all(left, right, read), MOST_LINES + 1))
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [Line("", f"… more than {MOST_LINES:,} lines")]
    return lines


def _all(left: Message, right: Message, read: Read) -> Iterator[Line]:
    yield Line("", "message")
    yield _pair("time", relative(0), relative(right.time_ns - left.time_ns))
    for name in ("node", "link", "connection", "direction", "kind", "name", "from_type", "to_type", "size"):
        yield from _values(name, getattr(left, name), getattr(right, name), absent=None)
    counts = len(left.frames), len(right.frames)
    yield _pair("frames", *(f"{count:,}" for count in counts))
    roles = envelope(left if counts[0] >= counts[1] else right).roles
    for frame in range(min(max(counts), MOST_FRAMES)):
        yield from _frame(left, right, frame, read, roles[frame])
    if max(counts) > MOST_FRAMES:
        yield Line("", f"… {max(counts) - MOST_FRAMES:,} more frames are not compared")


def _frame(left: Message, right: Message, frame: int, read: Read, role: str) -> Iterator[Line]:
    yield Line("", f"frame {frame} · {role}")
    one, other = (message.frames[frame] if frame < len(message.frames) else None for message in (left, right))
    if one is None or other is None:
        shown = visible(read(left if other is None else right, frame).summary, CHARS)
        yield Line("−", "only left", shown) if other is None else Line("+", "only right", "", shown)
        return
    sizes = (message.true_sizes[frame] for message in (left, right))
    yield _pair("size", *(f"{size:,}" for size in sizes))
    if one == other:
        summary = visible(read(left, frame).summary, CHARS)
        yield Line("=", "content", summary, summary)
        return
    readings = read(left, frame), read(right, frame)
    if readings[0].decoder == readings[1].decoder and all(isinstance(one.value, dict | list) for one in readings):
        yield from _values("", readings[0].value, readings[1].value)
    elif (texts := _texts(one, other)) is not None:
        yield from _text_lines(*texts)
    else:
        yield from _hex_lines(one, other)


def _values(name: str, left: Any, right: Any, absent: object = MISSING) -> Iterator[Line]:
    """Value by value, in the order of the left one."""
    waiting = [(name, left, right)]
    while waiting:
        name, left, right = waiting.pop()
        if left is absent and right is absent:
            continue
        if isinstance(left, dict) and isinstance(right, dict):
            keys = [*left, *(key for key in right if key not in left)]
            prefix = f"{name}." if name else ""
            inner = [(f"{prefix}{key}", left.get(key, MISSING), right.get(key, MISSING)) for key in keys]
        elif isinstance(left, list) and isinstance(right, list):
            pairs = zip_longest(left, right, fillvalue=MISSING)
            inner = [(f"{name}[{place}]", *pair) for place, pair in enumerate(islice(pairs, MOST_LINES))]
        else:
            yield _value(name, left, right, absent)
            continue
        waiting += reversed(inner)


def _value(name: str, left: Any, right: Any, absent: object) -> Line:
    name = visible(name, CHARS)
    if left is MISSING or left is absent:
        return Line("+", name, "", _written(right))
    if right is MISSING or right is absent:
        return Line("−", name, _written(left), "")
    same = type(left) is type(right) and left == right
    return Line("=" if same else "≠", name, _written(left), _written(right))


def _written(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False, default=str), CHARS)


def _pair(name: str, left: str, right: str) -> Line:
    return Line("=" if left == right else "≠", name, left, right)


def _texts(left: bytes, right: bytes) -> tuple[str, str] | None:
    if max(len(left), len(right)) > MOST_TEXT:
        return None
    try:
        return left.decode("utf-8"), right.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _text_lines(left: str, right: str) -> Iterator[Line]:
    """What differs stands beside each other where as many lines were replaced."""
    old, new = left.splitlines(), right.splitlines()
    matcher = difflib.SequenceMatcher(None, old[:MOST_LINES], new[:MOST_LINES], autojunk=True)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        pairs = zip_longest(range(start, end), range(other_start, other_end))
        for one, other in pairs:
            name = f"line {(one if one is not None else other or 0) + 1:,}"
            before = visible(old[one], CHARS) if one is not None else ""
            after = visible(new[other], CHARS) if other is not None else ""
            sign: Sign = "=" if kind == "equal" else "+" if one is None else "−" if other is None else "≠"
            yield Line(sign, name, before, after)


def _hex_lines(left: bytes, right: bytes) -> Iterator[Line]:
    shorter = min(len(left), len(right))
    different = np.flatnonzero(np.frombuffer(left[:shorter], np.uint8) != np.frombuffer(right[:shorter], np.uint8))
    first = int(different[0]) if len(different) else shorter
    start = max(0, first - MARGIN) // WIDTH * WIDTH
    if start:
        yield Line("=", f"the first {start:,} bytes")
    end = min(max(len(left), len(right)), start + MOST_BYTES)
    for place in range(start, end, WIDTH):
        parts = [data[place : place + WIDTH] for data in (left, right)]
        sign: Sign = "=" if parts[0] == parts[1] else "+" if not parts[0] else "−" if not parts[1] else "≠"
        yield Line(sign, f"{place:06x}", *(_dump(part) for part in parts))
    if end < max(len(left), len(right)):
        yield Line("", f"… bytes from {end:,} on are not compared")


def _dump(part: bytes) -> str:
    text = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in part)
    return f"{part.hex(' '):<{3 * WIDTH}} {text}" if part else ""
