"""What may stand between `{{` and `}}` in a frame template: a closed little language without `eval`.

    expression = number | "text" | 'text' | name | name(expression, ...)

The functions are the table in `template_functions.py`. Every one declares what it takes and what it gives (number, text
or bytes), so that a mistake is found when a template is compiled, never while it is sent. `{{"{{"}}` writes the braces
themselves.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from zinspector.errors import TemplateError
from zinspector.topology.template_functions import FUNCTIONS, Function, Gives, Makes, Value

MAX_DEPTH = 32
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<close>\}\})|(?P<mark>[(),]))"""
)


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
