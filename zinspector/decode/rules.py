"""Rules that choose a decoder: `topic:quotes.* frame:1=protobuf(quotes.proto, market.Quote)`.

Before the last `=` stand conditions that must all hold: `topic:GLOB`, `node:ID`, `link:ID`, `frame:NUMBER` (counted
from 0, envelope included); none, or `*`, holds always. After it the decoder, and its options in parentheses. What has
spaces or commas stands in double quotes. Topology files and the command line use the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from zinspector.decode.api import Context
from zinspector.errors import UserError

TERMS = ("topic", "node", "link", "frame")
FILE_SUFFIXES = (".proto", ".desc", ".protoset", ".binpb", ".pb", ".fds")
FORM = "a decode rule is WHERE=DECODER or WHERE=DECODER(OPTIONS)"
RULE = re.compile(r"(?P<where>.*)=\s*(?P<decoder>[\w.-]+)\s*(?:\((?P<options>.*)\))?\s*", re.DOTALL)
WORD = re.compile(r'(?:"[^"]*"|[^\s"])+|"')
OPTION = re.compile(r'(?:"[^"]*"|[^,"])+|"')


class RuleError(UserError):
    """A decode rule that can't be read; the text names the column."""


@dataclass(frozen=True)
class Rule:
    """One rule. `terms` are (name, value) pairs; `options` as written, `arguments` as the decoder gets them.

    An argument that is a file has its absolute name, or is a `data:` URL with what the file held.
    """

    terms: tuple[tuple[str, str], ...]
    decoder: str
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, base: Path = Path()) -> Rule:
        """Read a rule; file names in its options start at `base`. Raises RuleError."""
        return _read(text, lambda name: str((base / Path(name).expanduser()).resolve()))

    @classmethod
    def carried(cls, text: str, contents: Mapping[str, str]) -> Rule:
        """Read a rule that came with a recording, as its files did: none is looked for here. Raises RuleError."""

        def content(name: str) -> str:
            if name not in contents:
                remedy = "give a rule of your own, with the schema that you have"
                raise RuleError(f"{name} did not come with it", where=text, remedy=remedy)
            return contents[name]

        return _read(text, content)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files, as in its options."""
        return tuple(filter(_is_file, self.options))

    def anywhere(self) -> Rule:
        """The rule with absolute names of files in its options; one that was carried stays as it came."""
        pairs = zip(self.options, self.arguments, strict=True)
        return replace(self, options=tuple(option if _is_data(argument) else argument for option, argument in pairs))

    def matches(self, context: Context) -> bool:
        """Whether the rule is meant for a frame in this place."""
        return all(_holds(name, value, context) for name, value in self.terms)

    def relocated(self, moved: Callable[[str], str]) -> Rule:
        """The rule with each file name among its options as `moved` has it."""
        return replace(self, options=tuple(moved(each) if _is_file(each) else each for each in self.options))

    def __str__(self) -> str:
        where = " ".join(f"{name}:{_quoted(value, ' ')}" for name, value in self.terms) or "*"
        options = f"({', '.join(_quoted(option, ',') for option in self.options)})" if self.options else ""
        return f"{where}={self.decoder}{options}"


def moved_rules(texts: Iterable[str], moved: Callable[[str], str]) -> tuple[str, ...]:
    """Rules as a drawing has them, each file name as `moved` has it; what can't be read stays as it is."""

    def rewritten(text: str) -> str:
        try:
            return str(Rule.parse(text).relocated(moved))
        except RuleError:
            return text

    return tuple(map(rewritten, texts))


def _read(text: str, located: Callable[[str], str]) -> Rule:
    rule = RULE.fullmatch(text)
    if rule is None:
        raise RuleError(f"{FORM}: {_fault(text)}", where=text)
    terms = tuple(_term(word, text) for word in WORD.finditer(rule["where"]) if word[0] != "*")
    options = tuple(_option(option, rule.start("options"), text) for option in OPTION.finditer(rule["options"] or ""))
    arguments = tuple(located(option) if _is_file(option) else option for option in options)
    return Rule(terms, rule["decoder"], options, arguments)


def _fault(text: str) -> str:
    head, equals, rest = text.rpartition("=")
    if not equals:
        return f"there is no = (column {len(text) + 1})"
    if "(" in rest and not rest.rstrip().endswith(")"):
        return f"the parenthesis is not closed (column {len(text) + 1})"
    return f"no decoder is named after = (column {len(head) + 2})"


def _term(word: re.Match[str], text: str) -> tuple[str, str]:
    name, _, quoted = word[0].partition(":")
    value, column = quoted.replace('"', ""), word.start() + 1
    if name not in TERMS or not value:
        raise RuleError(f"expected topic:, node:, link: or frame:, not “{word[0]}” (column {column})", where=text)
    if name == "frame" and not (value.isascii() and value.isdecimal()):
        raise RuleError(f"frame: takes a number that counts from 0, not “{value}” (column {column})", where=text)
    return name, value


def _option(option: re.Match[str], start: int, text: str) -> str:
    value = option[0].strip()
    if value.count('"') % 2:
        raise RuleError(f"the quotation mark is not closed (column {start + option.start() + 1})", where=text)
    if not value:
        raise RuleError(f"an empty option (column {start + option.start() + 1})", where=text)
    return value.replace('"', "")


def _holds(name: str, value: str, context: Context) -> bool:
    if name == "frame":
        return context.frame == int(value)
    actual: str | None = getattr(context, name)
    return actual is not None and (fnmatchcase(actual, value) if name == "topic" else actual == value)


def _is_file(option: str) -> bool:
    return option.endswith(FILE_SUFFIXES) or "/" in option


def _is_data(argument: str) -> bool:
    return argument.startswith("data:")


def _quoted(value: str, separator: str) -> str:
    return f'"{value}"' if separator in value or value != value.strip() else value
