"""Whether a reply is what it was: JSON compared as values, everything else as bytes; and the difference to read.

- Frames are compared in pairs. Two frames that are both JSON objects or arrays are equal when their values are: order
  of keys and white space don't matter, `1` and `1.0` are equal, `1` and `true` are not.
- Paths to ignore are written as in filters: `json.time`, `json.orders[0].id`, `frames[1].json.time`; `[*]` is any
  member. What is there is left out on both sides, so that it may also be missing.
- A difference reads like that of `diff -u`: JSON indented with sorted keys, text by lines, other bytes as hex.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zinspector.capture.filter.tree import Step, Test
from zinspector.errors import UserError

ANY: Final = "*"
MOST_LINES: Final = 200
LONGEST_LINE: Final = 500
HEX_BYTES: Final = 16
DEEPEST: Final = 100
MOST_BYTES: Final = 1 << 16  # of a frame that are shown when it is no JSON


@dataclass(frozen=True)
class Difference:
    """A reply that isn't what it was. `text` is a unified diff of the recorded (-) and the new one (+).

    `request` and `reply` are the numbers of the recorded rows. `received` False: no reply came in time.
    """

    request: int
    reply: int
    text: str
    received: bool = True


@dataclass(frozen=True)
class Ignored:
    """A path that isn't compared; `frame` None: in any frame."""

    frame: int | None
    path: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> Ignored:
        """Read a path. Raises UserError."""
        from zinspector.capture.filter.reading import read  # with its grammar, which most verbs need not wait for

        where = f"--ignore {text!r}"
        try:
            tree = read(text.replace("[*]", f'."{ANY}"'))
        except UserError as error:
            raise UserError(error.text, where=where, remedy="write it like json.time or json.orders[*].id") from None
        if not isinstance(tree, Test) or tree.operator != "exists" or tree.field.decoder != "json":
            raise UserError("is no path into JSON", where=where, remedy="write it like json.time or json.orders[*].id")
        return cls(tree.field.frame, tree.field.path)


class Comparison:
    """Compares recorded frames with new ones."""

    def __init__(self, ignored: Iterable[Ignored] = ()) -> None:
        self._ignored = tuple(ignored)

    def differs(self, recorded: Sequence[bytes], new: Sequence[bytes]) -> str:
        """What is different, as a unified diff; empty when nothing is."""
        if list(recorded) == list(new):
            return ""
        if len(recorded) == len(new):
            pairs = [self._pair(place, *both) for place, both in enumerate(zip(recorded, new, strict=True))]
            if all(before == after for before, after in pairs):
                return ""
        before = [line for place, frame in enumerate(recorded) for line in self._lines(place, frame)]
        after = [line for place, frame in enumerate(new) for line in self._lines(place, frame)]
        return unified(before, after)

    def _pair(self, place: int, recorded: bytes, new: bytes) -> tuple[Any, Any]:
        """Two values that are equal when the frames are to be taken as equal."""
        if recorded == new:
            return None, None
        before, after = _json(recorded), _json(new)
        if before is None or after is None:
            return recorded, new
        return _comparable(self._without(place, before)), _comparable(self._without(place, after))

    def _without(self, place: int, value: Any) -> Any:
        for ignored in self._ignored:
            if ignored.frame in (None, place):
                value = _removed(value, ignored.path)
        return value

    def _lines(self, place: int, frame: bytes) -> list[str]:
        return [f"frame {place}:", *(f"  {line}" for line in self._shown(place, frame))]

    def _shown(self, place: int, frame: bytes) -> list[str]:
        value = _json(frame)
        if value is not None:
            shown = json.dumps(self._without(place, value), indent=2, sort_keys=True, ensure_ascii=False)
            return [_readable(line) for line in shown.split("\n")]
        head = frame[:MOST_BYTES]
        rest = [f"... {len(frame) - len(head):,} bytes more"] if len(frame) > len(head) else []
        try:
            return [_readable(line) for line in head.decode("utf-8").split("\n")] + rest
        except UnicodeDecodeError:
            return [head[at : at + HEX_BYTES].hex(" ") for at in range(0, len(head), HEX_BYTES)] + rest


def unified(before: list[str], after: list[str]) -> str:
    """The difference of two texts as `diff -u` shows it; long ones are cut."""
    lines = list(difflib.unified_diff(before, after, "recorded", "now", lineterm=""))
    if not lines:
        return "--- recorded\n+++ now\n(they differ only beyond what is shown)"
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"... {len(lines) - MOST_LINES:,} lines more"]
    return "\n".join(lines)


def _json(frame: bytes) -> Any | None:
    """The object or array that a frame holds; None for everything else."""
    if frame.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        value = json.loads(frame, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return None if _deep(value) else value


def _deep(value: Any) -> bool:
    """Whether a value is nested deeper than anybody would read."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            item
            for inner in level
            if isinstance(inner, dict | list)
            for item in (inner.values() if isinstance(inner, dict) else inner)
        ]
        if not level:
            return False
    return True


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _comparable(value: Any) -> Any:
    """The same value, but true and false are no numbers."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    return [_comparable(item) for item in value] if isinstance(value, list) else value


def _removed(value: Any, path: tuple[Step, ...]) -> Any:
    """The value without what a path leads to."""
    if not path:
        return None
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        hit = [key for key in value if step in (ANY, key)]
        if not rest:
            return {key: item for key, item in value.items() if key not in hit}
        return {key: _removed(item, rest) if key in hit else item for key, item in value.items()}
    if isinstance(value, list):
        if not rest:
            return [item for at, item in enumerate(value) if step not in (ANY, at)]
        return [_removed(item, rest) if step in (ANY, at) else item for at, item in enumerate(value)]
    return value


def _readable(line: str) -> str:
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)
    return shown if len(shown) <= LONGEST_LINE else f"{shown[:LONGEST_LINE]}... ({len(shown):,} characters)"
