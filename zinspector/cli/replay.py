"""`zinspector replay FILE TYPE --connect ENDPOINT`: sends again what a capture holds, and compares the replies."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, get_args

from zinspector.capture.compare import Comparison, Difference, Ignored
from zinspector.capture.exchanges import ASKING, COMPARED, Exchanges, pair
from zinspector.capture.files import load_store
from zinspector.capture.replay import Chosen, choose, speed
from zinspector.capture.schema import Direction
from zinspector.capture.ways import Wanted
from zinspector.cli import FAILED, FINE, INTERRUPTED, output
from zinspector.cli.arguments import add_verb, count, seconds
from zinspector.cli.headless import run_loop
from zinspector.cli.progress import telling
from zinspector.cli.replaying import Replaying, as_report, summary
from zinspector.errors import EndpointError, UserError
from zinspector.runtime.replay import How, NobodyError, Replay
from zinspector.storage import write_json
from zinspector.topology.endpoints import parse
from zinspector.topology.socket_types import SOCKET_TYPES

EXAMPLES = """
  zinspector replay recording.arrow PUB --bind tcp://127.0.0.1:5556
  zinspector replay recording.arrow PUSH --connect tcp://127.0.0.1:5557 --speed 10 -Y 'size > 100'
  zinspector replay capture.pcapng DEALER --connect tcp://127.0.0.1:5555 --speed max --no-compare
  zinspector replay recording.arrow REQ --connect tcp://127.0.0.1:5555 --ignore json.time      (exit 1: a reply differs)
  zinspector replay recording.arrow REP --bind tcp://127.0.0.1:5555 --loop      (stands in for the service)

the first message waits until a peer is there, for a PUB until somebody subscribed
each missing reply halves the time for those that follow, but never below ten times what the recorded one took, and what
the slowest of this replay did
a REP answers in the recorded order, whatever is asked; requests that differ from the recorded ones are told and counted
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    kinds = [name for name, info in SOCKET_TYPES.items() if info.can_send]
    verb = add_verb(verbs, "replay", "send a capture's messages again; compare the replies", EXAMPLES, work)
    verb.add_argument("file", type=Path, metavar="FILE", help="a capture of any format but CSV")
    verb.add_argument("type", type=str.upper, choices=kinds, metavar="TYPE", help=", ".join(kinds))
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--bind", metavar="ENDPOINT", help="bind this address")
    where.add_argument("--connect", metavar="ENDPOINT", help="connect to this address")
    verb.add_argument("--speed", default="1", metavar="X", help="0.1 to 100 times as fast, or max (default: 1)")
    verb.add_argument("--loop", action="store_true", help="begin again at the end, until --for or Ctrl-C")
    verb.add_argument("--for", dest="for_s", type=seconds, metavar="S", help="stop after S seconds")
    verb.add_argument("--wait", type=seconds, default=5.0, metavar="S", help="for a peer, at most so long (default: 5)")
    _add_choice(verb)
    _add_comparison(verb)
    verb.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON; - for standard output")


def _add_choice(verb: argparse.ArgumentParser) -> None:
    chosen = verb.add_argument_group("what is replayed", "messages that a socket of this type has sent, and of these")
    chosen.add_argument("-Y", dest="filter", metavar="FILTER", help="only those that match this display filter")
    chosen.add_argument("--from-node", dest="node", metavar="NODE", help="only those that this node or tap saw")
    chosen.add_argument("--connection", type=count, metavar="N", help="only those of this connection")
    about = "all that went this way, whoever sent it: out, in, connect->bind, bind->connect"
    chosen.add_argument("--direction", choices=get_args(Direction), metavar="WAY", help=about)


def _add_comparison(verb: argparse.ArgumentParser) -> None:
    replies = verb.add_argument_group(
        "replies (REQ, DEALER) and requests (REP)", "are waited for and compared with the recorded ones"
    )
    about = "for a reply (default: 5); when replies are missing, less and less (see below)"
    replies.add_argument("--timeout", type=seconds, default=5.0, metavar="S", help=about)
    about = "what may differ, such as json.time, json.orders[*].id or all of frames[1]; may be repeated"
    replies.add_argument("--ignore", action="append", default=[], metavar="PATH", help=about)
    replies.add_argument("--no-compare", action="store_true", help="compare nothing; a DEALER then waits for nothing")


def work(asked: argparse.Namespace) -> int:
    """Replay; 1 when a reply differs or is missing, when a message was refused, or when nobody takes them."""
    _check(asked)
    how = How(speed(asked.speed), asked.loop, asked.wait, asked.timeout)
    comparison = Comparison(map(Ignored.parse, asked.ignore))
    chosen, exchanges = _chosen(asked)
    quiet = str(asked.report) == "-"
    found: list[Difference] = []

    def told(difference: Difference) -> None:
        if asked.report is not None:
            found.append(difference)
        if not quiet:
            print(f"request {difference.request}, reply {difference.reply or 'none recorded'}:\n{difference.text}\n")

    if chosen.mixed:
        print(f"zinspector: {asked.file}: {chosen.mixed}", file=sys.stderr, flush=True)
    address = asked.bind or asked.connect
    replay = Replay(chosen, address, how, exchanges=exchanges, comparison=comparison, told=told)
    failure = ""
    try:
        interrupted = run_loop(Replaying(replay, asked.file.name).go(asked.for_s))
    except NobodyError as error:
        interrupted, failure = False, str(error)
    if not failure and not interrupted:
        failure = _too_short(replay, exchanges)
    if failure:
        print(f"zinspector: {failure}", file=sys.stderr)
    for line in summary(replay):
        print(f"zinspector: {asked.file}: {line}", file=sys.stderr)
    if asked.report is not None:
        report = as_report(replay, found, failure)
        print(json.dumps(report, indent=1, ensure_ascii=False)) if quiet else write_json(asked.report, report)
    if interrupted:
        return INTERRUPTED
    return FAILED if failure or replay.tally.failed else FINE


def _too_short(replay: Replay, exchanges: Exchanges | None) -> str:
    """Why a replay that `--for` ended says nothing; empty where it does."""
    tally = replay.tally
    if not tally.sent and not tally.refused:
        return f"{replay.address}: nothing was sent before the time was over"
    if (
        replay.chosen.wanted.type in ASKING
        and exchanges is not None
        and not (tally.same or tally.different or tally.unanswered)
    ):
        return f"{replay.address}: no reply came before the time was over"
    return ""


def _check(asked: argparse.Namespace) -> None:
    address = asked.bind or asked.connect
    if parse(address).transport == "inproc":
        raise EndpointError("inproc reaches only this process", where=address, remedy="use tcp or ipc")
    if asked.type not in COMPARED and (asked.ignore or asked.no_compare):
        raise UserError(f"a {asked.type} gets no replies", where="--ignore" if asked.ignore else "--no-compare")
    output.require_folder(asked.report)


def _chosen(asked: argparse.Namespace) -> tuple[Chosen, Exchanges | None]:
    """What to replay, and the replies to compare with."""
    masks = None
    if asked.filter is not None:
        from zinspector.capture.filter.display import Filter  # with DuckDB, which takes a moment

        masks = Filter(asked.filter).masks
    wanted = Wanted(asked.type, asked.bind is not None, asked.direction, asked.node, asked.connection)
    try:
        with telling(asked.file.name) as progress:
            chosen = choose(load_store(asked.file, progress).batches(), wanted, masks, progress)
            exchanges = pair(chosen, progress) if asked.type in COMPARED and not asked.no_compare else None
    except UserError as error:
        error.where = error.where or str(asked.file)
        raise
    return chosen, exchanges if exchanges is not None and exchanges.count else None
