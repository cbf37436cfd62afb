"""What may stand between `{{` and `}}` in a frame template: a closed little language without `eval`.

    expression = number | "text" | 'text' | name | name(expression, ...)

The functions are the table `FUNCTIONS`. Every one declares what it takes and what it gives (number, text or bytes), so
that a mistake is found when a template is compiled, never while it is sent. Integers wrap around their width, as
counters do. `{{"{{"}}` writes the braces themselves.
"""

from __future__ import annotations

import math
import random
import re
import struct
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from zinspector.errors import TemplateError

Value = int | float | str | bytes
Gives = Literal["number", "text", "bytes", "same"]
Makes = Callable[[int], Any]
MAX_DEPTH = 32
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<close>\}\})|(?P<mark>[(),]))"""
)


@dataclass(frozen=True)
class Function:
    """One name of the language. `takes` are the kinds of its arguments, `least` how many must be given;
    `more` allows any number of the last kind. `call(rng, n, *arguments)` makes the value."""

    name: str
    takes: tuple[Literal["number", "text", "any"], ...]
    gives: Gives
    call: Callable[..., Value]
    help: str
    least: int
    more: bool = False

    @property
    def constant(self) -> bool:
        """Whether equal arguments always give an equal value."""
        return self.gives == "bytes" or self.name == "round"


@dataclass(frozen=True)
class Expression:
    """A compiled expression: what it gives, how to make the value for message `n`, where it ends in the source."""

    gives: Gives
    make: Makes
    constant: bool
    end: int = 0


def compile_expression(source: str, start: int, rng: random.Random) -> Expression:
    """Read the expression that begins at `start`, just behind its `{{`, up to and with its `}}`.

    Raises TemplateError; its `where` is the column, counted from 1.
    """
    parser = _Parser(source, start, rng)
    found = parser.expression(0)
    parser.expect("close", "}}")
    return Expression(found.gives, found.make, found.constant, parser.position)


class _Parser:
    def __init__(self, source: str, start: int, rng: random.Random) -> None:
        self.source, self.position, self.rng = source, start, rng

    def error(self, text: str, at: int, remedy: str = "") -> TemplateError:
        return TemplateError(text, where=f"column {at + 1}", remedy=remedy)

    def peek(self) -> tuple[str, str, int]:
        """The next token: its kind, its text, and where it begins."""
        found = _TOKEN.match(self.source, self.position)
        if found is None or found.lastgroup is None:
            rest = self.source[self.position :].lstrip()
            at = len(self.source) - len(rest)
            if not rest:
                raise self.error("'{{' without '}}'", at, 'close it, or write {{"{{"}} for the braces themselves')
            raise self.error(f"can't read {rest[:12]!a}", at, "a name, a number or a quoted text")
        return found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)

    def take(self) -> tuple[str, str, int]:
        kind, text, at = self.peek()
        self.position = at + len(text)
        return kind, text, at

    def expect(self, kind: str, text: str) -> None:
        found, got, at = self.take()
        if found != kind or got != text:
            raise self.error(f"expected '{text}', not {got[:12]!a}", at)

    def expression(self, depth: int) -> Expression:
        kind, text, at = self.take()
        if depth > MAX_DEPTH:
            raise self.error("nested too deeply", at)
        if kind == "number":
            return self.number(text, at)
        if kind == "text":
            return _constant("text", re.sub(r"\\(.)", _unescape, text[1:-1]))
        if kind != "name":
            raise self.error(f"expected a name, a number or a text, not '{text}'", at)
        function = FUNCTIONS.get(text)
        if function is None:
            raise self.error(f"there is no '{text}'", at, f"known are {', '.join(FUNCTIONS)}")
        return self.call(function, self.arguments(depth), at)

    def number(self, text: str, at: int) -> Expression:
        if not re.fullmatch(r"-?\d+", text):
            if not math.isfinite(float(text)):
                raise self.error("this number is too large", at)
            return _constant("number", float(text))
        if len(text) > 20:
            raise self.error("a whole number has at most 64 bits", at)
        return _constant("number", int(text))

    def arguments(self, depth: int) -> list[Expression]:
        if self.peek()[1] != "(":
            return []
        self.take()
        found: list[Expression] = []
        while self.peek()[1] != ")" or found:
            found.append(self.expression(depth + 1))
            _, mark, at = self.take()
            if mark == ")":
                return found
            if mark != ",":
                raise self.error(f"expected ',' or ')', not {mark[:12]!a}", at)
        self.take()
        return found

    def call(self, function: Function, arguments: list[Expression], at: int) -> Expression:
        count = len(arguments)
        if count < function.least or (count > len(function.takes) and not function.more):
            raise self.error(f"{function.name} takes {_arity(function)}, not {count}", at, function.help)
        for number, argument in enumerate(arguments):
            wanted = function.takes[min(number, len(function.takes) - 1)]
            if argument.gives == "bytes" or wanted not in ("any", argument.gives):
                text = f"argument {number + 1} of {function.name} must be a {wanted.replace('any', 'number or text')}"
                raise self.error(text, at, function.help)
        constant = all(argument.constant for argument in arguments)
        make = _bound(function.call, self.rng, [argument.make for argument in arguments], constant)
        gives = function.gives
        if gives == "same":
            gives = "number" if all(argument.gives == "number" for argument in arguments) else "text"
        if constant and function.constant:
            return _constant(gives, make(0))
        return Expression(gives, make, constant=False)


def _constant(gives: Gives, value: Value) -> Expression:
    return Expression(gives, lambda _n: value, constant=True)


def _bound(call: Callable[..., Value], rng: random.Random, makes: list[Makes], constant: bool) -> Makes:
    """The call with its arguments made for each message, or made once if they never change."""
    if constant:
        values = [make(0) for make in makes]
        return lambda n: call(rng, n, *values)
    if len(makes) == 1:
        (only,) = makes
        return lambda n: call(rng, n, only(n))
    return lambda n: call(rng, n, *[make(n) for make in makes])


def _arity(function: Function) -> str:
    most = "or more" if function.more else f"to {len(function.takes)}"
    exact = function.least == len(function.takes) and not function.more
    count = f"{function.least}" if exact else f"{function.least} {most}"
    return "no arguments" if count == "0" else f"{count} argument{'' if count == '1' else 's'}"


def _unescape(found: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1])


def _between(low: float, high: float, share: float) -> float:
    return low * (1.0 - share) + high * share  # stays finite where high - low would not


def _randint(rng: random.Random, _n: int, low: float, high: float) -> int:
    first, last = math.ceil(min(low, high)), math.floor(max(low, high))
    return rng.randint(first, max(first, last))


def _sin(_rng: random.Random, n: int, period: float, low: float = -1.0, high: float = 1.0) -> float:
    if not period:
        return low
    return _between(low, high, (1.0 + math.sin(2.0 * math.pi * (n / period % 1.0))) / 2.0)


def _round(_rng: random.Random, _n: int, value: float, digits: float = 0) -> float:
    return round(value, max(-20, min(20, int(digits)))) if digits else round(value)


def _packed(width: int) -> Callable[..., bytes]:
    mask = (1 << 8 * width) - 1
    return lambda _rng, _n, value: (int(value) & mask).to_bytes(width, "little")


def _f32(_rng: random.Random, _n: int, value: float) -> bytes:
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", math.copysign(math.inf, value))


def _varint(_rng: random.Random, _n: int, value: float) -> bytes:
    """Protobuf's base-128 varint; a negative number takes ten bytes, as int64 does."""
    rest = int(value) & (2**64 - 1)
    found = bytearray()
    while rest > 127:
        found.append(rest & 127 | 128)
        rest >>= 7
    found.append(rest)
    return bytes(found)


def _text(value: Value) -> bytes:
    return str(value).encode()


_NUMBER: tuple[Literal["number"]] = ("number",)
# fmt: off
_ROWS = (
    Function("n", (), "number", lambda _r, n: n, "{{n}}: the number of the message", 0),
    Function("now_ns", (), "number", lambda _r, _n: time.time_ns(), "{{now_ns}}: wall clock in nanoseconds", 0),
    Function("now_iso", (), "text", lambda _r, _n: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
             "{{now_iso}}: wall clock as a text, in UTC", 0),
    Function("uuid", (), "text", lambda r, _n: str(uuid.UUID(int=r.getrandbits(128), version=4)),
             "{{uuid}}: a random UUID", 0),
    Function("randint", _NUMBER * 2, "number", _randint, "{{randint(1, 6)}}: a whole number, both ends possible", 2),
    Function("uniform", _NUMBER * 2, "number", lambda r, _n, low, high: _between(low, high, r.random()),
             "{{uniform(0, 1)}}: a number in between", 2),
    Function("sin", _NUMBER * 3, "number", _sin, "{{sin(100, 15, 25)}}: a wave over 100 messages from 15 to 25", 1),
    Function("round", _NUMBER * 2, "number", _round,
             "{{round(uniform(0, 1), 2)}}: rounded to so many digits", 1),
    Function("choice", ("any",), "same", lambda r, _n, *values: values[int(r.random() * len(values))],
             '{{choice("a", "b")}}: one of these at random', 1, more=True),
    Function("cycle", ("any",), "same", lambda _r, n, *values: values[n % len(values)],
             '{{cycle("a", "b")}}: these in turn, the same in every frame of a message', 1, more=True),
    Function("u8", _NUMBER, "bytes", _packed(1), "{{u8(n)}}: one byte", 1),
    Function("u16", _NUMBER, "bytes", _packed(2), "{{u16(n)}}: two bytes, little-endian", 1),
    Function("u32", _NUMBER, "bytes", _packed(4), "{{u32(n)}}: four bytes, little-endian", 1),
    Function("u64", _NUMBER, "bytes", _packed(8), "{{u64(now_ns)}}: eight bytes, little-endian", 1),
    Function("f32", _NUMBER, "bytes", _f32, "{{f32(uniform(0, 1))}}: IEEE 754 single, little-endian", 1),
    Function("f64", _NUMBER, "bytes", lambda _r, _n, x: struct.pack("<d", x),
             "{{f64(uniform(0, 1))}}: IEEE 754 double, little-endian", 1),
    Function("varint", _NUMBER, "bytes", _varint, "{{varint(n)}}: a Protobuf varint", 1),
    Function("utf8", ("any",), "bytes", lambda _r, _n, x: _text(x), '{{utf8("ACME")}}: the bytes of a text', 1),
    Function("prefixed", ("any",), "bytes", lambda r, n, x: _varint(r, n, len(_text(x))) + _text(x),
             '{{prefixed("ACME")}}: a text behind its length, as in Protobuf', 1),
)
# fmt: on
FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}
