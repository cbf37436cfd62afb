"""Expectations of a run: `node display received >= 10`, `link l1 messages > 0`, `captured >= 100`, `errors == 0`.

Each names a number of the report and compares it. The forms are few on purpose: they are for CI, and read aloud.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from zinspector.errors import UserError

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
FORM = re.compile(r"\s*(?P<what>.+?)\s*(?P<how>>=|<=|==|!=|>|<)\s*(?P<number>\S+)\s*$")
NODE_FIGURES = ("sent", "received", "bytes_sent", "bytes_received", "errors")
LINK_FIGURES = ("messages", "bytes", "rate_msg_s", "p50", "p90", "p99", "p99.9", "max")
RUN_FIGURES = ("captured", "dropped", "errors", "findings", "duration_s")


class ExpectationError(UserError):
    """An expectation that can't be read."""


@dataclass(frozen=True)
class Expectation:
    """One comparison of a figure of the report with a number."""

    HELP: ClassVar[str] = (
        "exit with 1 unless this holds at the end: `node ID received >= 10`, `link ID p99 < 500` (us), "
        "`captured > 100`, `dropped == 0`, `errors == 0`, `findings == 0`"
    )

    text: str
    words: tuple[str, ...]
    how: str
    number: float

    @classmethod
    def parse(cls, text: str) -> Expectation:
        """Read an expectation. Raises ExpectationError that names the column."""
        form = FORM.match(text)
        if form is None:
            raise ExpectationError("expected FIGURE >= NUMBER", where=f"--expect {text!r}", remedy=cls.HELP)
        try:
            number = float(form["number"])
        except ValueError:
            column = form.start("number") + 1
            raise ExpectationError(
                f"expected a number at column {column}, not {form['number']!r}", where=f"--expect {text!r}"
            ) from None
        words = tuple(form["what"].split())
        if _known(words) is None:
            raise ExpectationError(
                f"there is no figure {form['what']!r} (column {form.start('what') + 1})",
                where=f"--expect {text!r}",
                remedy=f"node ID {'|'.join(NODE_FIGURES)}, link ID {'|'.join(LINK_FIGURES)}, {'|'.join(RUN_FIGURES)}",
            )
        return cls(text, words, form["how"], number)

    def failure(self, report: dict[str, Any]) -> str:
        """What was seen instead; empty when the expectation holds."""
        seen = self._figure(report)
        if seen is None:
            return f"{self.text}: the run has no {' '.join(self.words)}"
        return "" if COMPARISONS[self.how](seen, self.number) else f"{self.text}: it is {seen:g}"

    def _figure(self, report: dict[str, Any]) -> float | None:
        kind = _known(self.words)
        if kind == "run":
            return _of_run(report, self.words[0])
        record = report[f"{self.words[0]}s"].get(self.words[1])
        if record is None:
            return None
        name = self.words[2]
        value = record.get(name) if name in record else (record.get("latency_us") or {}).get(name)
        return float(value) if value is not None else None


def _known(words: tuple[str, ...]) -> str | None:
    if len(words) == 1 and words[0] in RUN_FIGURES:
        return "run"
    if len(words) == 3 and words[2] in {"node": NODE_FIGURES, "link": LINK_FIGURES}.get(words[0], ()):
        return words[0]
    return None


def _of_run(report: dict[str, Any], name: str) -> float:
    if name == "errors":
        return float(sum(node["errors"] for node in report["nodes"].values()))
    return float(len(report["findings"]) if name == "findings" else report[name])
