"""Display filters, evaluated slowly and plainly over Message objects: what the real one is compared with."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Iterator
from typing import Any

from zinspector.capture.filter.tree import And, Not, Or, Step, Test, Tree, Value
from zinspector.capture.message import Message

COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NOTHING = object()


class First(dict[str, Any]):
    """An object of JSON, where the first of equal keys counts."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(reversed(pairs))


def matches(tree: Tree, message: Message) -> bool:
    """Whether a message matches."""
    if isinstance(tree, And):
        return all(matches(item, message) for item in tree.items)
    if isinstance(tree, Or):
        return any(matches(item, message) for item in tree.items)
    if isinstance(tree, Not):
        return not matches(tree.item, message)
    return any(_fits(tree, value) for value in _values(tree, message))


def _values(test: Test, message: Message) -> Iterator[Any]:
    """All that the field stands for, of what is there."""
    field = test.field
    if field.column == "frames.count":
        yield len(message.frames)
    elif field.type == "none":
        yield from message.frames[:1]
    elif field.type == "words":
        yield from message.anomalies
    elif not field.of_frames:
        value = getattr(message, field.column)
        yield from [] if value is None else [value]
    elif not field.topic or message.topic is not None:
        for place in _places(field.frame, len(message.frames)):
            value = _in_frame(test, message, place)
            yield from [] if value is NOTHING else [value]


def _places(frame: int | None, count: int) -> range:
    if frame is None:
        return range(count)
    place = frame if frame >= 0 else count + frame
    return range(place, place + 1) if 0 <= place < count else range(0)


def _in_frame(test: Test, message: Message, place: int) -> Any:
    frame, field = message.frames[place], test.field
    if field.type == "number":
        return message.true_sizes[place]
    if field.type == "bytes":
        return frame
    try:
        text = frame.decode()
    except UnicodeDecodeError:
        return NOTHING
    return text if field.type == "text" else found(text, field.path)


def found(text: str, path: tuple[Step, ...]) -> Any:
    """What JSON holds at a path; NOTHING where there is none, or no object or list around it."""
    if text[:1] not in ("{", "[", " ", "\t", "\r", "\n"):
        return NOTHING
    try:
        value = json.loads(text, object_pairs_hook=First)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return NOTHING
    for step in path:
        if isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
            continue
        if not isinstance(value, dict) or step not in value or not isinstance(step, str):
            return NOTHING
        value = value[step]
    return value


def _fits(test: Test, value: Any) -> bool:
    if test.operator == "exists":
        return True
    if test.field.type == "json":
        return any(_json_fits(test.operator, wanted, value) for wanted in test.values)
    return any(_compared(test.operator, wanted, value) for wanted in test.values)


def _json_fits(how: str, wanted: Value, value: Any) -> bool:
    if wanted is None:
        return (value is None) == (how in ("==", "in"))
    if isinstance(wanted, bool) or isinstance(value, bool):
        return isinstance(wanted, bool) and isinstance(value, bool) and _compared(how, wanted, value)
    if isinstance(wanted, str):
        return isinstance(value, str) and _compared(how, wanted, value)
    if not isinstance(value, int | float):
        return False
    if not isinstance(wanted, int) or abs(wanted) < 1 << 53 or isinstance(value, float):
        try:
            wanted, value = float(wanted), float(value)
        except OverflowError:
            return False
    return math.isfinite(value) and _compared(how, wanted, value)


def _compared(how: str, wanted: Any, value: Any) -> bool:
    if how == "in":
        return bool(value == wanted)
    if how == "contains":
        return wanted in value
    if how == "startswith":
        return bool(value.startswith(wanted))
    if how == "matches":
        return re.search(wanted, value) is not None
    if isinstance(value, str):
        return COMPARE[how](value.encode(), wanted.encode())
    return bool(COMPARE[how](value, wanted))
