"""Running relays without a drawing: what is said, printed and recorded meanwhile."""

from __future__ import annotations

import sys
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zinspector.capture.clock import Clock
from zinspector.capture.masks import Mask, has_items, where
from zinspector.capture.picking import pick
from zinspector.capture.take import Take
from zinspector.cli import lingering
from zinspector.cli.attempts import Attempts
from zinspector.cli.expect import Looking
from zinspector.cli.filtering import Chosen
from zinspector.cli.findings import Diagnosis
from zinspector.cli.headless import signals, until
from zinspector.cli.output import Output
from zinspector.cli.printer import Printer, tell_unprinted
from zinspector.cli.recording import Passing
from zinspector.errors import SocketError
from zinspector.measure.report import LinkTotals, NodeTotals, report
from zinspector.runtime.addresses import takes_over, to_connect
from zinspector.runtime.session import Session
from zinspector.topology.document import Document, RelayNode

if TYPE_CHECKING:
    from zinspector.capture.expect import Watch


class Tapping:
    """Runs a document of relays once."""

    def __init__(self, document: Document, grace_s: float, take: Take | None, watch: Watch | None = None) -> None:
        self._document = document
        self._store = Passing(take)
        self._clock = Clock()
        self._session = Session(self._store, clock=self._clock, relay_grace_s=grace_s)
        self._looking = Looking(watch, self._store)
        self._diagnosis = Diagnosis(document, self._session, self._store)
        self._printer: Printer | None = None
        self._chosen: Chosen | None = None
        self._seen = 1
        self._unprinted = 0
        self._attempts: Attempts | None = None
        self._duration_s = 0.0

    async def go(self, for_s: float | None, shown: Output, chosen: Chosen | None, *, brief: bool) -> bool:
        """Relay, printing the chosen rows, or what happens to connections; returns whether a signal ended it.

        `brief` leaves out attempts that fail as the one before did. Raises SocketError.
        """
        self._chosen = chosen
        self._attempts = Attempts() if brief else None
        with signals() as interrupted:
            try:
                await self._session.apply(self._document)
                self._require_all()
                printer = self._printer = Printer(shown, chosen.sift if chosen is not None else None)
                self._announce()
                began = monotonic()  # starting the worker is no time in which anything could pass
                self._looking.begin(self._now_ns())
                await until(lambda: interrupted.is_set() or printer.gone or self._decided(), for_s, self._tick)
                self._duration_s = monotonic() - began
                self._looking.end(self._now_ns())
            finally:
                states = self._session.states()
                await self._session.close()
        self._tick()
        lingering.tell_cut(self._document, states, self._session.cuts)
        if self._attempts is not None:
            self._attempts.tell()
        skipped = printer.finish() + self._unprinted
        if chosen is not None:
            tell_unprinted(printer, skipped)
        return interrupted.is_set() or printer.stopped

    def report(self) -> dict[str, Any]:
        """The report of the run."""
        counters = self._session.counters()
        return report(
            duration_s=self._duration_s,
            nodes={
                node: NodeTotals(count.sent, count.received, count.bytes_sent, count.bytes_received, count.errors)
                for node, count in counters.nodes.items()
            },
            links={link: LinkTotals(count.messages, count.bytes) for link, count in counters.links.items()},
            latency={},
            captured=self._store.captured,
            dropped=self._store.skipped,
            findings=[finding.as_json() for finding in self._diagnosis.all()],
        )

    def wait_for_lingering(self) -> None:
        """Let connections through paths that were taken over run out, until Ctrl-C."""
        lingering.wait(self._session.lingering)

    def _decided(self) -> bool:
        return self._looking.decided(self._now_ns())

    def _now_ns(self) -> int:
        return self._clock.wall_ns(monotonic_ns())

    def _require_all(self) -> None:
        for finding in self._session.findings():
            if finding.severity == "error":
                node = self._document.node(finding.node or "")
                where = node.listen if isinstance(node, RelayNode) else "tap"
                raise SocketError(finding.text, where=where, remedy=finding.remedy)

    def _announce(self) -> None:
        states = self._session.states()
        for node in self._document.nodes:
            if isinstance(node, RelayNode):
                (address,) = states[node.id].addresses
                here, elsewhere = to_connect(address)
                change = f"connect to {here} instead" + (f" ({elsewhere} on other machines)" if elsewhere else "")
                if takes_over(node.listen, node.target):
                    change = "nothing has to be changed"
                print(f"zinspector: {node.id}: {address} -> {node.target}: {change}", file=sys.stderr, flush=True)

    def _tick(self) -> None:
        self._session.flush()
        if self._printer is not None:
            self._unprinted += max(0, self._store.first_n - self._seen)
            for batch in self._store.since(self._seen):
                rows = batch if self._chosen is not None else pick(batch, _telling(batch))
                if self._attempts is not None:
                    rows = pick(rows, ~self._attempts.again(rows))
                if rows.num_rows:
                    self._printer.take(rows)
            self._seen = self._store.next_n
        self._looking.look()
        self._diagnosis.look(self._session.findings())


def _telling(batch: pa.RecordBatch) -> Mask:
    """Which rows tell how connections come, go and fail."""
    return (
        where(batch, "kind", _is_event)
        | where(batch, "name", lambda name: name == "ERROR")
        | has_items(batch, "anomalies")
    )


def _is_event(kind: str) -> bool:
    return kind == "event"
