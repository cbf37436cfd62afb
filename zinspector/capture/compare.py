"""Whether a reply is what it was: JSON compared as values, everything else as bytes; and the difference to read.

- Frames are compared in pairs. Two frames that are both JSON objects or arrays are equal when their values are: order
  of keys and white space don't matter, `1` and `1.0` are equal, `1` and `true` are not.
- Paths to ignore are written as in filters: `json.time`, `json.orders[0].id`, `frames[1].json.time`; `[*]` is any
  member. What is there is left out on both sides, so that it may also be missing.
- `frames[1]` ignores what is in that frame, whatever it is: a signature differs with every message.
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
REMEDY: Final = "write it like json.time, json.orders[*].id or frames[1]"
MOST_LINES: Final = 200
LONGEST_LINE: Final = 500
HEX_BYTES: Final = 16
DEEPEST: Final = 100
MOST_BYTES: Final = 1 << 16  # of a frame that are shown when it is no JSON
Paths = list[tuple[Step, ...]] | None
"""What isn't compared in a frame; None: nothing of it is."""


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
    """What isn't compared: a path into JSON, or with `path` None a whole frame.

    `frame` is negative from the end, and None for any frame.
    """

    frame: int | None
    path: tuple[Step, ...] | None

    @classmethod
    def parse(cls, text: str) -> Ignored:
        """Read a path. Raises UserError."""
        from zinspector.capture.filter.reading import read  # with its grammar, which most verbs need not wait for

        where = f"--ignore {text!r}"
        try:
            tree = read(text.replace("[*]", f'."{ANY}"'))
        except UserError as error:
            raise UserError(error.text, where=where, remedy=REMEDY) from None
        if isinstance(tree, Test) and tree.operator == "exists":
            if tree.field.decoder == "json":
                return cls(tree.field.frame, tree.field.path)
            if tree.field.name == f"frames[{tree.field.frame}]":
                return cls(tree.field.frame, None)
        raise UserError("is neither a path into JSON nor a frame", where=where, remedy=REMEDY)


class Comparison:
    """Compares recorded frames with new ones."""

    def __init__(self, ignored: Iterable[Ignored] = ()) -> None:
        self._ignored = tuple(ignored)

    def differs(self, recorded: Sequence[bytes], new: Sequence[bytes]) -> str:
        """What is different, as a unified diff; empty when nothing is."""
        if list(recorded) == list(new):
            return ""
        if len(recorded) == len(new):
            paths = [self._paths(place, len(new)) for place in range(len(new))]
            pairs = [_pair(*each) for each in zip(paths, recorded, new, strict=True)]
            if all(before == after for before, after in pairs):
                return ""
        return unified(self._lines(recorded), self._lines(new))

    def _paths(self, place: int, count: int) -> Paths:
        """What isn't compared in a frame, of so many."""
        paths = [ignored.path for ignored in self._ignored if ignored.frame in (None, place, place - count)]
        return None if None in paths else [path for path in paths if path is not None]

    def _lines(self, frames: Sequence[bytes]) -> list[str]:
        lines = []
        for place, frame in enumerate(frames):
            lines.append(f"frame {place}:")
            lines += [f"  {line}" for line in _shown(self._paths(place, len(frames)), frame)]
        return lines


def _pair(paths: Paths, recorded: bytes, new: bytes) -> tuple[Any, Any]:
    """Two values that are equal when the frames are to be taken as equal."""
    if recorded == new or paths is None:
        return None, None
    before, after = _json(recorded), _json(new)
    if before is None or after is None:
        return recorded, new
    return _comparable(_without(paths, before)), _comparable(_without(paths, after))


def _shown(paths: Paths, frame: bytes) -> list[str]:
    if paths is None:
        return ["(not compared)"]
    value = _json(frame)
    if value is not None:
        shown = json.dumps(_without(paths, value), indent=2, sort_keys=True, ensure_ascii=False)
        return [_readable(line) for line in shown.split("\n")]
    head = frame[:MOST_BYTES]
    rest = [f"... {len(frame) - len(head):,} bytes more"] if len(frame) > len(head) else []
    try:
        return [_readable(line) for line in head.decode("utf-8").split("\n")] + rest
    except UnicodeDecodeError:
        return [head[at : at + HEX_BYTES].hex(" ") for at in range(0, len(head), HEX_BYTES)] + rest


def _without(paths: list[tuple[Step, ...]], value: Any) -> Any:
    for path in paths:
        value = _removed(value, path)
    return value


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
