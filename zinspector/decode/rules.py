"""Rules that choose a decoder: `topic:quotes.* frame:1=protobuf(quotes.proto, market.Quote)`.

Before `=` stand conditions that must all hold: `topic:GLOB`, `node:ID`, `link:ID`, `frame:NUMBER`; none, or `*`, holds
always. After it the decoder, and its options in parentheses. Topology files and the command line use the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from zinspector.decode.api import Context
from zinspector.errors import UserError

TERMS = ("topic", "node", "link", "frame")
FILE_SUFFIXES = (".proto", ".desc", ".protoset", ".binpb", ".pb")


class RuleError(UserError):
    """A decode rule that can't be read; the text names the column."""


@dataclass(frozen=True)
class Rule:
    """One rule. `terms` are (name, value) pairs; `options` as written, `arguments` with absolute file names."""

    terms: tuple[tuple[str, str], ...]
    decoder: str
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, base: Path = Path()) -> Rule:
        """Read a rule; file names in its options start at `base`. Raises RuleError."""
        where, equals, what = text.partition("=")
        if not equals:
            raise RuleError("a decode rule is WHERE=DECODER(OPTIONS), with one =", where=text)
        terms = tuple(_term(word, text) for word in where.split() if word != "*")
        name, paren, rest = what.strip().partition("(")
        if not name.strip().isidentifier():
            raise RuleError(f"no decoder is named after = (column {len(where) + 2})", where=text)
        if paren and not rest.rstrip().endswith(")"):
            raise RuleError(f"the parenthesis is not closed (column {len(text)})", where=text)
        inside = rest.rstrip()[:-1] if paren else ""
        options = tuple(option.strip() for option in inside.split(",") if option.strip())
        return cls(terms, name.strip(), options, tuple(_argument(option, base) for option in options))

    def matches(self, context: Context) -> bool:
        """Whether the rule is meant for a frame in this place."""
        return all(_holds(name, value, context) for name, value in self.terms)

    def __str__(self) -> str:
        where = " ".join(f"{name}:{value}" for name, value in self.terms) or "*"
        options = f"({', '.join(self.options)})" if self.options else ""
        return f"{where}={self.decoder}{options}"


def _term(word: str, text: str) -> tuple[str, str]:
    name, colon, value = word.partition(":")
    column = text.index(word) + 1
    if name not in TERMS or not colon or not value:
        raise RuleError(f"expected topic:, node:, link: or frame: at column {column}, not “{word}”", where=text)
    if name == "frame" and not value.isdecimal():
        raise RuleError(f"frame: takes a number that counts from 0 (column {column})", where=text)
    return name, value


def _holds(name: str, value: str, context: Context) -> bool:
    if name == "frame":
        return context.frame == int(value)
    actual: str | None = getattr(context, name)
    return actual is not None and (fnmatchcase(actual, value) if name == "topic" else actual == value)


def _argument(option: str, base: Path) -> str:
    if option.endswith(FILE_SUFFIXES) or "/" in option:
        return str((base / option).resolve())
    return option
