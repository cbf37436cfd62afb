"""`zinspector spy ENDPOINT...`: one more subscriber at publishers of other programs."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from zinspector.cli import FAILED, FINE, INTERRUPTED, expect, filtering, output, recording, summary
from zinspector.cli.arguments import add_verb, seconds
from zinspector.cli.headless import run_loop
from zinspector.cli.tapping import Tapping
from zinspector.errors import EndpointError
from zinspector.runtime.probe import probeable
from zinspector.runtime.relays import GRACE_S
from zinspector.topology.document import Document, SpyNode
from zinspector.topology.layout import ROW

EXAMPLES = """
  zinspector spy tcp://127.0.0.1:5556
  zinspector spy tcp://127.0.0.1:5556 --subscribe weather. --subscribe tide. --for 60 --record weather.arrow
  zinspector spy tcp://127.0.0.1:5556 --expect 'count(topic == "weather.london") >= 10 within 5s'
  zinspector spy tcp://127.0.0.1:5556 -Y 'json.temperature > 20'
  zinspector spy ipc:///tmp/feed.ipc -T jsonl | jq .topic

it sees what it subscribed to, from now on, and nothing of other subscribers: a tap sees all
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(verbs, "spy", "subscribe to other programs' publishers, and show what they say", EXAMPLES, work)
    verb.add_argument("endpoints", nargs="+", metavar="ENDPOINT", help="where a PUB or XPUB listens (tcp, ipc)")
    verb.add_argument(
        "--subscribe",
        action="append",
        metavar="TOPIC",
        help="only topics that begin so; may be repeated (default: all)",
    )
    verb.add_argument("--for", dest="for_s", type=seconds, metavar="S", help="stop after S seconds (default: Ctrl-C)")
    recording.add_arguments(verb)
    expect.add_argument(verb, ", 'node spy received >= 10'")
    output.add_arguments(verb, default="text", about="how to print the rows (default: text)")
    filtering.add_arguments(verb)


def work(asked: argparse.Namespace) -> int:
    """Listen in until the time is over, all is decided, or Ctrl-C; 1 when an expectation fails."""
    shown = output.Output(asked)
    chosen = filtering.Chosen(asked, shown)
    drawing = drawn(asked.endpoints, asked.subscribe or [""])
    for endpoint in asked.endpoints:
        probeable(endpoint, "spied on")
    watch = expect.watch(asked.expect, shown, [node.id for node in drawing.nodes])
    take = recording.begin(asked, shown, drawing)
    brief = asked.output == "text" and asked.filter is None and not asked.count
    spying = Tapping(drawing, GRACE_S, take, watch)
    try:
        interrupted = run_loop(spying.go(asked.for_s, shown, chosen, brief=brief))
    finally:
        code = recording.end(take, FINE)
    chosen.tell()
    report = spying.report()
    print("\n".join(summary.lines(report)), file=sys.stderr)
    failed = expect.failed(watch, report)
    if interrupted:
        return INTERRUPTED
    return FAILED if failed else code


def drawn(endpoints: list[str], topics: list[str]) -> Document:
    """The drawing of these spies, named spy, or spy1, spy2 ... Raises EndpointError."""
    if len(set(endpoints)) < len(endpoints):
        raise EndpointError("the same address twice would show everything twice", where="spy", remedy="name it once")
    ids = ["spy"] if len(endpoints) == 1 else [f"spy{number}" for number in range(1, len(endpoints) + 1)]
    return Document(
        name="spy",
        nodes=tuple(
            SpyNode(
                id=name,
                position=(0.0, ROW * place),
                connect=(endpoint,),
                subscriptions=tuple(dict.fromkeys(topics)),
            )
            for place, (name, endpoint) in enumerate(zip(ids, endpoints, strict=True))
        ),
    )
