"""`zinspector read FILE...`: what is in a capture, row by row, whatever kind of capture it is."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from zinspector.cli import FAILED, FINE, captures, expect, filtering, output
from zinspector.cli.arguments import add_verb, count
from zinspector.cli.progress import telling
from zinspector.errors import UserError

EXAMPLES = """
  zinspector read capture.pcapng
  zinspector read capture.pcap.gz -c 20
  ssh broker tcpdump -c 1000 -w - port 5556 | zinspector read -
  zinspector read recording.arrow -Y 'topic == "weather.london" and json.temperature > 20'
  zinspector read recording.arrow -T jsonl | jq .topic
  zinspector read capture.pcap -T csv --decode 'frame:1=msgpack' > capture.csv
  zinspector read capture.pcap --count
  zinspector read traffic-*.arrow --count                     # all files of a rotation
  zinspector read recording.arrow --count --expect 'no(json.error)' --expect 'count(topic == "x") >= 10'
"""


def add(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = add_verb(
        verbs, "read", "print what is in a capture: .arrow, .parquet, .mcap, .jsonl, pcap, pcapng", EXAMPLES, work
    )
    captures.add_argument(verb, "a capture, a packed pcap (gz, zst, lz4, xz, bz2), too; - for standard input")
    verb.add_argument("-c", dest="most", type=count, metavar="N", help="stop after N rows")
    expect.add_argument(verb, ", 'count >= 100' (rows); all of them about the whole capture")
    output.add_arguments(verb, default="text", about="how to print the rows (default: text)")
    filtering.add_arguments(verb)


def work(asked: argparse.Namespace) -> int:
    """Print the rows; 1 when an expectation fails."""
    shown = output.Output(asked, capture=asked.files[-1])
    chosen = filtering.Chosen(asked, shown)
    watch = expect.watch(asked.expect, shown, figures=expect.OF_FILES)
    with ExitStack() as copies:
        store = captures.load([copies.enter_context(_file(path)) for path in asked.files])
    batches = store.batches()
    if asked.count:
        with telling(captures.name(asked.files)) as progress:
            count = chosen.counted(batches, progress)
        print(count if asked.most is None else min(count, asked.most))
    else:
        for line in shown.begin():
            print(line)
        picked = chosen.picked(batches, store.retained if asked.most is None else asked.most)
        for text, _ in shown.pieces(picked):
            sys.stdout.write(text)
    captures.tell(asked.files, store)
    return FAILED if expect.failed_in(store, watch) else FINE


@contextmanager
def _file(path: Path) -> Iterator[Path]:
    """The capture as a file: standard input becomes one that is gone when it was opened."""
    if str(path) != "-":
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "standard input"
        with copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        try:
            yield copy
        except UserError as error:  # which names a place that is gone by then
            error.where = error.where.replace(str(copy), copy.name)
            raise
