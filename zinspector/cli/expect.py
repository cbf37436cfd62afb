"""Expectations of a run: `node display received >= 10`, `link l1 p99 < 500`, `count >= 100 and errors == 0`.

Each compares a figure of the report with a number; `and` joins several. The forms are few on purpose: they are for CI,
and read aloud. What can't be meant (a figure or an id that does not exist) is refused before the run.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from zinspector.errors import UserError

TOKEN = re.compile(r'\s*(?P<word>"[^"]*"|[=!<>]=|[<>]|[^\s"=!<>]+)')
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
        words = _Words(text)
        known = {"node": nodes, "link": links}
        comparisons = [_comparison(words, known)]
        while words.ahead:
            words.take("'and' or the end", ("and",))
            comparisons.append(_comparison(words, known))
        return cls(text, tuple(comparisons))

    def failures(self, report: dict[str, Any]) -> list[str]:
        """What does not hold, in words."""
        return [failure for comparison in self.comparisons if (failure := comparison.failure(report))]


class _Words:
    """The words of an expectation, taken one by one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def ahead(self) -> str:
        """The next word; empty at the end."""
        found = TOKEN.match(self._text, self._at)
        return found["word"] if found else self._text[self._at :].strip()

    def take(self, wanted: str, allowed: Collection[str] | None = None, remedy: str = "") -> str:
        """The next word, which must be one of `allowed`. Raises ExpectationError that says what was `wanted`."""
        found = TOKEN.match(self._text, self._at)
        word = found["word"] if found else ""
        if not found or (allowed is not None and word.strip('"') not in allowed):
            rest = self._text[self._at :]
            column = self._at + len(rest) - len(rest.lstrip()) + 1 if rest.strip() else len(self._text.rstrip()) + 1
            there = repr(word or rest.strip()) if rest.strip() else "the end"
            raise ExpectationError(
                f"expected {wanted} at column {column}, not {there}",
                where=f"--expect {self._text!r}",
                remedy=remedy or "write it like 'node display received >= 10' or 'errors == 0'",
            )
        self._at = found.end()
        return word.strip('"')


def _comparison(words: _Words, known: dict[str, Collection[str]]) -> Comparison:
    kind, name = "run", ""
    if words.ahead in known:
        kind = words.take("node or link")
        name = words.take(f"the id of a {kind}", known[kind], f"there are {', '.join(sorted(known[kind])) or 'none'}")
    owner = "the run" if kind == "run" else f"a {kind}"
    figure = words.take(f"a figure of {owner}", FIGURES[kind], f"one of {', '.join(FIGURES[kind])}")
    how = words.take("a comparison", COMPARE, "one of == != >= <= > <")
    number = _number(words.ahead)
    words.take("a number", None if number is not None else ())
    return Comparison(kind, name, figure, how, number or 0.0)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


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
