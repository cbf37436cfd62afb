"""`zinspector sniff -i IFACE [PORT...]`: other programs' traffic from the wire, touching nothing."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from zinspector.cli import FINE, INTERRUPTED, filtering, output, recording
from zinspector.cli.arguments import add_verb, seconds
from zinspector.cli.filtering import Chosen
from zinspector.cli.findings import Told
from zinspector.cli.headless import run_loop, signals, until
from zinspector.cli.output import Output
from zinspector.cli.printer import Printer, tell_unprinted
from zinspector.cli.recording import Passing
from zinspector.runtime.sniff import Sniffer
from zinspector.runtime.sniff_programs import SniffError

EXAMPLES = """
  zinspector sniff -i lo
  zinspector sniff -i eth0 5556 5557 --for 60 --record traffic.arrow
  zinspector sniff -i lo -Y 'anomalies or kind == "event"'
  zinspector sniff -i any 5556 -T jsonl | jq .topic

needs dumpcap (Wireshark) or tcpdump, and the right to capture: what is missing is said
"""
HIGHEST_PORT = 65535


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(verbs, "sniff", "watch ZeroMQ traffic on a network interface, passively", EXAMPLES, work)
    verb.add_argument("-i", dest="interface", required=True, metavar="IFACE", help="lo, eth0, any ...")
    verb.add_argument("ports", nargs="*", type=port, metavar="PORT", help="only these TCP ports (default: all)")
    verb.add_argument("--for", dest="for_s", type=seconds, metavar="S", help="stop after S seconds (default: Ctrl-C)")
    recording.add_arguments(verb)
    output.add_arguments(verb, default="text", about="how to print the rows (default: text)")
    filtering.add_arguments(verb)


def port(text: str) -> int:
    """A TCP port."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= HIGHEST_PORT):
        raise argparse.ArgumentTypeError(f"expected a port from 1 to {HIGHEST_PORT}, not {text!r}")
    return int(text)


def work(asked: argparse.Namespace) -> int:
    """Sniff until the time is over or Ctrl-C."""
    shown = Output(asked)
    chosen = Chosen(asked, shown)
    take = recording.begin(asked, shown)
    store = Passing(take)
    sniffer = Sniffer(lambda: store, asked.interface, asked.ports, node=asked.interface)
    try:
        interrupted = run_loop(_watch(sniffer, store, shown, chosen, asked.for_s))
    finally:
        code = recording.end(take, FINE)
    chosen.tell()
    counts = f"{sniffer.packets:,} packets, {sniffer.dropped:,} dropped, {store.captured:,} rows"
    print(f"zinspector: {asked.interface}: {counts}", file=sys.stderr)
    if sniffer.failure is not None:
        raise SniffError(sniffer.failure, where=asked.interface)
    return INTERRUPTED if interrupted else code


async def _watch(sniffer: Sniffer, store: Passing, shown: Output, chosen: Chosen, for_s: float | None) -> bool:
    """Print what is sniffed and chosen, and what is wrong in it; returns whether a signal ended it."""
    seen, wrong = 1, Told(sys.stderr)
    with signals() as interrupted:
        await sniffer.start()
        print(
            f"zinspector: {sniffer.interface}: {sniffer.program} captures, Ctrl-C ends it", file=sys.stderr, flush=True
        )
        printer = Printer(shown, chosen.sift)

        def tick() -> None:
            nonlocal seen
            if seen == store.next_n:
                return
            for batch in store.since(seen):
                printer.take(batch)
            seen = store.next_n
            wrong.tell(store.examination.findings())

        try:
            await until(lambda: interrupted.is_set() or printer.gone or not sniffer.running, for_s, tick)
        finally:
            await sniffer.stop()
            tick()
    tell_unprinted(printer, printer.finish())
    return interrupted.is_set() or printer.stopped
