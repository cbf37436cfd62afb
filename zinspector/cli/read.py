"""`zinspector read FILE`: what is in a capture, row by row, whatever kind of capture it is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from zinspector.capture.files import load_store
from zinspector.capture.masks import where
from zinspector.capture.message import Message, message, messages
from zinspector.capture.store import Store
from zinspector.cli import FAILED, FINE, expect, output
from zinspector.cli.arguments import add_verb, count

EXAMPLES = """
  zinspector read capture.pcapng
  zinspector read capture.pcap.gz -c 20
  zinspector read recording.arrow -T jsonl | jq .topic
  zinspector read capture.pcap -T csv --decode 'frame:1=msgpack' > capture.csv
  zinspector read capture.pcap --count
  zinspector read recording.arrow --count --expect 'no(json.error)' --expect 'count(topic == "x") >= 10'
"""
ROWS_AT_ONCE = 4096
OF_THE_FILE = {"NOT_ZMTP", "DAMAGED", "REFUSED"}


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(verbs, "read", "print what is in a capture: .arrow, .jsonl, pcap, pcapng", EXAMPLES, work)
    verb.add_argument("file", type=Path, metavar="FILE", help="a capture; a gzipped pcap, too")
    verb.add_argument("-c", dest="most", type=count, metavar="N", help="stop after N rows")
    verb.add_argument("--count", action="store_true", help="print only how many rows there are")
    expect.add_argument(verb, ", 'count >= 100' (rows); all of them about the whole file")
    output.add_arguments(verb, default="text", about="how to print the rows (default: text)")


def work(asked: argparse.Namespace) -> int:
    """Print the rows; 1 when an expectation fails."""
    shown = output.Output(asked)
    watch = expect.watch(asked.expect, figures=expect.OF_FILES)
    store = load_store(asked.file, _progress(asked.file.name))
    most = store.retained if asked.most is None else min(asked.most, store.retained)
    if asked.count:
        print(most)
    else:
        for line in shown.begin():
            print(line)
        for line in shown.lines(_rows(store, most)):
            sys.stdout.write(f"{line}\n")
    for text in remarks(store):
        print(f"zinspector: {asked.file}: {text}", file=sys.stderr)
    return FAILED if expect.failed_in(store, watch) else FINE


def remarks(store: Store) -> list[str]:
    """What the reader of the output should know: damage, and what is there instead of ZeroMQ."""
    told = [row for batch in store.batches() for row in _of_the_file(batch)]
    texts = [*store.remarks, *dict.fromkeys(_sentence(row) for row in told if row.name == "DAMAGED")]
    if len(told) == store.retained:
        other = "; ".join(_sentence(row) for row in told if row.name == "NOT_ZMTP")
        texts.append(f"no ZeroMQ traffic{f', but {other}' if other else ''}")
    return texts


def _of_the_file(batch: pa.RecordBatch) -> list[Message]:
    """Events that belong to no connection: what was found in a packet capture besides ZeroMQ."""
    mine = where(batch, "name", OF_THE_FILE.__contains__) & where(batch, "kind", "event".__eq__)
    alone = mine & batch.column("connection").is_null().to_numpy(zero_copy_only=False)
    return [message(batch, row) for row in np.flatnonzero(alone).tolist()]


def _sentence(row: Message) -> str:
    return row.frames[0].decode("utf-8", "replace") if row.frames else ""


def _rows(store: Store, most: int) -> Iterator[Message]:
    for batch in store.batches():
        for start in range(0, min(batch.num_rows, most), ROWS_AT_ONCE):
            yield from messages(batch.slice(start, min(ROWS_AT_ONCE, most - start)))
        most -= min(batch.num_rows, most)


def _progress(name: str) -> Callable[[float], bool] | None:
    """Percents on a terminal."""
    if not sys.stderr.isatty():
        return None

    def tell(share: float) -> bool:
        print(f"\r{name}: {share:4.0%}\r", end="", file=sys.stderr, flush=True)
        return True

    return tell
