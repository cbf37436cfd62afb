"""Expectations of a run: `node display received >= 10`, `link l1 p99 < 500`, `count >= 100 and errors == 0`.

Each compares a figure of the report with a number; `and` joins several. The forms are few on purpose: they are for CI,
and read aloud. What can't be meant (a figure or an id that does not exist) is refused before the run.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedInput

from zinspector.errors import UserError

GRAMMAR = r"""
start: comparison ("and" comparison)*
comparison: figure COMPARE NUMBER
?figure: "node" id FIGURE -> node
       | "link" id FIGURE -> link
       | FIGURE           -> run
?id: ID | TEXT
COMPARE: "==" | "!=" | ">=" | "<=" | ">" | "<"
NUMBER: /-?\d[\d_]*(\.\d+)?([eE][+-]?\d+)?/
FIGURE: /[a-z][a-z0-9_.]*/
ID: /[^\s"=!<>]+/
TEXT: /"[^"]*"/
%ignore /\s+/
"""
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
FIGURES = {
    "run": ("count", "captured", "dropped", "messages", "errors", "findings", "duration_s"),
    "node": ("sent", "received", "bytes_sent", "bytes_received", "errors"),
    "link": ("messages", "bytes", "rate_msg_s", "p50", "p90", "p99", "p99.9", "max"),
}
HELP = (
    "exit with 1 unless this holds in the end: 'node ID received >= 10', 'link ID messages > 0', "
    "'link ID p99 < 500' (us), 'count >= 100' (rows captured), 'dropped == 0', 'errors == 0'; may be joined by 'and', "
    "and given several times"
)


class ExpectationError(UserError):
    """An expectation that can't be read; names the column."""


@dataclass(frozen=True)
class Comparison:
    """One figure of the run, of a node or of a link, compared with a number."""

    kind: str
    id: str
    figure: str
    how: str
    number: float

    @property
    def name(self) -> str:
        """The figure as it is written."""
        return self.figure if self.kind == "run" else f"{self.kind} {self.id} {self.figure}"

    def failure(self, report: dict[str, Any]) -> str:
        """What was seen instead; empty when the comparison holds."""
        seen = _seen(self, report)
        if seen is None:
            return f"expected {self.name} {self.how} {self.number:g}, but it was not measured"
        if COMPARE[self.how](seen, self.number):
            return ""
        return f"expected {self.name} {self.how} {self.number:.12g}, but it is {seen:.12g}"


@dataclass(frozen=True)
class Expectation:
    """Comparisons that must all hold."""

    text: str
    comparisons: tuple[Comparison, ...]

    @classmethod
    def parse(cls, text: str, nodes: Collection[str], links: Collection[str]) -> Expectation:
        """Read an expectation about these nodes and links. Raises ExpectationError."""
        try:
            tree = _parser().parse(text)
        except UnexpectedInput as error:
            raise _misread(text, error) from None
        known = {"run": (), "node": nodes, "link": links}
        return cls(text, tuple(_comparison(text, branch, known) for branch in tree.children))

    def failures(self, report: dict[str, Any]) -> list[str]:
        """What does not hold, in words."""
        return [failure for comparison in self.comparisons if (failure := comparison.failure(report))]


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr")


def _misread(text: str, error: UnexpectedInput) -> ExpectationError:
    at = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text)
    token = getattr(error, "token", None)
    if token is None or token.type == "$END":
        what = f"{text[at:].split()[0]!r}" if text[at:].split() else "its end"
    else:
        at, what = token.start_pos, repr(str(token))
    if what == "its end":
        at = len(text)
    return ExpectationError(
        f"can't be read from column {at + 1} on, at {what}",
        where=f"--expect {text!r}",
        remedy="write it like 'node display received >= 10' or 'errors == 0'",
    )


def _comparison(text: str, branch: Any, known: dict[str, Collection[str]]) -> Comparison:
    subject, how, number = branch.children
    kind = str(subject.data)
    figure = subject.children[-1]
    name = str(subject.children[0]).strip('"') if kind != "run" else ""
    if kind != "run" and name not in known[kind]:
        there = ", ".join(sorted(known[kind])) or "none"
        raise _refused(text, subject.children[0], f"there is no {kind} {name!r}", f"{kind}s: {there}")
    if figure not in FIGURES[kind]:
        owner = "a run" if kind == "run" else f"a {kind}"
        raise _refused(text, figure, f"{owner} has no figure {str(figure)!r}", f"it has {', '.join(FIGURES[kind])}")
    return Comparison(kind, name, str(figure), str(how), float(number))


def _refused(text: str, token: Token, why: str, remedy: str) -> ExpectationError:
    return ExpectationError(f"{why} (column {token.column})", where=f"--expect {text!r}", remedy=remedy)


def _seen(comparison: Comparison, report: dict[str, Any]) -> float | None:
    if comparison.kind == "run":
        return _of_run(comparison.figure, report)
    record = report[f"{comparison.kind}s"].get(comparison.id, {})
    value = {**record, **(record.get("latency_us") or {})}.get(comparison.figure)
    if value is None and comparison.figure not in FIGURES["link"][3:]:
        return 0.0  # a node or link that never ran counted nothing
    return None if value is None else float(value)


def _of_run(figure: str, report: dict[str, Any]) -> float:
    match figure:
        case "count" | "captured":
            return float(report["captured"])
        case "messages":
            return float(sum(link["messages"] for link in report["links"].values()))
        case "findings":
            return float(len(report["findings"]))
        case "errors":
            counted = {node: record["errors"] for node, record in report["nodes"].items()}
            found = [f for f in report["findings"] if f["severity"] == "error" and not counted.get(f["node"])]
            return float(sum(counted.values()) + len(found))
        case _:
            return float(report[figure])
