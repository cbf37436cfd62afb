"""`zinspector run TOPOLOGY`: the drawing without a window, for servers and CI."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from zinspector.cli import FAILED, FINE, INTERRUPTED, expect, filtering, output, recording, summary
from zinspector.cli.arguments import add_verb, seconds
from zinspector.cli.headless import run_loop
from zinspector.cli.running import Run
from zinspector.storage import write_json
from zinspector.topology import files

EXAMPLES = """
  zinspector run weather.zin.json --for 5
  zinspector run weather.zin.json --for 5 --record weather.arrow --report report.json
  zinspector run weather.zin.json -T jsonl | jq .topic
  zinspector run weather.zin.json -Y 'topic == "weather.london" and json.temperature > 20'
  zinspector run weather.zin.json --for 5 --expect 'node display received >= 100' --expect 'errors == 0'
  zinspector run weather.zin.json --expect 'count(topic startswith "weather." and direction == "in") >= 10 within 5s'
  zinspector run market.zin.json -T jsonl --decode 'topic:quotes.* frame:1=protobuf(quotes.proto, market.Quote)'
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(verbs, "run", "run a topology without a window", EXAMPLES, work)
    verb.add_argument("topology", type=Path, metavar="TOPOLOGY", help="a .zin.json topology")
    verb.add_argument("--for", dest="for_s", type=seconds, metavar="S", help="stop after S seconds (default: Ctrl-C)")
    recording.add_arguments(verb)
    verb.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON; - for standard output")
    expect.add_argument(verb, expect.OF_RUNS)
    output.add_arguments(verb, default=None, about="print every row as it comes, instead of a summary")
    filtering.add_arguments(verb)
    verb.add_argument("--allow-scripts", action="store_true", help="let nodes run their scripts: read them first")


def work(asked: argparse.Namespace) -> int:
    """Run the topology; 1 when an expectation fails."""
    loaded = files.load(asked.topology)
    nodes, links = ([item.id for item in items] for items in (loaded.document.nodes, loaded.document.links))
    shown = output.Output(asked, loaded.document, asked.topology.parent)
    watch = expect.watch(asked.expect, shown, nodes, links)
    chosen = filtering.Chosen(asked, shown)
    output.require_folder(asked.report)
    take = recording.begin(asked, shown, loaded.document, asked.topology.parent)
    run = Run(loaded, asked.topology.parent, allow_scripts=asked.allow_scripts, take=take, watch=watch)
    try:
        interrupted = run_loop(run.go(asked.for_s, shown, chosen if filtering.asked_for(asked) else None))
    finally:
        code = recording.end(take, FINE)
    chosen.tell()
    report = run.report()
    _write(asked, report)
    failed = expect.failed(watch, report)
    run.wait_for_lingering()
    if interrupted:
        return INTERRUPTED
    return FAILED if failed else code


def _write(asked: argparse.Namespace, report: dict[str, Any]) -> None:
    if asked.report is not None and str(asked.report) != "-":
        write_json(asked.report, report)
    if str(asked.report) == "-":
        print(json.dumps(report, indent=1, ensure_ascii=False))
    elif not filtering.asked_for(asked):
        print("\n".join(summary.lines(report)))
