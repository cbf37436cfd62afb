"""`zinspector tap LISTEN=TARGET ...`: relays between programs that know nothing of it, without a drawing."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from zinspector.cli import FAILED, FINE, INTERRUPTED, expect, filtering, output, recording, summary
from zinspector.cli.arguments import add_verb, seconds
from zinspector.cli.headless import run_loop
from zinspector.cli.tapping import Tapping
from zinspector.errors import EndpointError
from zinspector.runtime.addresses import relayed
from zinspector.runtime.relays import GRACE_S
from zinspector.storage import write_json
from zinspector.topology.document import Document, RelayNode
from zinspector.topology.layout import ROW

EXAMPLES = """
  zinspector tap tcp://127.0.0.1:6556=tcp://127.0.0.1:5556
  zinspector tap tcp://127.0.0.1:6556=tcp://127.0.0.1:5556 --for 60 --record traffic.arrow
  zinspector tap tcp://127.0.0.1:6556=tcp://10.0.0.7:5556 -T jsonl | jq .topic
  zinspector tap tcp://127.0.0.1:6556=tcp://127.0.0.1:5556 -Y 'topic startswith "weather." and json.t > 20'
  zinspector tap tcp://*:6556=tcp://127.0.0.1:5556 --expect 'count(json.price > 101) >= 10 within 5s'
  zinspector tap ipc:///tmp/feed.ipc=ipc:///tmp/feed.ipc          # takes the live path over; change nothing

Let the program that connects to TARGET connect to LISTEN instead: that is all. Bytes pass unchanged.
"""
_PAIR = re.compile(r"(?P<listen>.+?)=(?P<target>[a-z]+://.+)")


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(verbs, "tap", "relay other programs' traffic, and show it", EXAMPLES, work)
    verb.add_argument("pairs", nargs="+", type=pair, metavar="LISTEN=TARGET", help="tcp or ipc addresses")
    verb.add_argument("--for", dest="for_s", type=seconds, metavar="S", help="stop after S seconds (default: Ctrl-C)")
    recording.add_arguments(verb)
    verb.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON; - for standard output")
    about = (
        "how long connections go on afterwards that run through a path which was taken over, or all of them when this"
        f" process is killed (default: {GRACE_S:g})"
    )
    verb.add_argument("--grace", dest="grace_s", type=grace, default=GRACE_S, metavar="S", help=about)
    expect.add_argument(verb, ", 'node t1 received >= 10'")
    about = "print every row as it comes (default: how connections come, go and fail)"
    output.add_arguments(verb, default=None, about=about)
    filtering.add_arguments(verb)


def pair(text: str) -> tuple[str, str]:
    """A listening address and its target."""
    found = _PAIR.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"expected LISTEN=TARGET, such as tcp://*:6556=tcp://host:5556, not {text!r}")
    return found["listen"], found["target"]


def grace(text: str) -> float:
    """A number of seconds, or none."""
    return 0.0 if text == "0" else seconds(text)


def work(asked: argparse.Namespace) -> int:
    """Relay until the time is over, all is decided, or Ctrl-C; 1 when an expectation fails."""
    output.require_folder(asked.report)
    shown = output.Output(asked)
    chosen = filtering.Chosen(asked, shown)
    everything = filtering.asked_for(asked)
    require_places(asked.pairs)
    drawing = drawn(asked.pairs)
    watch = expect.watch(asked.expect, shown, [node.id for node in drawing.nodes])
    take = recording.begin(asked, shown, drawing)
    tapping = Tapping(drawing, asked.grace_s, take, watch)
    try:
        interrupted = run_loop(tapping.go(asked.for_s, shown, chosen if everything else None, brief=not everything))
    finally:
        code = recording.end(take, FINE)
    report = tapping.report()
    if asked.report is not None and str(asked.report) != "-":
        write_json(asked.report, report)
    if str(asked.report) == "-":
        print(json.dumps(report, indent=1, ensure_ascii=False))
    chosen.tell()
    totals = "\n".join(summary.lines(report))
    print(totals, file=sys.stderr if everything or str(asked.report) == "-" else sys.stdout)
    failed = expect.failed(watch, report)
    tapping.wait_for_lingering()
    if interrupted:
        return INTERRUPTED
    return FAILED if failed else code


def require_places(pairs: list[tuple[str, str]]) -> None:
    """Raises EndpointError for a wildcard where only a place will do."""
    for listen, target in pairs:
        if relayed(target).is_wildcard:
            raise EndpointError("a wildcard is no target", where=target, remedy="say where the other program listens")
        if (endpoint := relayed(listen)).is_wildcard and endpoint.transport == "ipc":
            remedy = "say which, such as ipc:///tmp/tap.ipc"
            raise EndpointError("a relay can't choose a path by itself", where=listen, remedy=remedy)


def drawn(pairs: list[tuple[str, str]]) -> Document:
    """The drawing of these relays, named t1, t2 ..., one below the other: the programs stand beside them."""
    return Document(
        name="tap",
        nodes=tuple(
            RelayNode(id=f"t{number}", position=(0.0, ROW * (number - 1)), listen=listen, target=target)
            for number, (listen, target) in enumerate(pairs, 1)
        ),
    )
