"""Expectations: sentences about what was captured that hold or don't, for CI. `expect_reading` tells how to write them.

- `count(FILTER) >= 10 within 5s`: how many rows match a display filter. Where both ends of a link are captured there
  are two rows for each message: say `direction == "in"`.
- `rate(FILTER) > 100`: rows a second, over the whole time.
- `no(FILTER)`: no row matches. `always(FILTER)`: every message does.
- `p99(LINK) < 5 ms`: latency of a link. `node ID received >= 10`, `link ID messages > 0`, `errors == 0`: figures of
  the report.
- `within S`: only what was captured in the first S seconds counts. It is decided when it is fulfilled or can't be any
  more, at the latest when the time is over; then whoever runs may end.
- A failure is one sentence, which says what was found instead.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from zinspector.capture.filter.display import Filter
from zinspector.capture.masks import Mask, where
from zinspector.capture.picking import pick

Report = dict[str, Any]

COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
FIGURES: Final = {
    "run": ("count", "captured", "dropped", "messages", "errors", "findings", "duration_s"),
    "node": ("sent", "received", "bytes_sent", "bytes_received", "errors"),
    "link": ("messages", "bytes", "rate_msg_s", "p50", "p90", "p99", "p99.9", "max"),
}
LATENCIES: Final = ("p50", "p90", "p99", "p99.9", "max")
SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True)
class Comparison:
    """One figure of the report, of a node or of a link, compared with a number of that report.

    `text` is how it was written, in a unit of which there are `unit_size` of the report's to one.
    """

    kind: str
    id: str
    figure: str
    how: str
    number: float
    text: str
    unit: str = ""
    unit_size: float = 1.0

    def failure(self, report: Report) -> str:
        """What was seen instead; empty when the comparison holds."""
        seen = _seen(self, report)
        if seen is None:
            return f"expected {self.text}, but it was not measured"
        if COMPARE[self.how](seen, self.number):
            return ""
        unit = f" {self.unit}" if self.unit else ""
        return f"expected {self.text}, but it is {seen / self.unit_size:.12g}{unit}"


@dataclass
class Matching:
    """What a filter has to say: `form` is count, rate, no or always."""

    text: str
    form: str
    filter: Filter
    how: str = "=="
    number: float = 0.0
    within_s: float | None = None
    found: int = 0
    first_n: int = field(default=0, init=False)
    looked_at: int = field(default=0, init=False)

    def take(self, batch: pa.RecordBatch, start_ns: int) -> None:
        """Count the rows that match, or for `always` those messages that don't."""
        self.add(batch, self.filter.mask(batch), start_ns)

    def add(self, batch: pa.RecordBatch, matches: Mask, start_ns: int) -> None:
        """The same where it is known what matches."""
        asked = np.ones(batch.num_rows, np.bool_)
        if self.within_s is not None:
            asked &= batch.column("time_ns").to_numpy() - start_ns <= int(self.within_s * SECOND_NS)
        if self.form == "always":
            asked &= where(batch, "kind", "message".__eq__)
        hits = asked & (~matches if self.form == "always" else matches)
        self.looked_at += int(np.count_nonzero(asked))
        if hits.any():
            self.first_n = self.first_n or int(batch.column("n")[int(np.argmax(hits))].as_py())
            self.found += int(np.count_nonzero(hits))

    def decided(self, now_s: float) -> bool:
        """Whether the answer is known: counts only grow."""
        if self.within_s is None:
            return False
        if now_s >= self.within_s:
            return True
        if self.form != "count":
            return self.found > 0
        if self.how in (">=", ">"):
            return COMPARE[self.how](self.found, self.number)
        return self.found >= self.number if self.how == "<" else self.found > self.number

    def failure(self, report: Report) -> str:
        """What was found instead; empty when it holds."""
        expected = f"expected {self.text}"
        if self.form == "no":
            return f"{expected}, but {_rows(self.found)}, first row {self.first_n}" if self.found else ""
        if self.form == "always":
            if not self.looked_at:
                return f"{expected}, but there was no message"
            other = f"{self.found:,} of {self.looked_at:,} messages don't match, first row {self.first_n}"
            return f"{expected}, but {other}" if self.found else ""
        seconds = float(report["duration_s"])
        seen = self.found / seconds if self.form == "rate" and seconds > 0 else float(self.found)
        if COMPARE[self.how](seen, self.number):
            return ""
        return f"{expected}, but it is {round(seen, 3):.12g}"


Term = Comparison | Matching


@dataclass(frozen=True)
class Expectation:
    """What must all hold, as it was written."""

    text: str
    terms: tuple[Term, ...]

    def failures(self, report: Report) -> list[str]:
        """What does not hold, in words."""
        return [failure for term in self.terms if (failure := term.failure(report))]


class Watch:
    """Looks at rows as they are captured, until it is decided what was expected of them."""

    def __init__(self, expectations: Iterable[Expectation]) -> None:
        self._expectations = tuple(expectations)
        terms = [term for expectation in self._expectations for term in expectation.terms]
        self._matching = [term for term in terms if isinstance(term, Matching)]
        self._timed = [term for term in self._matching if term.within_s is not None]
        self.start_ns = 0
        self.end_ns: int | None = None
        """When the time over which rates are taken was over, once it is."""
        self.missed = 0
        """Rows that were gone before anybody could look at them."""

    @property
    def looks(self) -> bool:
        """Whether there is anything that has to see rows."""
        return bool(self._matching)

    def begin(self, start_ns: int) -> None:
        """The time begins, in nanoseconds of the clock of the rows."""
        self.start_ns = start_ns

    def take(self, batch: pa.RecordBatch) -> None:
        """Look at rows that came."""
        in_time = batch
        if self.end_ns is not None:
            in_time = pick(batch, batch.column("time_ns").to_numpy() <= self.end_ns)
        for term in self._matching:
            term.take(in_time if term.form == "rate" else batch, self.start_ns)

    def take_all(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Look at a whole capture, whose time begins with its first row."""
        self.begin(min((int(batch.column("time_ns")[0].as_py()) for batch in batches[:1]), default=0))
        for term in self._matching:
            for batch, mask in zip(batches, term.filter.masks(batches), strict=True):
                term.add(batch, mask, self.start_ns)

    def decided(self, now_ns: int) -> bool:
        """Whether everything with a time is decided, or one of them has failed; False where nothing has a time."""
        now_s = (now_ns - self.start_ns) / SECOND_NS
        done = [term for term in self._timed if term.decided(now_s)]
        if not self._timed or not done:
            return False
        return len(done) == len(self._timed) or any(term.failure({"duration_s": now_s}) for term in done)

    def failures(self, report: Report) -> list[str]:
        """What does not hold in the end, in words."""
        missed = [f"{self.missed:,} rows came too fast to be looked at"] if self.missed else []
        return missed + [failure for expectation in self._expectations for failure in expectation.failures(report)]


def _rows(count: int) -> str:
    return "one row matches" if count == 1 else f"{count:,} rows match"


def _seen(comparison: Comparison, report: Report) -> float | None:
    if comparison.kind == "run":
        return _of_run(comparison.figure, report)
    record = report[f"{comparison.kind}s"].get(comparison.id, {})
    value = {**record, **(record.get("latency_us") or {})}.get(comparison.figure)
    if value is None and comparison.figure not in LATENCIES:
        return 0.0  # a node or link that never ran counted nothing
    return None if value is None else float(value)


def _of_run(figure: str, report: Report) -> float:
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
