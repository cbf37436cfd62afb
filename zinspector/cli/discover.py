"""`zinspector discover`: what listens on this machine, whose it is, and how to put a tap before it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from zinspector.capture.readable import printable
from zinspector.cli import FINE
from zinspector.cli import probe as probing
from zinspector.cli.arguments import add_verb, seconds
from zinspector.cli.headless import run_loop
from zinspector.runtime.discover import Listening, asked, listeners
from zinspector.runtime.takeover import restore_forgotten

EXAMPLES = """
  zinspector discover
  zinspector discover --probe
  zinspector discover --probe python3 5556
  zinspector discover --probe -T json | jq '.[] | select(.probe.state == "zmtp") | .endpoint'

whether a listening socket speaks ZeroMQ can only be told by asking it: that is what --probe does
"""
TIMEOUT_S = 1.0


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    about = "list what listens on this machine (tcp and ipc) with its process, and how to tap it"
    verb = add_verb(verbs, "discover", about, EXAMPLES, work)
    verb.add_argument(
        "only",
        nargs="*",
        metavar="TEXT",
        help="only those with this text in the address or command line, or of the process with this name or number;"
        " of several texts, all must fit",
    )
    verb.add_argument("--probe", action="store_true", help="ask each who it is; those that speak ZeroMQ come first")
    verb.add_argument("--timeout", type=seconds, default=TIMEOUT_S, metavar="S", help="for each answer (default 1)")
    verb.add_argument(
        "-T", dest="output", choices=["text", "json"], default="text", help="json prints an array, one object each"
    )


def work(asked_for: argparse.Namespace) -> int:
    """List them; always fine."""
    restore_forgotten()
    found = [one for one in listeners() if all(one.matches(text) for text in asked_for.only)]
    if asked_for.only and not found:
        print(f"zinspector: nothing that listens here fits {' and '.join(asked_for.only)}", file=sys.stderr)
    if asked_for.probe:
        found = run_loop(asked(found, asked_for.timeout))
        found.sort(key=lambda one: not speaks_zeromq(one))
    if asked_for.output == "json":
        print(json.dumps([as_json(one) for one in found], indent=1, ensure_ascii=False))
    else:
        for one in found:
            print("\n  ".join(lines(one)))
    return FINE


def speaks_zeromq(one: Listening) -> bool:
    """Whether it said so."""
    return one.answer is not None and one.answer.state == "zmtp"


def lines(one: Listening) -> Iterator[str]:
    """One listener in words: who, and, unless it is known to be no ZeroMQ, how to tap it."""
    bound = "" if one.bound == one.endpoint else f" (bound to {one.bound})"
    says = "" if one.answer is None else f": {probing.sentence(one.answer)}"
    yield printable(f"{one.endpoint}{bound}, {whose(one)}{says}")
    if one.tap is not None and not one.own and (one.answer is None or speaks_zeromq(one)):
        yield printable(f"to tap it: {one.tap_command}")
        yield printable(f"then let its clients connect to {one.tap} instead of {one.endpoint}")
        if one.takeover_command is not None:
            yield printable(f"or change nothing, and see who connects from then on: {one.takeover_command}")


def whose(one: Listening) -> str:
    """Its process in words."""
    if one.process is None:
        return "a process that we may not look at"
    return f"{one.process.title} (pid {one.process.pid}{', this program' if one.own else ''})"


def as_json(one: Listening) -> dict[str, Any]:
    """One listener as an object; `probe` is as in `zinspector probe -T json`, null when it was not asked."""
    found = one.process
    process = None
    if found is not None:
        process = {"pid": found.pid, "name": found.name, "title": found.title, "command": found.command}
    tap = None
    if one.tap is not None and not one.own:
        change = {"from": one.endpoint, "to": one.tap}
        tap = {"command": one.tap_command, "change": change, "takeover": one.takeover_command}
    return {
        "endpoint": one.endpoint,
        "bound": one.bound,
        "process": process,
        "own": one.own,
        "tap": tap,
        "probe": None if one.answer is None else probing.as_json(one.answer),
    }
