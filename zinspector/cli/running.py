"""One run of a topology without a window: the session, what is measured of it, what is printed meanwhile.

A node that fails disturbs no other: the run goes on.
"""

from __future__ import annotations

from pathlib import Path
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING, Any

from zinspector.capture.clock import Clock
from zinspector.capture.take import Take
from zinspector.cli import lingering
from zinspector.cli.expect import Looking
from zinspector.cli.filtering import Chosen
from zinspector.cli.findings import Diagnosis, of_drawing
from zinspector.cli.headless import signals, until
from zinspector.cli.output import Output
from zinspector.cli.printer import Printer, tell_unprinted
from zinspector.cli.recording import Passing
from zinspector.doctor.finding import Finding
from zinspector.measure.latency import LatencyBook
from zinspector.measure.report import LinkTotals, NodeTotals, report
from zinspector.runtime.session import Session
from zinspector.topology.document import Document, SocketNode
from zinspector.topology.files import Loaded

if TYPE_CHECKING:
    from zinspector.capture.expect import Watch


class Run:
    """Runs a document once. What is captured passes through, and goes into a recording if there is one."""

    def __init__(
        self, loaded: Loaded, base: Path, *, allow_scripts: bool, take: Take | None, watch: Watch | None = None
    ) -> None:
        self.store = Passing(take)
        self._loaded = loaded
        self._base = base
        self._clock = Clock()
        self._allow_scripts = allow_scripts
        self._session = Session(self.store, base=base, clock=self._clock, allow_script=self._ask)
        self._looking = Looking(watch, self.store)
        self._refused: set[str] = set()
        self._latency = LatencyBook()
        self._diagnosis = Diagnosis(loaded.document, self._session, self.store, of_drawing(loaded, base))
        self._printer: Printer | None = None
        self._seen = 1
        self._duration_s = 0.0

    @property
    def document(self) -> Document:
        """What runs."""
        return self._loaded.document

    async def go(self, for_s: float | None, output: Output, chosen: Chosen | None) -> bool:
        """Run to the end, printing the chosen rows if any are; returns whether a signal ended it."""
        self._diagnosis.begin()
        self._printer = Printer(output, chosen.sift) if chosen is not None else None
        with signals() as interrupted:
            try:
                await self._session.apply(self.document)
                began = monotonic()
                self._looking.begin(self._now_ns())
                await until(lambda: interrupted.is_set() or self._over(), for_s, self._tick)
                self._duration_s = monotonic() - began
                self._looking.end(self._now_ns())
            finally:
                await self._session.close()
        self._tick()
        if self._printer is None:
            return interrupted.is_set()
        tell_unprinted(self._printer, self._printer.finish())
        return interrupted.is_set() or self._printer.stopped

    def report(self) -> dict[str, Any]:
        """The report of the run."""
        counters = self._session.counters()
        return report(
            duration_s=self._duration_s,
            nodes={
                node: NodeTotals(
                    count.sent,
                    count.received,
                    count.bytes_sent,
                    count.bytes_received,
                    count.errors + count.unroutable + count.lost_replies,
                )
                for node, count in counters.nodes.items()
            },
            links={
                link.id: LinkTotals(count.messages, count.bytes)
                for link in self.document.links
                if (count := counters.links.get(link.id)) is not None
            },
            latency=self._latency.links(),
            captured=self.store.captured,
            dropped=self.store.skipped,
            findings=[finding.as_json() for finding in self._diagnosis.all()],
        )

    def wait_for_lingering(self) -> None:
        """Let connections through paths that relays took over run out, until Ctrl-C."""
        lingering.wait(self._session.lingering)

    def _tick(self) -> None:
        self._session.flush()
        for batch in self.store.since(self._seen):
            self._latency.consume(batch, self._clock)
            if self._printer is not None:
                self._printer.take(batch)
        self._seen = self.store.next_n
        self._looking.look()
        self._diagnosis.look([self._without_consent(finding) for finding in self._session.findings()])

    def _over(self) -> bool:
        """Whether there is nothing to run for any more: the reader of our output went away, or all is decided."""
        return (self._printer is not None and self._printer.gone) or self._looking.decided(self._now_ns())

    def _now_ns(self) -> int:
        return self._clock.wall_ns(monotonic_ns())

    async def _ask(self, path: str, _source: bytes) -> bool:
        if not self._allow_scripts:
            self._refused.add(path)
        return self._allow_scripts

    def _without_consent(self, finding: Finding) -> Finding:
        """The session says that a script was not allowed; here is who would have to allow it."""
        node = self.document.node(finding.node or "")
        script = node.behaviour.script if isinstance(node, SocketNode) else None
        if script is None or finding.severity == "error" or str(self._base / script) not in self._refused:
            return finding
        text = f"the script {script} did not run: it needs your consent"
        return Finding("Z000", "error", text, finding.node, remedy="read it, then add --allow-scripts")
