"""`zinspector run TOPOLOGY`: the drawing without a window, for servers and CI."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from zinspector.capture import jsonl
from zinspector.capture.clock import Clock
from zinspector.capture.files import save
from zinspector.capture.store import Store
from zinspector.cli.decoding import Decoding
from zinspector.cli.expect import Expectation
from zinspector.cli.headless import always, run_loop, until
from zinspector.doctor import drawing
from zinspector.doctor.finding import Finding
from zinspector.measure.latency import LatencyBook
from zinspector.measure.report import LinkTotals, NodeTotals, report
from zinspector.runtime.session import Session
from zinspector.runtime.versions import capabilities
from zinspector.storage import write_json
from zinspector.topology import files


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("run", help="run a topology without a window")
    verb.add_argument("topology", type=Path, metavar="TOPOLOGY", help="a .zin.json file")
    verb.add_argument("--for", dest="for_s", type=float, metavar="S", help="stop after S seconds (default: Ctrl-C)")
    verb.add_argument("--record", type=Path, metavar="FILE", help="save all messages as .arrow")
    verb.add_argument("--report", type=Path, metavar="FILE", help="write the report as JSON; - for standard output")
    verb.add_argument("-T", dest="output", choices=["jsonl"], help="print every message as a line of JSON")
    verb.add_argument("--expect", action="append", default=[], metavar="EXPR", help=Expectation.HELP)
    verb.add_argument("--decode", action="append", default=[], metavar="RULE", help="WHERE=DECODER(OPTIONS)")
    verb.add_argument("--topology", dest="rules_from", type=Path, metavar="FILE", help="more decode rules from here")
    verb.add_argument("--allow-scripts", action="store_true", help="let script nodes run their Python files")
    verb.set_defaults(work=work)


def work(asked: argparse.Namespace) -> int:
    """Run the topology; 1 when an expectation fails."""
    expectations = [Expectation.parse(text) for text in asked.expect]
    loaded = files.load(asked.topology)
    drawn = list(loaded.document.decode)
    if asked.rules_from is not None:
        drawn += files.load(asked.rules_from).document.decode
    decoding = Decoding(asked.decode, drawn, asked.topology.parent)
    run = _Run(asked, loaded, decoding)
    interrupted = run_loop(run.run())
    made = run.report()
    if asked.report is not None and str(asked.report) == "-":
        _print_report(made)
    elif asked.report is not None:
        write_json(asked.report, made)
    if asked.record is not None:
        save(run.store, asked.record)
    for finding in made["findings"]:
        place = finding["node"] or finding["link"] or "document"
        print(f"{finding['code']} {finding['severity']} {place}: {finding['text']}", file=sys.stderr)
    failed = [text for expectation in expectations if (text := expectation.failure(made))]
    for text in failed:
        print(f"expectation failed: {text}", file=sys.stderr)
    return 130 if interrupted else int(bool(failed))


class _Run:
    """One run: the session, what it captured, and what is printed meanwhile."""

    def __init__(self, asked: argparse.Namespace, loaded: files.Loaded, decoding: Decoding) -> None:
        self._asked = asked
        self._loaded = loaded
        self._decoding = decoding
        self._clock = Clock()
        self._latency = LatencyBook()
        self._printed = 1
        self._duration_s = 0.0
        self.store = Store()
        self._session: Session | None = None

    async def run(self) -> bool:
        """Run to the end; returns whether a signal ended it."""
        self._session = Session(
            self.store,
            base=self._asked.topology.parent,
            clock=self._clock,
            allow_script=always(self._asked.allow_scripts),
        )
        try:
            await self._session.apply(self._loaded.document)
            began = time.monotonic()
            interrupted = await until(self._asked.for_s, self._tick)
            self._duration_s = time.monotonic() - began
        finally:
            await self._session.close()
        self._tick()
        return interrupted

    def report(self) -> dict[str, Any]:
        """The report of the run."""
        assert self._session is not None, "there was a run"
        counters = self._session.counters()
        document = self._loaded.document
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
                for link in document.links
                if (count := counters.links.get(link.id)) is not None
            },
            latency=self._latency.links(),
            captured=self.store.captured,
            dropped=self.store.evicted + self.store.skipped,
            findings=[finding.as_json() for finding in self._findings()],
        )

    def _findings(self) -> list[Finding]:
        assert self._session is not None, "there was a run"
        has = frozenset(name for name, there in capabilities().items() if there)
        found = [
            *drawing.loading(self._loaded.problems),
            *drawing.check(self._loaded.document, has, self._asked.topology.parent),
            *self._session.findings(),
        ]
        return drawing.unsilenced(self._loaded.document, found)

    def _tick(self) -> None:
        if self._session is not None:
            self._session.flush()
        for batch in self.store.since(self._printed):
            self._latency.consume(batch, self._clock)
        if self._asked.output == "jsonl":
            rows = self.store.rows(self._printed, self.store.next_n - self._printed)
            for line in jsonl.lines(rows, self._decoding.decoded):
                sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        self._printed = self.store.next_n


def _print_report(made: dict[str, Any]) -> None:
    print(json.dumps(made, indent=1, ensure_ascii=False))
