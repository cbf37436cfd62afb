"""Rows of a capture as lines to read: `-T text`.

Columns stand under each other: time, node and connection (or link), direction, socket types, kind or name, size, and
then what it says: the frames, each in quotes or as hex, and anomalies after a `!`. A line is one line whatever the
bytes are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from zinspector.capture.envelope import payload_time
from zinspector.capture.happenings import phrase
from zinspector.capture.message import Message
from zinspector.capture.readable import printable, shown

FRAME_BYTES = 120
LINE_CHARACTERS = 360
MOST_FRAMES = 12
SECOND = 1_000_000_000

Decode = Callable[[Message], list[dict[str, Any]]]


def lines(
    messages: Iterable[Message], decode: Decode | None = None, names: Mapping[str, str] | None = None
) -> Iterator[str]:
    """One line a row, without line ends. `names` are what to call nodes; `decode` gives what is decoded of a row."""
    width = 12
    for message in messages:
        where = _where(message, names or {})
        width = min(max(width, len(where)), 40)
        types = f"{message.from_type or '?'}>{message.to_type or '?'}" if message.from_type or message.to_type else "-"
        what = printable(message.name or message.kind)
        size = f"{message.size:>7} B" if message.kind != "event" else ""  # of events it says nothing
        head = f"{_time(message.time_ns)}  {where:<{width}}  {message.direction:<13}  {types:<13}"
        yield f"{head}  {f'{what:<9}  {size}'.rstrip():<20}  {summary(message, decode)}".rstrip()


def summary(message: Message, decode: Decode | None = None) -> str:
    """What a row says, in a few words: its frames, or what happened; then its anomalies."""
    if message.encrypted:
        text = f"encrypted, {message.size:,} B"
    else:
        text = " | ".join(_frames(message, decode)) if message.kind == "message" else phrase(message)
    if len(text) > LINE_CHARACTERS:
        text = f"{text[:LINE_CHARACTERS]}..."
    return "  ! ".join([text, *map(printable, message.anomalies)])


def _frames(message: Message, decode: Decode | None) -> Iterator[str]:
    time = payload_time(message)
    decoded = {each["frame"]: each for each in decode(message)} if decode is not None else {}
    for number, frame in enumerate(message.frames[:MOST_FRAMES]):
        found = decoded.get(number)
        if found is not None and found["decoder"] != "json" and found.get("value") is not None:
            value = json.dumps(found["value"], ensure_ascii=False)[:LINE_CHARACTERS]
            yield f"{found['decoder']} {printable(value)}"
        elif time is not None and number == len(message.frames) - 1:
            yield f"{shown(frame, FRAME_BYTES)} = {_time(round(time * 1e6) * 1000)}"
        else:
            yield shown(frame, FRAME_BYTES) + (
                f" of {message.true_sizes[number]:,} B" if message.truncated(number) else ""
            )
    if len(message.frames) > MOST_FRAMES:
        yield f"and {len(message.frames) - MOST_FRAMES:,} more frames"


def _where(message: Message, names: Mapping[str, str]) -> str:
    node = printable(names.get(message.node, message.node))
    if message.connection is not None:
        return f"{node}#{message.connection}"
    return f"{node}/{printable(message.link)}" if message.link else node


def _time(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, SECOND)
    try:
        return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}.{rest // 1000:06d}"
    except (OverflowError, ValueError, OSError):  # a time that no calendar holds
        return f"{seconds}.{rest // 1000:06d}"
