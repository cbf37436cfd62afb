"""What could be typed next in a filter: a list of texts with a word about each, and which text they replace."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zinspector.capture.filter.fields import DECODERS, NAMES, OPERATORS, PLAIN

WORD = re.compile(r'[\w.\[\]"-]*$')
MOST = 60
HINTS = {
    "n": "the number of the row",
    "time": 'when, e.g. time > "2024-05-01 12:00"',
    "node": "the id of the node that saw it",
    "link": "the id of the link",
    "connection": "the number of the tapped connection",
    "direction": "in, out, connect->bind, bind->connect",
    "kind": "message, command, handshake, event",
    "name": "of a command or event, e.g. SUBSCRIBE",
    "from_type": "the sender's socket type",
    "to_type": "the receiver's socket type",
    "size": "payload bytes; 10k, 1Mi work too",
    "topic": "first frame of PUB/SUB traffic",
    "text": "text of any frame",
    "hex": "bytes of any frame",
    "anomalies": "what is odd about it",
    "frames": "frames[1].text, .size, .hex, .json.PATH; frames.count",
    "json": "json.PATH: a value in JSON",
    "proto": "proto.Type.field: in Protobuf",
    "msgpack": "msgpack.PATH",
    "cbor": "cbor.PATH",
}
SIGNS = {
    "==": "equal",
    "!=": "not equal",
    "contains": "has the text in it",
    "startswith": "begins with",
    "matches": "fits a regular expression (RE2)",
    "in": 'one of: in {"a", "b"}',
}


@dataclass(frozen=True)
class Choice:
    """One thing that could be typed, and a word about it."""

    text: str
    hint: str = ""


@dataclass(frozen=True)
class Choices:
    """What could stand from `start` to the cursor."""

    start: int
    items: tuple[Choice, ...]


def choices(text: str, cursor: int) -> Choices:
    """What could be typed at a cursor."""
    before = text[:cursor]
    found = WORD.search(before)
    start = found.start() if found is not None else cursor
    word, previous = before[start:], before[:start].split()
    field = previous[-1] if previous else ""
    if field in PLAIN or field.split(".")[0].split("[")[0] in (*DECODERS, "json", "frames"):
        kind = PLAIN[field][0] if field in PLAIN else "json"
        items = [Choice(sign, SIGNS.get(sign, "")) for sign in OPERATORS[kind]]
        items += [Choice("and"), Choice("or")]
    else:
        items = [Choice(name, HINTS.get(name, "")) for name in NAMES]
        items += [Choice("not", "what doesn't match")] if not word else []
    fitting = tuple(item for item in items if item.text.startswith(word) and item.text != word)
    return Choices(start, fitting[:MOST])
