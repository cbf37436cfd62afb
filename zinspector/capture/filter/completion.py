"""What could be typed next in a filter: fields, what they can be compared with, and values that were seen.

The grammar itself says what may follow, so nothing is offered that would not be read. What has been typed of a word is
looked for at the beginning of what is offered, and then anywhere in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from lark import Token
from lark.exceptions import LarkError

from zinspector.capture.filter.errors import FilterError
from zinspector.capture.filter.fields import DECODERS, NAMES, OPERATORS, spelled
from zinspector.capture.filter.literals import quoted
from zinspector.capture.filter.reading import parser
from zinspector.capture.filter.seen import Path, Seen
from zinspector.capture.filter.tree import Field

MOST: Final = 60
WORD: Final = re.compile(
    r"""(?P<path>[^\W\d][\w-]*(?:\.(?:[\w-]+|"(?:[^"\\]|\\.)*"?)?|\[-?\d*\]?)*)$
    |(?P<sign>[=!<>~&|]+)$|(?P<number>-?[\d.]+\w*)$""",
    re.VERBOSE,
)
STRINGS: Final = re.compile(r""""(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?""", re.DOTALL)
REST: Final = re.compile(r"[\w-]*")
HINTS: Final = {
    "topic": "first frame of publish-subscribe traffic",
    "json": "what JSON holds: json.price > 10",
    "text": "text of any frame",
    "size": "bytes of all frames: size > 10k",
    "kind": "message, command, handshake or event",
    "n": "number of the row",
    "time": 'when it was seen: time > "2025-11-23 07:22:11"',
    "time_ns": "when it was seen, in nanoseconds since 1970",
    "node": "where it was seen",
    "link": "the drawn link it went over",
    "connection": "number of the connection",
    "direction": "which way it went",
    "name": "of a command or event",
    "from_type": "socket type of the sender",
    "to_type": "socket type of the receiver",
    "hex": 'bytes of any frame: hex contains x"00ff"',
    "anomalies": "what is odd about it",
    "frames": "frames[1].text, frames.count",
    "frames.count": "how many frames",
    "proto": "a field of Protobuf: proto.Quote.bid > 101",
    "msgpack": "what MessagePack holds",
    "cbor": "what CBOR holds",
    "==": "is",
    "!=": "is something else",
    "<": "less",
    "<=": "at most",
    ">": "more",
    ">=": "at least",
    "contains": "has it inside",
    "startswith": "begins with it",
    "matches": "fits a pattern (RE2)",
    "in": 'one of several: in {"a", "b"}',
    "and": "both",
    "or": "one of them, or both",
    "not": "doesn't match",
}
NO_NUMBERS: Final = {"NaN", "Infinity", "-Infinity"}
KINDS: Final = {
    "kind": ("message", "command", "handshake", "event"),
    "direction": ("in", "out", "connect->bind", "bind->connect"),
}
PARTS: Final = {"text": "as text", "size": "in bytes", "hex": "its bytes", "json": "what JSON in it holds"}


class Completion(NamedTuple):
    """Put `text` in the place of what stands from `start` to `end`; `hint` is a word about it."""

    start: int
    end: int
    text: str
    hint: str


class Offer(NamedTuple):
    """Something that could be typed; `word` is what it is looked up by."""

    text: str
    hint: str
    word: str


def completions(text: str, cursor: int, seen: Seen | None = None) -> list[Completion]:
    """What could be typed at the cursor (counted from 0), the likeliest first. Never raises."""
    before, after = text[:cursor], text[cursor:]
    start = _word_start(before)
    typed = before[start:]
    end = cursor + (0 if typed and not REST.match(typed[-1]) else len(REST.match(after)[0]))  # type: ignore[index]  # it always matches
    if typed[:1] in ("'", '"') and after[end - cursor : end - cursor + 1] == typed[0]:
        end += 1
    offers = list(_offers(before[:start], typed, seen or Seen()))
    found = [Completion(start, end, offer.text, offer.hint) for offer in _fitting(offers, typed)]
    return [item for item in found if item.text != typed][:MOST]


def _word_start(before: str) -> int:
    for string in STRINGS.finditer(before):
        if string.end() == len(before) and (len(string[0]) == 1 or string[0][-1] != string[0][0]):
            path = WORD.search(before)  # a key in quotes belongs to its path
            return (
                path.start() if path is not None and path["path"] and path.start() < string.start() else string.start()
            )
    found = WORD.search(before)
    return found.start() if found is not None else len(before)


def _fitting(offers: Iterable[Offer], typed: str) -> list[Offer]:
    """What begins so, and then what has it inside; each once."""
    wanted = _bare(typed)
    once = list({offer.text: offer for offer in offers}.values())
    begins = [offer for offer in once if _bare(offer.word).startswith(wanted)]
    return begins + [offer for offer in once if wanted in _bare(offer.word) and offer not in begins]


def _bare(word: str) -> str:
    return word.replace('"', "").replace("'", "").lower()


def _offers(before: str, typed: str, seen: Seen) -> Iterator[Offer]:
    """All that could follow what stands before, if that can be read."""
    try:
        state = parser().parse_interactive(before)
        state.exhaust_lexer()
        accepted = state.accepts()  # type: ignore[no-untyped-call]  # so is lark
        stack = state.parser_state.value_stack
        if "COMPARE" in accepted:
            branch = state.copy()  # type: ignore[no-untyped-call]  # so is lark
            branch.feed_token(Token("MATCHES", "matches"))
            yield from _comparisons(branch.parser_state.value_stack[-2])
    except (LarkError, FilterError):
        return
    if "LBRACE" in accepted:
        yield Offer("{", "the first of several values", "{")
    if "NUMBER" in accepted:
        field = next((item for item in reversed(stack) if isinstance(item, Field)), None)
        if field is not None:
            yield from _values(field, seen)
    elif "NAME" in accepted:
        yield from _fields(typed, seen)
        yield Offer("not", HINTS["not"], "not")
    for word in ("and", "or"):
        if word.upper() in accepted:
            yield Offer(word, HINTS[word], word)


def _comparisons(field: Any) -> Iterator[Offer]:
    if isinstance(field, Field):
        for operator in OPERATORS[field.type]:
            yield Offer("in {" if operator == "in" else operator, HINTS[operator], operator)


def _fields(typed: str, seen: Seen) -> Iterator[Offer]:
    """Names; and when one with parts is being typed, its parts."""
    root = re.split(r"[.\[]", typed, maxsplit=1)[0]
    if root == "frames" and len(typed) > len(root):
        yield from _frame_parts(typed, seen)
    elif root in ("json", *DECODERS) and len(typed) > len(root):
        yield from _paths(f"{root}.", root, seen)
    else:
        for name in sorted(NAMES, key=list(HINTS).index):
            ending = {"frames": "["}.get(name, "." if name in ("json", *DECODERS) else "")
            yield Offer(name + ending, HINTS[name], name)
        for decoder in seen.paths if typed else ():
            for offer in _paths(f"{decoder}.", decoder, seen):
                yield offer._replace(word=offer.word.partition(".")[2])


def _frame_parts(typed: str, seen: Seen) -> Iterator[Offer]:
    frame = re.match(r"frames\[-?\d+\]", typed)
    if frame is None:
        yield Offer("frames.count", HINTS["frames.count"], "frames.count")
        for number in (*range(min(seen.most_frames or 2, MOST // 2)), -1):
            place = "the last frame" if number < 0 else f"frame {number + 1}"
            yield Offer(f"frames[{number}].", place, f"frames[{number}].")
        return
    for part, hint in PARTS.items():
        name = f"{frame[0]}.{part}"
        yield Offer(name + ("." if part == "json" else ""), hint, name)
    if typed.startswith(f"{frame[0]}.json"):
        yield from _paths(f"{frame[0]}.json.", "json", seen)


def _paths(root: str, decoder: str, seen: Seen) -> Iterator[Offer]:
    for path, values in seen.paths.get(decoder, {}).items():
        name = spelled(root[:-1], path)
        yield Offer(name, _sample(values), name)


def _sample(values: dict[Any, int]) -> str:
    told = ", ".join(quoted(value) if isinstance(value, str) else json.dumps(value) for value in list(values)[:3])
    return told[:60] if told else "{...}"


def _values(field: Field, seen: Seen) -> Iterator[Offer]:
    counts: Iterable[Any] = ()
    if field.type == "word":
        counts = dict.fromkeys((*KINDS.get(field.column, ()), *seen.words.get(field.column, ())))
    elif field.type == "words":
        counts = _often(seen.anomalies)
    elif field.topic:
        counts = _often(seen.topics)
    elif field.type == "json":
        counts = _often(seen.paths.get(field.decoder, {}).get(_path(field), {}))
    for value in counts:
        written = quoted(value) if isinstance(value, str) else json.dumps(value)
        if written not in NO_NUMBERS:
            yield Offer(written, "", str(value))


def _path(field: Field) -> Path:
    return tuple(0 if isinstance(step, int) else step for step in field.path)


def _often(counts: dict[Any, int]) -> list[Any]:
    return sorted(counts, key=lambda value: -counts[value])
