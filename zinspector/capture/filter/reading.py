"""From the text of a filter to its tree. Pure and bounded: no text makes it slow, deep or fail in other ways.

Type rules, checked here, so that what can't match is told and not just never true:
- Numbers are compared with numbers, words and text with text, bytes with bytes or text (of `.hex`: hex digits).
- What JSON holds can be compared with anything; a number compares with JSON numbers only, text with strings only,
  true and false with themselves, and null with null. Only numbers and text have an order.
- `contains`, `startswith` and `matches` are for text; bytes have the first two. Patterns are RE2: no back references
  and no looking around, and so no pattern that takes forever.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from zinspector.capture.filter import literals
from zinspector.capture.filter.errors import FilterError
from zinspector.capture.filter.fields import OPERATORS, resolve
from zinspector.capture.filter.grammar import GRAMMAR, words
from zinspector.capture.filter.patterns import check
from zinspector.capture.filter.tree import And, Field, Not, Operator, Or, Step, Test, Tree, Value

LONGEST = 64 << 10
MOST_TESTS = 1000
DEEPEST = 60
CONSTANTS: dict[str, Value] = {"TRUE": True, "FALSE": False, "NULL": None}


def read(text: str) -> Tree:
    """The tree of a filter. Raises FilterError."""
    if len(text) > LONGEST:
        raise FilterError(f"the filter is longer than {LONGEST} characters", LONGEST + 1)
    if not text.strip():
        raise FilterError("the filter is empty", 1, expected="a field", remedy='write size > 100 or topic == "a"')
    if bad := next((place for place, letter in enumerate(text) if "\ud800" <= letter < "\ue000"), -1) + 1:
        raise FilterError("this is no character", bad, remedy="take it out")
    try:
        tree = cast(Tree, parser().parse(text))
    except UnexpectedInput as error:
        raise _misplaced(text, error) from None
    _check_size(tree)
    return tree


class Written(NamedTuple):
    """A value, where it stands and how it was written."""

    value: Value
    kind: str
    at: int
    length: int


class Build(Transformer[Token, Tree]):
    """Makes the tree while the text is read, bottom up, so that depth costs no stack."""

    @v_args(inline=True)
    def field(self, name: Token, *steps: tuple[Step, int]) -> Field:
        """A field, with what it looks up."""
        return resolve(str(name), tuple(step for step, _ in steps), _at(name), tuple(at for _, at in steps))

    @v_args(inline=True)
    def step(self, token: Token) -> tuple[Step, int]:
        """One part of a path."""
        at = _at(token)
        if token.type == "INT":
            return int(literals.number(token, at)), at
        return (literals.text(token, at) if token.type == "STRING" else str(token)), at

    @v_args(inline=True)
    def value(self, token: Token) -> Written:
        """Something to compare with."""
        at, value = _at(token), CONSTANTS.get(token.type)
        if token.type in ("INT", "NUMBER"):
            value = literals.number(token, at)
        elif token.type == "STRING":
            value = literals.text(token, at)
        elif token.type == "BYTES":
            value = literals.data(token, at)
        return Written(value, token.type, at, len(token))

    @v_args(inline=True)
    def exists(self, field: Field) -> Tree:
        """A bare field."""
        return Test(field, "exists")

    @v_args(inline=True)
    def compared(self, field: Field, operator: Token, value: Written) -> Tree:
        """A field and a value."""
        return Test(field, _operator(field, operator), (_fitting(field, str(operator), value),))

    @v_args(inline=True)
    def matched(self, field: Field, operator: Token, pattern: Token) -> Tree:
        """A field and a pattern."""
        check(pattern[1:-1], _at(pattern))
        return Test(field, _operator(field, operator), (pattern[1:-1],))

    @v_args(inline=True)
    def among(self, field: Field, operator: Token, *values: Written) -> Tree:
        """A field and several values."""
        return Test(field, _operator(field, operator), tuple(_fitting(field, "==", value) for value in values))

    @v_args(inline=True)
    def negated(self, denial: Token, item: Tree) -> Tree:
        """What doesn't match."""
        return item.item if isinstance(item, Not) else Not(item)

    def both(self, items: list[Tree | Token]) -> Tree:
        """All of them."""
        trees = [item for item in items if not isinstance(item, Token)]
        return And(tuple(inner for item in trees for inner in (item.items if isinstance(item, And) else (item,))))

    def either(self, items: list[Tree | Token]) -> Tree:
        """Any of them."""
        trees = [item for item in items if not isinstance(item, Token)]
        return Or(tuple(inner for item in trees for inner in (item.items if isinstance(item, Or) else (item,))))


@cache
def parser() -> Lark:
    """The parser; making it takes some milliseconds."""
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", transformer=Build(), maybe_placeholders=False)


def _at(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _operator(field: Field, token: Token) -> Operator:
    operator = {"~": "matches"}.get(str(token), str(token).lower())
    allowed = OPERATORS[field.type]
    if operator not in allowed:
        listed = " ".join(allowed) or "and, or, or the end"
        raise FilterError(
            f"{field.name} can't be compared with {operator}", _at(token), length=len(token), expected=listed,
            remedy=f"it has {listed}" if allowed else f"write only {field.name}, or a part of it",
        )  # fmt: skip
    return operator


def _fitting(field: Field, operator: str, written: Written) -> Value:
    """The value as the field holds it. Raises FilterError."""
    value, kind = written.value, written.kind
    is_number = kind in ("INT", "NUMBER")
    if field.type in ("number", "time") and is_number:
        return value
    if field.type == "time" and isinstance(value, str):
        return literals.time_ns(value, written.at)
    if field.type in ("word", "words", "text") and isinstance(value, str):
        return value
    if field.type == "bytes" and isinstance(value, bytes | str):
        if isinstance(value, bytes):
            return value
        return literals.hexadecimal(value, written.at) if field.name.endswith("hex") else value.encode()
    if field.type == "json" and kind != "BYTES":
        return _json(field, operator, written)
    wanted = _wanted(field)
    raise FilterError(
        f"{field.name} is compared with {wanted}", written.at, length=written.length, expected=wanted,
        remedy="put it in quotes" if wanted.startswith("text") and is_number else f"write {wanted}",
    )  # fmt: skip


def _json(field: Field, operator: str, written: Written) -> Value:
    textual = operator in ("contains", "startswith")
    ordered = operator in ("<", "<=", ">", ">=")
    is_number = written.kind in ("INT", "NUMBER")
    if (textual and written.kind != "STRING") or (ordered and not is_number and written.kind != "STRING"):
        wanted = "text in quotes" if textual else "a number or text in quotes"
        raise FilterError(
            f"{operator} is for {wanted}", written.at, length=written.length, expected=wanted,
            remedy="put it in quotes" if textual else "use == or !=",
        )  # fmt: skip
    return written.value


def _wanted(field: Field) -> str:
    return {
        "number": "a number",
        "time": "a number of nanoseconds, or a time in quotes",
        "bytes": 'bytes such as x"00ff", or text in quotes',
        "json": "a number, text in quotes, true, false or null",
    }.get(field.type, "text in quotes")


def _misplaced(text: str, error: UnexpectedInput) -> FilterError:
    """What the parser stumbled over, in words."""
    at, terminals, found = len(text.rstrip()) + 1, set[str](), ""
    if isinstance(error, UnexpectedToken):
        terminals = set(error.accepts or error.expected)
        if error.token.type != "$END":
            at, found = _at(error.token), str(error.token)
    elif isinstance(error, UnexpectedCharacters):
        place = error.pos_in_stream or 0
        at, found, terminals = place + 1, text[place], _accepted(text[:place])
        if found in "\"'":
            return FilterError(
                "the text that begins here has no end", at, expected=f"a closing {found}", unfinished=True
            )
    expected, remedy = words(terminals), ""
    if terminals >= {"STRING", "NUMBER"}:
        field = _compared(error)
        expected = _wanted(field) if field is not None else expected
        remedy = "put text in quotes" if found.isidentifier() and (field is None or field.type != "number") else ""
    elif found == "=" and "COMPARE" in terminals:
        return FilterError("= is no comparison", at, expected=expected, remedy="write ==")
    elif found.startswith(('"', "'")) and text[: at - 1].rstrip().endswith("["):
        remedy = f"write a key after a point: .{found}"
    there = f"not {found[:40]!r}" if found else "not the end"
    return FilterError(
        f"expected {expected}, {there}", at, length=len(found), expected=expected, remedy=remedy, unfinished=not found
    )


def _accepted(text: str) -> set[str]:
    """What may follow a text that can be read so far; a lexer also allows what closes brackets that nobody opened."""
    reading: Any = parser().parse_interactive(text)  # Lark gives these no types
    reading.exhaust_lexer()
    return set(reading.accepts())


def _compared(error: UnexpectedInput) -> Field | None:
    """The field whose value is missing."""
    if isinstance(error, UnexpectedToken) and error.interactive_parser is not None:
        stack = error.interactive_parser.parser_state.value_stack
        return next((item for item in reversed(stack) if isinstance(item, Field)), None)
    return None


def _check_size(tree: Tree) -> None:
    count, waiting = 0, [(tree, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > DEEPEST:
            raise FilterError(f"nested more than {DEEPEST} deep", 1, remedy="take it apart")
        if isinstance(item, Not):
            waiting.append((item.item, depth + 1))
        elif isinstance(item, Test):
            count += max(1, len(item.values))
        else:
            waiting.extend((each, depth + 1) for each in item.items)
    if count > MOST_TESTS:
        raise FilterError(
            f"more than {MOST_TESTS} comparisons", 1, remedy="a list in {...} of fewer values, or matches"
        )
