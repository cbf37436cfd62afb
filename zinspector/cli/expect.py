"""`--expect`: how verbs are told what must hold, look at what they capture, and say what did not hold."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from zinspector.capture.store import Store
from zinspector.cli import filtering
from zinspector.cli.output import Output

if TYPE_CHECKING:
    from zinspector.capture.expect import Watch
    from zinspector.capture.filter.display import Filter

FORMS: Final = (
    "exit with 1 unless this holds: 'count(topic == \"x\") >= 10 within 5s', 'rate(FILTER) > 100', 'no(FILTER)', "
    "'always(FILTER)'"
)
OF_RUNS: Final = (
    ", 'p99(LINK) < 5 ms', 'node ID received >= 10', 'link ID messages > 0', 'count >= 100' (rows captured), "
    "'errors == 0'"
)
MORE: Final = "; `within` ends it as soon as that is decided; may be joined by 'and', and given several times"
OF_FILES: Final[Mapping[str, Collection[str]]] = {"run": ("count", "captured", "duration_s"), "node": (), "link": ()}


def add_argument(verb: argparse.ArgumentParser, more: str = "") -> None:
    """Add `--expect`; `more` are further forms."""
    verb.add_argument("--expect", action="append", default=[], metavar="EXPR", help=f"{FORMS}{more}{MORE}")


def watch(
    texts: list[str],
    shown: Output,
    nodes: Collection[str] = (),
    links: Collection[str] = (),
    figures: Mapping[str, Collection[str]] | None = None,
) -> Watch | None:
    """What looks whether these hold, in frames decoded as `shown` decodes them; None where nothing is expected.

    Raises UserError.
    """
    if not texts:
        return None
    from zinspector.capture.expect import FIGURES, Watch  # with DuckDB, which others need not wait for
    from zinspector.capture.expect_reading import read_expectation

    def made(text: str) -> Filter:
        return filtering.of(text, shown)

    return Watch([read_expectation(text, nodes, links, figures=figures or FIGURES, made=made) for text in texts])


class Looking:
    """Looks at what a store captures for a watch."""

    def __init__(self, watch: Watch | None, store: Store) -> None:
        self._watch = watch
        self._store = store
        self._seen = 1

    def begin(self, start_ns: int) -> None:
        """The time begins, in nanoseconds of the clock of the rows."""
        if self._watch is not None:
            self._watch.begin(start_ns)

    def end(self, end_ns: int) -> None:
        """The time is over; what comes while everything is closed has no time in which it came."""
        if self._watch is not None:
            self._watch.end_ns = end_ns

    def look(self) -> None:
        """Look at the rows that came since the last time."""
        if self._watch is None or not self._watch.looks:
            return
        self._watch.missed += max(0, self._store.first_n - self._seen)
        for batch in self._store.since(self._seen):
            self._watch.take(batch)
        self._seen = self._store.next_n

    def decided(self, now_ns: int) -> bool:
        """Whether there is nothing more to wait for."""
        return self._watch is not None and self._watch.decided(now_ns)


def failed(watch: Watch | None, report: dict[str, Any]) -> bool:
    """Say what does not hold, a line for each; returns whether there is anything."""
    failures = watch.failures(report) if watch is not None else []
    for failure in failures:
        print(f"zinspector: {failure}", file=sys.stderr)
    return bool(failures)


def failed_in(store: Store, watch: Watch | None) -> bool:
    """The same about a capture that is there already."""
    if watch is None:
        return False
    batches = store.batches()
    watch.take_all(batches)
    times = [batch.column("time_ns").to_numpy() for batch in batches if batch.num_rows]
    seconds = (max(int(part.max()) for part in times) - min(int(part.min()) for part in times)) / 1e9 if times else 0.0
    return failed(watch, {"captured": store.captured, "duration_s": seconds})
